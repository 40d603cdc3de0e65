"""Models as people name them: a folder of a project, or a tag in the model store."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bentoml
from bentoml.exceptions import BentoMLException

from service.errors import BoxOfficeError
from service.settings import MODEL_NAME, SERVING
from training.common.files import read_json
from training.common.paths import METRICS, MODEL
from training.estimator.folder import version


@dataclass(frozen=True)
class Found:
    """A model by its tag, where its files are, and what the store says of it, if it is there."""

    tag: str
    folder: Path
    registered: dict[str, Any] | None = None

    @property
    def metrics(self) -> dict[str, Any]:
        """Its metrics: those registered with it, or those of the project that it is in."""
        if self.registered is not None:
            registered: dict[str, Any] = self.registered.get("metrics", {})
            return registered
        project = self.folder.resolve().parents[len(MODEL.parts) - 1]
        measured: dict[str, Any] = read_json(project / METRICS)
        return measured


def find(name: str, option: str) -> Found:
    """The model of a folder or of a tag; raises BoxOfficeError naming the option for another."""
    folder = Path(name)
    if folder.is_dir():
        return Found(f"{MODEL_NAME}:{version(folder)}", folder)
    try:
        stored = bentoml.models.get(name)
    except (BentoMLException, ValueError) as error:
        raise BoxOfficeError(
            f"{name!r} is neither a folder nor a model in the BentoML model store: run `make "
            f"train`, or name another with {option}."
        ) from error
    return Found(str(stored.tag), Path(stored.path_of(SERVING)), dict(stored.info.metadata))
