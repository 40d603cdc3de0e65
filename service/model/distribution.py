"""The distributions of what n films will reach: their median, mean, quantiles and chances."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.model.spread import Spread

Floats = NDArray[np.float64]

# The log-odds of less than a floor at which no more than a thousandth is cut off.
_WORTH_TELLING = -7.0


class Asked(NamedTuple):
    """What is asked beside the forecast.

    Bounds at another coverage, the probability of at least so many USD, quantiles.
    """

    coverage: float | None = None
    at_least: float | None = None
    quantiles: tuple[float, ...] = ()

    @property
    def amounts(self) -> int:
        """How many of the rows of Distribution.told are amounts."""
        return 4 + len(self.quantiles)

    @property
    def rows(self) -> int:
        """How many rows Distribution.told has."""
        return self.amounts + (self.at_least is not None)


NOTHING = Asked()


@dataclass(eq=False)
class Distribution:
    """n films in natural logarithms: their forecasts (n,) in the log unit, and the unit (n,).

    `width` is what multiplies the distances of the quantiles, `floor` (n,) what a film is known not
    to fall below: NaN where none is known, None if of no film.
    """

    spread: Spread
    forecast: Floats
    unit: Floats
    width: Floats | float
    floor: Floats | None

    def told(self, asked: Asked) -> Floats:
        """Median, low, high, mean, then m quantiles and the log of the chance, as asked."""
        told = [self.bounds(asked.coverage)]
        if asked.quantiles:
            told.append(self.quantiles(asked.quantiles))
        if asked.at_least is not None:
            told.append(self.log_chance(asked.at_least)[None])
        return told[0] if len(told) == 1 else np.vstack(told)

    def bounds(self, coverage: float | None = None) -> Floats:
        """Median, low, high and mean (4, n)."""
        told = self.spread.bounds(self.forecast)
        # As with a log-normal distribution, the mean of one that is k times as wide is k^2 as far.
        if isinstance(self.width, np.ndarray) or self.width != 1:
            told[1:] *= self.width
            told[3] *= self.width
        told += self.forecast + self.unit
        if coverage is None and self.floor is None:
            return told
        median, *bounds = self.quantiles(self.spread.shares(coverage))
        # The mean stays as far from the median as it was.
        exact = np.array([median, *bounds, told[3] + median - told[0]])
        return exact if coverage is not None else np.where(self._left < 0, exact, told)

    def quantiles(self, probabilities: Sequence[float]) -> Floats:
        """The quantiles (m, n) of m probabilities."""
        grid, odds = self._grid, self.spread.odds
        left = np.log1p(np.negative(probabilities))[:, None] + self._left
        wanted = np.log1p(-np.exp(left)) - left
        part = odds[1:-1].searchsorted(wanted)
        films = np.arange(len(self.forecast))
        start, end = grid[part, films], grid[part + 1, films]
        share = (wanted - odds[part]) / (odds[part + 1] - odds[part])
        quantiles: Floats = self._median + start + share * (end - start)
        return quantiles if self.floor is None else np.fmax(quantiles, self.floor)

    def log_chance(self, amount: float) -> Floats:
        """Logarithms of the probabilities (n,) of at least so much."""
        odds = self._odds(np.full(len(self.forecast), log(amount) if amount else -np.inf))
        chance: Floats = np.minimum(_log_survival(odds) - self._left, 0)
        return chance

    @cached_property
    def _median(self) -> Floats:
        return self.forecast + self.unit

    @cached_property
    def _grid(self) -> Floats:
        """How far the quantiles of `spread.odds` (m, n) lie from the medians."""
        return self.spread.quantiles(self.forecast) * self.width

    @cached_property
    def _left(self) -> Floats:
        """Logarithm of the probability (n,) that a film would reach its floor."""
        if self.floor is None:
            return np.zeros(len(self.forecast))
        odds = self._odds(np.where(np.isnan(self.floor), -np.inf, self.floor))
        return np.where(odds > _WORTH_TELLING, _log_survival(odds), 0.0)

    def _odds(self, amounts: Floats) -> Floats:
        """The log-odds (n,) of less than the amounts."""
        grid, odds = self._grid, self.spread.odds
        distance = amounts - self._median
        part = (grid[1:-1] < distance).sum(axis=0)
        films = np.arange(len(amounts))
        start, end = grid[part, films], grid[part + 1, films]
        share = (distance - start) / (end - start)
        reached: Floats = odds[part] + share * (odds[part + 1] - odds[part])
        return reached


def _log_survival(odds: Floats) -> Floats:
    return -np.logaddexp(0, odds)
