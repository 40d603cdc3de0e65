"""A model that can be judged: its serving form, from a folder or from the model store."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bentoml
from bentoml.exceptions import NotFound

from service.errors import BoxOfficeError, ModelUnavailable
from service.films.schema import OPENED_BY
from service.model.encoding import Features
from service.model.predictor import Predictor
from service.settings import SERVING
from training.estimator.folder import version


class UnknownContender(BoxOfficeError):
    """There is no model of that name."""


@dataclass(frozen=True)
class Contender:
    """A model in its serving form; `split` is the seed and folds that the store says it had."""

    name: str
    version: str
    predictor: Predictor
    split: object

    def shares(self, split: dict[str, Any], films_hash: str) -> bool | None:
        """Whether it was trained on the folds of these films; None where nothing tells."""
        if self.predictor.manifest.data_hash == films_hash:
            return True
        return None if self.split is None else self.split == split


def load(name: str) -> Contender:
    """The model of a folder or of a tag in the model store.

    Raises UnknownContender where there is none of the name, ModelUnavailable where it is damaged.
    """
    folder = Path(name)
    if folder.is_dir():
        predictor, digest = _predictor(name, folder), version(folder)
        return Contender(f"{name} ({digest})", digest, predictor, None)
    try:
        stored = bentoml.models.get(name)
    except (NotFound, ValueError) as error:
        raise UnknownContender(
            f"{name!r} is neither a folder nor a model in the BentoML model store."
        ) from error
    except Exception as error:  # BentoML has no word of its own for a model.yaml that is damaged
        raise ModelUnavailable(
            f"{name!r} is damaged in the BentoML model store: register it again."
        ) from error
    tag, split = stored.tag, stored.info.metadata.get("split")
    predictor = _predictor(str(tag), Path(stored.path_of(SERVING)))
    return Contender(str(tag), str(tag.version), predictor, split)


def _predictor(name: str, folder: Path) -> Predictor:
    predictor = Predictor.load(folder)
    manifest = predictor.manifest
    for horizon, part in manifest.horizons.items():
        if part.features != Features(part.fields, manifest.categories).names:
            raise ModelUnavailable(
                f"{name} was trained on other {horizon} features than this code makes: "
                "run `dvc repro`."
            )
    try:
        predictor.predict({field: [0, 1] for field in OPENED_BY.values()})
    except Exception as error:
        raise ModelUnavailable(f"{name} is damaged: its graphs do not fit its manifest.") from error
    return predictor
