"""The BentoML model store, where the deployed model comes from: other projects use it too."""

from pathlib import Path

import bentoml
from bentoml.exceptions import NotFound
from bentoml.models import BentoModel

from service.errors import ModelUnavailable
from service.settings import SERVING


def stored(tag: str) -> BentoModel:
    """The model of a tag; raises NotFound with the command that makes one."""
    model = BentoModel(tag)
    if model.stored is None:
        raise NotFound(f"no model {tag!r} in the BentoML model store: run `make train`")
    return model


def readable(tag: str) -> bentoml.Model:
    """The model of a tag that this code can serve.

    Raises ModelUnavailable for the model of another project or of another state of this one; it
    says what the model forecasts from, which commit has made it, and the way out.
    """
    model: bentoml.Model = stored(tag).stored
    if strange := _strange(model):
        commit = model.info.labels.get("git_sha", "unknown")
        raise ModelUnavailable(
            f"{model.tag} is no model for this code: {strange}. Commit {commit} has registered it, "
            f"on {model.info.creation_time:%Y-%m-%d}. Run `make train`, or set BOX_OFFICE_MODEL to "
            "another tag of `bentoml models list`."
        )
    return model


def _strange(model: bentoml.Model) -> str:
    """What this code does not understand of a model, or nothing."""
    # Not at the top: a worker reads its model when it loads it, and needs none of this before.
    from service.films.fields import FIELDS, LABELS
    from service.model.encoding import Features
    from service.model.manifest import Manifest

    try:
        manifest = Manifest.read(Path(model.path_of(SERVING)))
    except ModelUnavailable:
        return "its manifest is missing, or not one that is written here"
    named = {*manifest.categories}.union(*(part.fields for part in manifest.horizons.values()))
    if unknown := sorted(named - {*FIELDS}):
        return f"it forecasts from {', '.join(unknown)}"
    if missing := sorted({*LABELS} - {*manifest.categories}):
        return f"it does not know {', '.join(missing)}"
    for horizon, part in manifest.horizons.items():
        if part.features != Features(part.fields, manifest.categories).names:
            return f"its features at {horizon} are not those that are made here"
    return ""
