"""The manifest beside the ONNX graphs: what a model was trained on and what it needs to predict."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from service.errors import ModelUnavailable
from service.films.fields import LABELS
from service.films.schema import Horizon

MANIFEST = "card.json"

# From which effect on width, and on the log of a forecast, an unknown field is worth telling.
_WIDER, _MOVED = 1.1, 0.15
_SERVED = {".json", ".onnx"}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(_Frozen):
    """The smallest and the largest value seen in training."""

    low: float
    high: float


class Curve(_Frozen):
    """How far quantiles and mean lie from a forecast, in natural logarithms, by forecast.

    `quantiles` has a row for each of the `probabilities`, which rise, with a number for each knot.
    """

    probabilities: list[float]
    knots: list[float]
    quantiles: list[list[float]]
    mean: list[float]

    def place(self, probability: float) -> int:
        """The row of a probability; raises ValueError where it has none."""
        places = np.flatnonzero(np.isclose(self.probabilities, probability, atol=1e-9))
        if not len(places):
            raise ValueError(f"there is no quantile of {probability:g}")
        return int(places[0])


class Unknown(_Frozen):
    """What it does to a forecast that a field is unknown.

    `shift` is added to its natural logarithm, which makes the field's absence neutral; `width`
    multiplies the distance of the bounds; `moved` is how far the field moves a typical forecast.
    """

    shift: float
    width: float
    moved: float

    @property
    def matters(self) -> bool:
        """Whether it is worth telling that the field would change much."""
        return self.width >= _WIDER or self.moved >= _MOVED


class HorizonManifest(_Frozen):
    """One estimator: its fields, its features in order, its training films, its spread."""

    fields: list[str]
    features: list[str]
    films: int
    distribution: Curve
    unknown: dict[str, Unknown]


class Manifest(_Frozen):
    """All that the predictor needs beside the graphs.

    `files` are the hashes, SHA-256, of the files that are served beside it, by their names.
    """

    format: Literal[4] = 4
    coverage: float
    horizons: dict[Horizon, HorizonManifest]
    categories: dict[str, list[str]]
    ranges: dict[str, Range]
    data_hash: str
    files: dict[str, str] = {}

    def damaged(self, folder: Path, names: Iterable[str] | None = None) -> list[str]:
        """Which files, or which of all, are missing or not those that training has made."""
        looked_at = sorted(self.files if names is None else names)
        return [name for name in looked_at if self.files.get(name) != _hash(folder / name)]

    def unsaid(self) -> list[str]:
        """The fields of which it does not say what a predictor needs: their range or categories."""
        used = {name for part in self.horizons.values() for name in part.fields}
        return sorted((used | {*LABELS}) - {*self.ranges, *self.categories})

    def write(self, folder: Path) -> None:
        """Write the manifest into a model folder, with what is served from there by now."""
        served = [path for path in folder.iterdir() if path.suffix in _SERVED]
        files = {path.name: _hash(path) for path in served if path.name != MANIFEST}
        whole = self.model_copy(update={"files": dict(sorted(files.items()))})
        (folder / MANIFEST).write_text(whole.model_dump_json(indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest of a model folder; raises ModelUnavailable naming the file."""
        path = folder / MANIFEST
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise ModelUnavailable(
                f"{path} is missing or not a model manifest: run `make train`."
            ) from error


def _hash(path: Path) -> str:
    """The hash of a file, or "" where it cannot be read."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
