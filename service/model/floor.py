"""A forecast given that the truth is at least so much, which some fields tell."""

from math import log

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_WORTH_TELLING = 7.0  # below it less than a thousandth of the probability is cut off


def above(floor: Floats, forecast: Floats, coverage: float) -> Floats:
    """Point, low, high and mean (4, n) given that the truth is above the floor (n,); NaN: none.

    All in logarithms; the mean stays as far from the point as it was. Each half of the forecast is
    taken for that of a log-logistic distribution (Bennett, 1983), whose tails have a closed form:
    quantiles of what is left are exact, however far up the floor.
    """
    if np.isnan(floor).all():
        return forecast
    point, low, high, _ = forecast
    spread = log((1 + coverage) / (1 - coverage))
    halves = np.maximum((point - low, high - point), 1e-9) / spread
    depth = (floor - point) / np.where(floor < point, *halves)
    rows = np.flatnonzero(depth > -_WORTH_TELLING)
    if not len(rows):
        return forecast
    tail = (1 - coverage) / 2
    left = np.log([[0.5], [1 - tail], [tail]]) - np.logaddexp(0, depth[rows])
    odds = -left + np.log1p(-np.exp(left))
    quantiles = point[rows] + odds * np.where(odds < 0, *halves[:, rows])
    told = forecast.copy()
    told[:3, rows] = np.maximum(quantiles, floor[rows])
    told[3, rows] += told[0, rows] - point[rows]
    return told
