"""The interval and the mean of a forecast: conformal quantiles of the error, and its ratio."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from service.model.manifest import Curve

Floats = NDArray[np.float64]
Titles = NDArray[np.object_]
Rows = NDArray[np.intp]

_GROUPS = 6


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


def interval_curve(
    unseen: Unseen, coverage: float, folds: int, seed: int, widest: float = 1
) -> Curve:
    """The curve that makes an interval of a forecast, from forecasts of films not learned from.

    Quantiles of the error in groups of similar forecasts are widened by what they miss on the
    titles of other folds: conformalised quantile regression (Romano, Patterson and Candes, 2019),
    cross-fitted (Vovk, 2015). Unknown fields multiply it by `widest` at most.
    """
    misses = np.empty(len(unseen.error))
    for learn, check in title_folds(unseen.titles, folds, seed):
        bounds = quantile_curve(unseen[learn], coverage, widest)
        low, high, _ = bounds.distances(unseen.point[check])
        misses[check] = np.maximum(low - unseen.error[check], unseen.error[check] - high)
    rank = min(1.0, coverage * (1 + 1 / len(misses)))
    margin = float(_quantile(misses, rank, unseen.weight))
    curve = quantile_curve(unseen, coverage, widest)
    return curve.model_copy(
        update={
            "low": [value - margin for value in curve.low],
            "high": [value + margin for value in curve.high],
        }
    )


def quantile_curve(unseen: Unseen, coverage: float, widest: float = 1) -> Curve:
    """Quantiles of the error in groups of equal weight; no bound falls as the forecast rises.

    The mean is that of the films of a group over that of their forecasts, so that sums hold.
    """
    tail = (1 - coverage) / 2
    groups = [unseen[rows] for rows in _groups(unseen)]
    knots = np.array([_quantile(group.point, 0.5, group.weight) for group in groups])
    quantiles = np.array(
        [[_quantile(g.error, q, g.weight) for g in groups] for q in (tail, 1 - tail)]
    )
    slope = 1 / widest
    low, high = np.maximum.accumulate(slope * knots + quantiles, axis=1) - slope * knots
    return Curve(
        knots=knots.tolist(),
        low=low.tolist(),
        high=high.tolist(),
        mean=[_log_ratio(group) for group in groups],
    )


def _groups(unseen: Unseen) -> list[Rows]:
    order = np.argsort(unseen.point, kind="stable")
    reached = np.cumsum(unseen.weight[order])
    edges = np.searchsorted(reached, reached[-1] * np.arange(1, _GROUPS) / _GROUPS)
    return np.split(order, edges)


def _log_ratio(films: Unseen) -> float:
    films = films[np.flatnonzero(films.whole)]
    return float(np.log(np.exp(films.point + films.error).mean() / np.exp(films.point).mean()))


def _quantile(values: Floats, share: float, weight: Floats) -> float:
    return float(np.quantile(values, share, weights=weight, method="inverted_cdf"))
