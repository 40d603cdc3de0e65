"""The distribution around a forecast: conformal quantiles of the error, and its mean."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import GroupKFold

from service.model.manifest import Curve
from service.model.spread import Lines

Floats = NDArray[np.float64]
Titles = NDArray[np.object_]
Rows = NDArray[np.intp]

_GROUPS = 6
_COVERAGES = (0.5, 0.8, 0.9, 0.95, 0.98)  # of the intervals whose bounds are the quantiles
_APART = 1e-3  # in logs: quantiles differ by no less, so that each amount has one probability


@dataclass(frozen=True)
class Unseen:
    """Forecasts of n films that were not learned from, in natural logarithms of the unit.

    `error` is truth minus forecast over what the hidden fields multiply it by, `weight` how much a
    film counts, `whole` whether no field is hidden.
    """

    point: Floats
    error: Floats
    titles: Titles
    weight: Floats
    whole: NDArray[np.bool_]

    def __getitem__(self, rows: Rows) -> "Unseen":
        """Some of the films."""
        return Unseen(
            self.point[rows],
            self.error[rows],
            self.titles[rows],
            self.weight[rows],
            self.whole[rows],
        )


def title_folds(titles: Titles, count: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Row indices to learn from and to predict, `count` times, no title in both."""
    split = GroupKFold(n_splits=count, shuffle=True, random_state=seed)
    # Numbers, because NumPy looks for each text among all others.
    groups = np.unique(titles, return_inverse=True)[1]
    return iter(split.split(titles, groups=groups))


def distribution_curve(
    unseen: Unseen, coverage: float, folds: int, seed: int, widest: float = 1
) -> Curve:
    """The curve that makes a distribution of a forecast, from forecasts of films not learned from.

    Quantiles of the error in groups of similar forecasts make intervals of several coverages, one
    within the other. Each is widened by what it misses on the titles of other folds: conformalised
    quantile regression (Romano, Patterson and Candes, 2019), cross-fitted (Vovk, 2015). Unknown
    fields multiply distances by `widest` at most.
    """
    coverages = np.array(sorted({*_COVERAGES, coverage}))
    misses = np.empty((len(coverages), len(unseen.error)))
    for learn, check in title_folds(unseen.titles, folds, seed):
        curve = quantile_curve(unseen[learn], coverages, widest)
        low, high = _bounds(curve, unseen.point[check])
        misses[:, check] = np.maximum(low - unseen.error[check], unseen.error[check] - high)
    ranks = np.minimum(1, coverages * (1 + 1 / len(unseen.error)))
    margins = [_quantile(m, r, unseen.weight) for m, r in zip(misses, ranks, strict=True)]
    return _widened(quantile_curve(unseen, coverages, widest), np.array(margins))


def quantile_curve(unseen: Unseen, coverages: Floats, widest: float = 1) -> Curve:
    """Quantiles of the error in groups of equal weight; none falls as the forecast rises.

    The mean is that of the films of a group over that of their forecasts, so that sums hold. The
    median is the forecast.
    """
    groups = [unseen[rows] for rows in _groups(unseen)]
    knots = np.array([_quantile(group.point, 0.5, group.weight) for group in groups])
    tails = (1 - coverages) / 2
    shares = np.concatenate([tails[::-1], 1 - tails])
    quantiles = np.array([_quantile(group.error, shares, group.weight) for group in groups]).T
    slope = 1 / widest
    quantiles = np.maximum.accumulate(slope * knots + quantiles, axis=1) - slope * knots
    return Curve(
        probabilities=np.insert(shares, len(tails), 0.5).tolist(),
        knots=knots.tolist(),
        quantiles=np.insert(quantiles, len(tails), 0, axis=0).tolist(),
        mean=[_log_ratio(group) for group in groups],
    )


def _bounds(curve: Curve, point: Floats) -> tuple[Floats, Floats]:
    """Low and high (coverages, n) of each coverage from forecasts (n,), the narrowest first."""
    quantiles = Lines(curve.knots, np.array(curve.quantiles))(point)
    median = len(quantiles) // 2
    return np.minimum(quantiles[:median][::-1], 0), np.maximum(quantiles[median + 1 :], 0)


def _widened(curve: Curve, margins: Floats) -> Curve:
    """The curve with each of its intervals wider by its margin, and around the one before."""
    quantiles, median = np.array(curve.quantiles), len(margins)
    for i, margin in enumerate(margins, start=1):
        low, high = quantiles[median - i], quantiles[median + i]
        quantiles[median - i] = np.minimum(low - margin, quantiles[median - i + 1] - _APART)
        quantiles[median + i] = np.maximum(high + margin, quantiles[median + i - 1] + _APART)
    return curve.model_copy(update={"quantiles": quantiles.tolist()})


def _groups(unseen: Unseen) -> list[Rows]:
    order = np.argsort(unseen.point, kind="stable")
    reached = np.cumsum(unseen.weight[order])
    edges = np.searchsorted(reached, reached[-1] * np.arange(1, _GROUPS) / _GROUPS)
    return np.split(order, edges)


def _log_ratio(films: Unseen) -> float:
    films = films[np.flatnonzero(films.whole)]
    return float(np.log(np.exp(films.point + films.error).mean() / np.exp(films.point).mean()))


def _quantile(values: Floats, share: ArrayLike, weight: Floats) -> Floats:
    shares = np.asarray(share)
    return np.asarray(np.quantile(values, shares, weights=weight, method="inverted_cdf"))
