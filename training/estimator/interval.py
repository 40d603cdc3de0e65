"""The interval of a forecast: conformal quantiles of the error that depend on the forecast."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from service.model.manifest import Curve

Floats = NDArray[np.float64]
Titles = NDArray[np.object_]

_GROUPS = 7


def title_folds(titles: Titles, count: int, seed: int) -> Iterator[tuple[Titles, Titles]]:
    """Row indices to learn from and to predict, `count` times, no title in both."""
    split = GroupKFold(n_splits=count, shuffle=True, random_state=seed)
    return iter(split.split(titles, groups=titles))


def interval_curve(
    point: Floats, truth: Floats, titles: Titles, coverage: float, folds: int, seed: int
) -> Curve:
    """The curve that makes an interval of a forecast, from forecasts of films not learned from.

    All in natural logarithms of USD. Quantiles of the error in groups of similar forecasts are
    widened by what they miss on the titles of other folds: conformalised quantile regression
    (Romano, Patterson and Candes, 2019), cross-fitted (Vovk, 2015).
    """
    misses = np.empty(len(point))
    for learn, check in title_folds(titles, folds, seed):
        low, high = quantile_curve(point[learn], truth[learn], coverage).bounds(point[check])
        misses[check] = np.maximum(low - truth[check], truth[check] - high)
    rank = min(1.0, np.ceil((len(misses) + 1) * coverage) / len(misses))
    margin = float(np.quantile(misses, rank, method="higher"))
    curve = quantile_curve(point, truth, coverage)
    return Curve(
        knots=curve.knots,
        low=[value - margin for value in curve.low],
        high=[value + margin for value in curve.high],
    )


def quantile_curve(point: Floats, truth: Floats, coverage: float) -> Curve:
    """Quantiles of the error in equal groups of the forecast; bounds never fall as it rises."""
    tail = (1 - coverage) / 2
    groups = np.array_split(np.argsort(point, kind="stable"), _GROUPS)
    knots = np.array([np.median(point[group]) for group in groups])
    errors = [truth[group] - point[group] for group in groups]
    low, high = (
        np.maximum.accumulate(knots + [np.quantile(e, q) for e in errors]) - knots
        for q in (tail, 1 - tail)
    )
    return Curve(knots=knots.tolist(), low=low.tolist(), high=high.tolist())
