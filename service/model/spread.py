"""How far the quantiles and the mean of a film lie from its forecast, in natural logarithms."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from service.model.manifest import Curve

Floats = NDArray[np.float64]

# As odds, in logs; what lies beyond the outermost quantiles is told up to here.
_FAR = 1000.0


def log_odds(probability: ArrayLike) -> Floats:
    """Natural logarithm of p / (1 - p)."""
    shares = np.asarray(probability, np.float64)
    return np.log(shares) - np.log1p(-shares)


class Lines:
    """m functions of one number, piecewise linear between knots (k,) and constant beyond."""

    def __init__(self, knots: ArrayLike, values: Floats) -> None:
        self._knots = np.array(knots, np.float64)
        rises, steps = np.diff(values), np.diff(self._knots)
        slopes = np.divide(rises, steps, out=np.zeros_like(rises), where=steps > 0)
        starts = values[:, :-1] - slopes * self._knots[:-1]
        # Before the first knot, and after the last, each is a line as well, without a slope.
        slopes = np.pad(slopes, ((0, 0), (1, 1)))
        starts = np.hstack([values[:, :1], starts, values[:, -1:]])
        self._lines = np.vstack([slopes, starts])
        self._count = len(values)

    def __call__(self, at: Floats) -> Floats:
        """The values (m, n) at n numbers."""
        lines = self._lines.take(self._knots.searchsorted(at), axis=1)
        values: Floats = lines[: self._count]
        values *= at
        values += lines[self._count :]
        return values


class Spread:
    """The spread of the films of one horizon, by forecast.

    Between two quantiles, and beyond the outermost ones, a distance is linear in the log-odds of
    its probability: pieces of log-logistic distributions (Bennett, 1983), whose tails have a closed
    form. The tails fall alike for all forecasts, so that no quantile falls as a forecast rises.
    """

    def __init__(self, curve: Curve, coverage: float) -> None:
        odds = log_odds(curve.probabilities)
        quantiles = np.array(curve.quantiles)
        outermost = quantiles[[0, -1]]
        slopes = outermost.mean(axis=1) / odds[[0, -1]]
        tails = slopes * ([-_FAR, _FAR] - odds[[0, -1]])
        ends = outermost + tails[:, None]
        self.odds = np.concatenate([[-_FAR], odds, [_FAR]])
        self.quantiles = Lines(curve.knots, np.vstack([ends[:1], quantiles, ends[1:]]))
        self._coverage = coverage
        bounds = [quantiles[curve.place(share)] for share in self.shares()]
        self.bounds = Lines(curve.knots, np.array([*bounds, curve.mean]))

    def shares(self, coverage: float | None = None) -> tuple[float, float, float]:
        """The probabilities of less than the median, the low and the high bound."""
        coverage = coverage or self._coverage
        return 0.5, (1 - coverage) / 2, (1 + coverage) / 2
