"""What it does to a forecast that a field is unknown: nothing on the whole, but to its width."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression

from service.model.encoding import unknown

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_LEAST_ERROR = 0.1  # in natural logarithms, so that a forecast that happens to be right counts less
_ENOUGH = 20_000  # films


def shifts(
    logs: Callable[[Floats], Floats], raw: Floats, columns: Sequence[int]
) -> tuple[Floats, Floats]:
    """For each column what hiding it takes from a median forecast, and how far it moves one.

    In natural logarithms (columns,), measured on the films (n, fields) of which most is known:
    tables leave out fields of small films, and what is unknown of a film says nothing of its size.
    """
    missing = unknown(raw)
    count = missing[:, columns].sum(axis=1)
    fuller = raw[count <= np.median(count)][:_ENOUGH]
    taken, moved = np.zeros(len(columns)), np.zeros(len(columns))
    for i, column in enumerate(columns):
        films = fuller[~unknown(fuller)[:, column]]
        if len(films):
            without = films.copy()
            without[:, column] = np.nan
            change = logs(films) - logs(without)
            taken[i], moved[i] = np.median(change), np.median(np.abs(change - np.median(change)))
    return taken, moved


def widths(errors: Floats, hidden: Mask) -> Floats:
    """For each column (n, columns) by how much hiding it multiplies errors (n,), at least 1."""
    size = np.log(np.abs(errors) + _LEAST_ERROR)
    factors = np.exp(LinearRegression().fit(hidden.astype(np.float64), size).coef_)
    return np.asarray(np.maximum(factors, 1))
