"""Columns of films to the matrix of an estimator: one function for training and serving."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from service.schema import FIELDS, HORIZONS, KNOWN, LABELS, NUMBERS, Horizon

Columns = Mapping[str, ArrayLike]
Categories = Mapping[str, Sequence[str]]

_LOGGED = (
    "opening_gross",
    "screens",
    "production_budget",
    "cast_total_facebook_likes",
    "budget",
)


def fields(horizon: Horizon) -> list[str]:
    """The fields that are known at a horizon, in the order of the schema."""
    latest = HORIZONS.index(horizon)
    return [name for name in FIELDS if HORIZONS.index(KNOWN[name]) <= latest]


def feature_names(used: Sequence[str], categories: Categories) -> list[str]:
    """Names of the columns of `feature_matrix`."""
    numbers = [f"log_{n}" if n in _LOGGED else n for n in used if n in NUMBERS]
    labels = [f"{n}={c}" for n in used if n in LABELS for c in categories[n]]
    return numbers + labels


def encode(columns: Columns, categories: Categories) -> NDArray[np.float64]:
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


def feature_matrix(
    raw: NDArray[np.float64], used: Sequence[str], categories: Categories
) -> NDArray[np.float32]:
    """The (n, features) matrix of encoded films, from the fields that a horizon uses.

    It is float32, so that the graph splits exactly where the scikit-learn trees do.
    """
    columns = []
    for name in used:
        values = raw[:, FIELDS.index(name)]
        if name in LABELS:
            columns += [values == i for i in range(len(categories[name]))]
        else:
            columns.append(np.log(values) if name in _LOGGED else values)
    return np.stack(columns, axis=1).astype(np.float32)
