"""The BentoML model store, where the deployed model comes from: other projects use it too."""

from pathlib import Path

import bentoml
from bentoml.exceptions import BentoMLException, NotFound
from bentoml.models import BentoModel

from service.errors import ModelUnavailable
from service.settings import SERVING


def stored(tag: str) -> bentoml.Model:
    """The model of a tag; raises NotFound with the way out where there is none that can be read."""
    try:
        model = BentoModel(tag)
    except (BentoMLException, ValueError):
        raise NotFound(
            f"BOX_OFFICE_MODEL must be a tag of `bentoml models list`, not {tag!r}"
        ) from None
    try:
        found: bentoml.Model | None = model.stored
    except Exception:  # whatever somebody else's YAML, or half of ours, can raise
        raise NotFound(
            f"the model.yaml of {tag} in the BentoML model store is damaged: run `make train`"
        ) from None
    if found is None:
        raise NotFound(f"no model {tag!r} in the BentoML model store: run `make train`")
    return found


def readable(tag: str) -> bentoml.Model:
    """The model of a tag that this code can serve; see `check`."""
    check(model := stored(tag))
    return model


def check(model: bentoml.Model) -> None:
    """Raises ModelUnavailable for a model that this code cannot serve.

    It is damaged, or of another project or another state of this one; the error says what is wrong,
    which commit has made it, and the way out.
    """
    if strange := _strange(model):
        commit = model.info.labels.get("git_sha", "unknown")
        raise ModelUnavailable(
            f"{model.tag} is no model for this code: {strange}. Commit {commit} has registered it, "
            f"on {model.info.creation_time:%Y-%m-%d}. Run `make train`, or set BOX_OFFICE_MODEL to "
            "another tag of `bentoml models list`."
        )


def _strange(model: bentoml.Model) -> str:
    """What is damaged of a model, or what this code does not understand of it, or nothing."""
    # Not at the top: the process that starts the workers has nothing else to do with models.
    from service.films.fields import FIELDS
    from service.model.encoding import Features
    from service.model.manifest import MANIFEST, Manifest

    folder = Path(model.path_of(SERVING))
    try:
        manifest = Manifest.read(folder)
    except ModelUnavailable:
        return f"its {MANIFEST} is missing or damaged, or not one that is written here"
    if damaged := manifest.damaged(folder):
        return f"its {damaged[0]} is missing or damaged"
    if _version(folder) != model.tag.version:
        return (
            f"its version is not the hash of its files, so its {MANIFEST} is damaged, or it was "
            "made elsewhere"
        )
    named = {*manifest.categories}.union(*(part.fields for part in manifest.horizons.values()))
    if unknown := sorted(named - {*FIELDS}):
        return f"it forecasts from {', '.join(unknown)}"
    if unsaid := manifest.unsaid():
        return f"it has neither range nor categories of {', '.join(unsaid)}"
    for horizon, part in manifest.horizons.items():
        if part.features != Features(part.fields, manifest.categories).names:
            return f"its features at {horizon} are not those that are made here"
    return ""


def _version(folder: Path) -> str:
    """The version that the files of a model have, or "" where some cannot be read."""
    from service.model.version import version_of

    try:
        return version_of(folder.iterdir())
    except OSError:
        return ""
