"""Columns of films to the matrix of an estimator: one function for training and serving."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from service.prices import log_price_level
from service.schema import FIELDS, HORIZONS, KNOWN, LABELS, Horizon

Columns = Mapping[str, ArrayLike]
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


def encode(columns: Columns, categories: Categories) -> Floats:
    """Films as (n, fields) numbers in the order of FIELDS; NaN is unknown.

    A label becomes its index in `categories`, or -1 where it is not among them.
    """
    n = max((np.size(values) for values in columns.values()), default=1)
    raw = np.full((n, len(FIELDS)), np.nan)
    for i, name in enumerate(FIELDS):
        if name not in columns:
            continue
        if name in LABELS:
            raw[:, i] = _codes(columns[name], categories[name])
        else:
            raw[:, i] = np.asarray(columns[name], dtype=np.float64)
            raw[raw[:, i] == 0, i] = np.nan
    return raw


def _codes(values: ArrayLike, categories: Sequence[str]) -> list[float]:
    index: dict[object, float] = {name: i for i, name in enumerate(categories)}
    return [
        index.get(v.strip(), -1.0) if isinstance(v, str) and v.strip() else np.nan
        for v in np.atleast_1d(np.asarray(values, dtype=object))
    ]


class Features:
    """The features that can be made of the `used` fields, by name and as a matrix."""

    def __init__(self, used: Sequence[str], categories: Categories) -> None:
        self._labels = [(FIELDS.index(n), len(categories[n])) for n in LABELS if n in used]
        numbers = [name for name, sources in SOURCES.items() if set(sources) <= set(used)]
        self._numbers = [list(SOURCES).index(name) for name in numbers]
        labels = [f"{n}={c}" for n in LABELS if n in used for c in (*categories[n], "?")]
        self.names = numbers + labels

    def matrix(self, raw: Floats) -> NDArray[np.float32]:
        """The (n, features) matrix of encoded films.

        It is float32, so that the graph splits exactly where the scikit-learn trees do.
        """
        numbers = _numbers(raw)[:, self._numbers]
        return np.concatenate([numbers, *self._one_hot(raw)], axis=1, dtype=np.float32)

    def _one_hot(self, raw: Floats) -> list[NDArray[np.bool_]]:
        blocks = []
        for column, size in self._labels:
            codes = raw[:, column, None]
            blocks += [codes == np.arange(size), np.isnan(codes)]
        return blocks


def _numbers(raw: Floats) -> Floats:
    opening, budget, listed, likes = np.log(raw[:, _at(_LOGGED)]).T
    prices = log_price_level(raw[:, FIELDS.index("title_year")])
    phase = raw[:, FIELDS.index("release_month")] * (np.pi / 6)
    columns = [
        opening - prices,
        budget - prices,
        listed - prices,
        opening - budget,
        likes,
        *raw[:, _at(_PLAIN)].T,
        *(wave(k * phase) for k in (1, 2) for wave in (np.sin, np.cos)),
    ]
    return np.stack(columns, axis=1)


def _at(names: Sequence[str]) -> list[int]:
    return [FIELDS.index(name) for name in names]
