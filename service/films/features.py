"""Columns of films to the matrix of an estimator: one function for training and serving."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.films.prices import log_price_level
from service.films.schema import FIELDS, HORIZONS, KNOWN, LABELS, NUMBERS, Horizon

Columns = Mapping[str, Sequence[Any]]
Categories = Mapping[str, Sequence[str]]
Floats = NDArray[np.float64]

_LOGGED = ("opening_gross", "production_budget", "budget", "cast_total_facebook_likes")
_PLAIN = ("title_year", "duration", "imdb_score", "release_month")
# What a feature is made of decides at which horizon it exists. Screens are in none: at the same
# opening, fewer screens mean a longer run, and no forecast may fall as screens are added.
SOURCES = {
    "real_opening": ("opening_gross",),
    "real_budget": ("production_budget",),
    "real_listed_budget": ("budget",),
    "opening_to_budget": ("opening_gross", "production_budget"),
    "log_cast_likes": ("cast_total_facebook_likes",),
    **{name: (name,) for name in _PLAIN},
    **{f"season_{wave}": ("release_month",) for wave in ("sin1", "cos1", "sin2", "cos2")},
}


def fields(horizon: Horizon) -> list[str]:
    """The fields that are known at a horizon, in the order of the schema."""
    latest = HORIZONS.index(horizon)
    return [name for name in FIELDS if HORIZONS.index(KNOWN[name]) <= latest]


def usable(horizon: Horizon) -> list[str]:
    """The known fields that a feature is made of."""
    made_of = {*LABELS, *(name for sources in SOURCES.values() for name in sources)}
    return [name for name in fields(horizon) if name in made_of]


class Encoder:
    """Columns of films to numbers, with the categories of one model."""

    def __init__(self, categories: Categories) -> None:
        self._codes: dict[str, dict[object, float]] = {
            name: {None: np.nan} | {label: code for code, label in enumerate(categories[name])}
            for name in LABELS
        }

    def encode(self, columns: Columns) -> Floats:
        """Films as (n, fields) numbers in the order of FIELDS; NaN, None, 0 and blank are NaN.

        A label becomes its index in the categories, or -1 where it is not among them.
        """
        films = len(next(iter(columns.values()))) if columns else 1
        unknown: Any = [np.nan] if films == 1 else np.full(films, np.nan)
        numbers = [columns.get(name, unknown) for name in NUMBERS]
        labels = [
            self._label_codes(name, columns[name]) if name in columns else unknown
            for name in LABELS
        ]
        # A field after the other, because that is how they come and how features read them.
        raw = np.array(numbers + labels, np.float64)
        known = raw[: len(NUMBERS)]
        known[known == 0] = np.nan
        return raw.T

    def _label_codes(self, name: str, labels: Sequence[Any]) -> Sequence[float]:
        codes = self._codes[name]
        return [codes[v] if v in codes else _code(codes, v) for v in labels]


def _code(codes: Mapping[object, float], label: object) -> float:
    if not isinstance(label, str) or not (label := label.strip()):
        return np.nan
    return codes.get(label, -1.0)


class Features:
    """The features that can be made of the `used` fields, by name and as a matrix."""

    def __init__(self, used: Sequence[str], categories: Categories) -> None:
        numbers = [name for name, sources in SOURCES.items() if set(sources) <= set(used)]
        self._numbers = np.array([list(SOURCES).index(name) for name in numbers], np.intp)
        self._labels = [
            (LABELS.index(n), _one_hot(len(categories[n]))) for n in LABELS if n in used
        ]
        labels = [f"{n}={c}" for n in LABELS if n in used for c in (*categories[n], "?")]
        self.names = numbers + labels

    def matrix(self, raw: Floats) -> NDArray[np.float32]:
        """The (n, features) matrix of encoded films.

        It is float32, so that the graph splits exactly where the scikit-learn trees do.
        """
        matrix = np.empty((len(raw), len(self.names)), np.float32)
        rows = np.fmax(raw.take(_PICKING_AT, axis=1), _UNKNOWN_ROW).astype(np.intp)
        end = len(self._numbers)
        matrix[:, :end] = _numbers(raw, rows[:, 0]).take(self._numbers, axis=1)
        for label, table in self._labels:
            start, end = end, end + table.shape[1]
            matrix[:, start:end] = table.take(rows[:, label + 1], axis=0, mode="wrap")
        return matrix


def _one_hot(size: int) -> NDArray[np.float32]:
    # Row -1 is a label that training never saw, row -2 an unknown one.
    known_and_unknown = np.eye(size + 1, dtype=np.float32)
    return np.concatenate([known_and_unknown, np.zeros((1, size + 1), np.float32)])


def _season() -> Floats:
    months = np.arange(13.0)
    months[0] = np.nan
    phases = months[:, None] * (np.pi / 6) * [1, 1, 2, 2]
    return np.where([True, False, True, False], np.sin(phases), np.cos(phases))


_LOGGED_AT = np.array([FIELDS.index(name) for name in _LOGGED])
_PLAIN_AT = np.array([FIELDS.index(name) for name in _PLAIN])
_YEAR_AT = FIELDS.index("title_year")
_PICKING_AT = np.array([FIELDS.index(name) for name in ("release_month", *LABELS)])
_UNKNOWN_ROW = np.array([0.0, *(-2.0 for _ in LABELS)])
_SEASON = _season()


def _numbers(raw: Floats, months: NDArray[np.intp]) -> Floats:
    numbers = np.empty((len(raw), len(SOURCES)))
    logs = np.log(raw.take(_LOGGED_AT, axis=1))
    prices = log_price_level(raw[:, _YEAR_AT])
    np.subtract(logs[:, :3], prices[:, None], out=numbers[:, :3])
    np.subtract(logs[:, 0], logs[:, 1], out=numbers[:, 3])
    numbers[:, 4] = logs[:, 3]
    numbers[:, 5:9] = raw.take(_PLAIN_AT, axis=1)
    numbers[:, 9:] = _SEASON.take(months, axis=0)
    return numbers
