"""Films of the training table that are most like one, by one distance.

It is the root of a weighted mean over the fields that are known of the film. In each of them the
other film is 0 away where both are alike, and 1 where it is unknown, which is as far as two films
drawn at random are on average: half the squared difference, in standard deviations, of what is made
of that field alone; of labels, whether they differ, over how often they do. A field weighs what a
forecast moves on average, in natural logarithms, where its value is that of another film.
"""

from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from service.errors import ModelUnavailable
from service.films.features import FEATURES, log_unit, numbers
from service.films.fields import FIELDS, LABELS, NUMBERS
from service.films.schema import NONE_IF_ABSENT, NOUN, Horizon
from service.model.encoding import Columns, Encoder

COMPARABLES = "comparables.json"
DISTANCE = (
    f"The root of the weighted mean, over the fields that are known of the {NOUN}, of how far the "
    f"other {NOUN} is in each: 0 where they are alike, 1 as for two drawn at random. Weighted by "
    "how far a forecast moves, in natural logarithms, where the field has another value."
)
Floats = NDArray[np.float64]
_FAR = 1e6  # standard deviations, beyond which a film is as far as it can be
_MADE_OF = {n: [i for i, f in enumerate(FEATURES) if f.sources == (n,)] for n in NUMBERS}


class Table(BaseModel):
    """Titles, target and fields of n films, and the weights of fields by horizon."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: dict[Horizon, dict[str, float]]
    titles: list[str]
    target: list[float]
    fields: dict[str, list[float | str | None]]

    def write(self, folder: Path) -> None:
        """Write the table into a model folder."""
        (folder / COMPARABLES).write_text(self.model_dump_json() + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the table of a model folder; raises ModelUnavailable naming the file."""
        path = folder / COMPARABLES
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise ModelUnavailable(
                f"{path} is missing or damaged, and comparable {NOUN}s come from it: run "
                "`make train`."
            ) from error


class Comparable(NamedTuple):
    """One film of the table, with its target in the unit of its own and of the other film."""

    title: str
    fields: dict[str, Any]
    target: float
    then: float
    distance: float


class Comparables:
    """The films of a table, ready to be compared."""

    def __init__(self, table: Table) -> None:
        self.weights = table.weights
        self._titles, self._target = table.titles, np.array(table.target)
        self._values = table.fields
        self._encoder = Encoder({n: _labels(table.fields.get(n, [])) for n in LABELS})
        self._raw = self._encoder.encode(table.fields)
        self._logs = np.log(self._target) - log_unit(self._raw)
        made = _numbers(self._raw)
        known = np.isfinite(made)
        count = np.maximum(known.sum(axis=0), 1)
        self._middle = np.where(known, made, 0).sum(axis=0) / count
        apart = np.where(known, made - self._middle, 0)
        spread = np.sqrt((apart**2).sum(axis=0) / count)
        self._scale = np.where(spread > 0, spread, 1)
        self._points = (made - self._middle) / self._scale
        self._odds = {name: _odds(self._raw[:, FIELDS.index(name)]) for name in LABELS}

    def __len__(self) -> int:
        """How many films there are."""
        return len(self._titles)

    def describe(self) -> dict[str, Any]:
        """How many films there are, and what it means that two are alike."""
        return {"films": len(self), "distance": DISTANCE, "weights": self.weights}

    def nearest(self, film: Columns, horizon: Horizon, count: int) -> list[Comparable]:
        """So many films, or all if there are fewer, the nearest first."""
        raw = self._encoder.encode(film)
        distance = self._distance(raw, self.weights[horizon])
        rows = np.argsort(distance, kind="stable")[:count]
        then = np.rint(np.exp(self._logs[rows] + log_unit(raw)))
        return [
            Comparable(self._titles[row], self._fields(row), target, usd, far)
            for row, target, usd, far in zip(
                rows.tolist(),
                self._target[rows].tolist(),
                then.tolist(),
                distance[rows].tolist(),
                strict=True,
            )
        ]

    def _fields(self, row: int) -> dict[str, Any]:
        values = {name: self._values[name][row] for name in FIELDS if name in self._values}
        return {name: value for name, value in values.items() if value is not None}

    def _distance(self, raw: Floats, weights: dict[str, float]) -> Floats:
        """How far (n,) the films are from an encoded one (1, fields)."""
        point = np.clip((_numbers(raw) - self._middle) / self._scale, -_FAR, _FAR)
        total, weight = np.zeros(len(self)), 0.0
        for name, each in weights.items():
            if (gap := self._gap(name, raw[0, FIELDS.index(name)], point)) is not None:
                total += each * gap
                weight += each
        return np.sqrt(total / weight) if weight else total

    def _gap(self, name: str, value: float, point: Floats) -> Floats | None:
        """How far (n,) the films are in one field, or None where that is not known of the film."""
        others = self._raw[:, FIELDS.index(name)]
        unknown = ~(others >= 0)
        if not value >= 0:
            return np.where(unknown, 0.0, 1.0) if name in NONE_IF_ABSENT else None
        if name in LABELS:
            return np.where(unknown, 1.0, (others != value) / self._odds[name])
        # Of half a month there is no season.
        made = [column for column in _MADE_OF[name] if np.isfinite(point[0, column])]
        if not made:
            return None
        squares = (self._points[:, made] - point[:, made]) ** 2
        gap = squares.mean(axis=1) / 2
        return np.where(np.isnan(gap), 1.0, gap)


def _numbers(raw: Floats) -> Floats:
    """What is made of the fields (n, len(FEATURES)) of encoded films."""
    return numbers(raw.T, log_unit(raw)).T


def _labels(values: list[Any]) -> list[str]:
    return sorted({value for value in values if value})


def _odds(codes: Floats) -> float:
    """How often two of the known labels differ; 1 where there are none or all are alike."""
    _, counts = np.unique(codes[codes >= 0], return_counts=True)
    shares = counts / max(counts.sum(), 1)
    return float(1 - (shares**2).sum()) or 1.0
