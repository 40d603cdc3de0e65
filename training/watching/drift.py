"""Do films that are asked about look like those that were learned from? Field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, ks_2samp

from training.common import params

Floats = NDArray[np.float64]
Samples = tuple[Floats, Floats]  # of training, and of the window; unknown values are NaN

_BINS = 10
_EXPECTED = 5  # films of a label in each sample, below which a chi-square test is no such


@dataclass(frozen=True)
class Drift:
    """How a field differs from training; `p` is the chance of as much by chance, in any field.

    `films` is how many films of the window it rests on. Where they are too few, `psi` and `p` are
    NaN.
    """

    field: str
    test: str
    films: int
    trained: int
    psi: float
    statistic: float
    p: float
    drifted: bool = False


def compare(
    numbers: Mapping[str, Samples], labels: Mapping[str, Samples], rules: params.Watch
) -> list[Drift]:
    """The drift of each field, numbers and codes of labels, by its name."""
    found = [_drift(name, *samples, True, rules) for name, samples in numbers.items()]
    found += [_drift(name, *samples, False, rules) for name, samples in labels.items()]
    corrected = holm([each.p for each in found])
    return [
        replace(each, p=p, drifted=bool(p <= rules.drift_level and each.psi >= rules.psi))
        for each, p in zip(found, corrected, strict=True)
    ]


def _drift(
    name: str, trained: Floats, asked: Floats, is_number: bool, rules: params.Watch
) -> Drift:
    before, now = trained[~np.isnan(trained)], asked[~np.isnan(asked)]
    test = "Kolmogorov-Smirnov" if is_number else "chi-square"
    if min(len(now), len(before)) < rules.min_films:
        return Drift(name, test, len(now), len(before), np.nan, np.nan, np.nan)
    counts = _binned(before, now) if is_number else _counted(before, now)
    if is_number:
        result = ks_2samp(before, now, method="asymp")
        statistic, p = result.statistic, result.pvalue
    else:
        statistic, p = _chi_square(counts)
    return Drift(name, test, len(now), len(before), psi(*counts), float(statistic), float(p))


def psi(before: Floats, now: Floats) -> float:
    """The population stability index of counts (k,): how far the shares have moved, in logs.

    Each count has a half more, so that what one sample lacks is rare and not impossible.
    """
    shares = [(counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in (before, now)]
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def holm(chances: Sequence[float]) -> list[float]:
    """Holm's correction of p-values for how many there are; those that are NaN are none."""
    values = np.array(chances, float)
    order = np.argsort(values)  # NaN comes last
    count = int(np.isfinite(values).sum())
    factors = np.concatenate([np.arange(count, 0, -1), np.ones(len(values) - count)])
    corrected = np.full(len(values), np.nan)
    corrected[order] = np.minimum(1, np.maximum.accumulate(values[order] * factors))
    return [float(each) for each in corrected]


def _binned(before: Floats, now: Floats) -> Samples:
    """Counts in tenths of training, the outer ones open."""
    edges = np.unique(np.quantile(before, np.linspace(0, 1, _BINS + 1)[1:-1]))
    bins = [np.searchsorted(edges, values, side="left") for values in (before, now)]
    return _pair([np.bincount(places, minlength=len(edges) + 1) for places in bins])


def _counted(before: Floats, now: Floats) -> Samples:
    """Counts of each label, those that no model knows together."""
    codes = np.unique(np.concatenate([before, now]))
    return _pair([(values[:, None] == codes).sum(axis=0) for values in (before, now)])


def _pair(counts: Sequence[NDArray[np.int64]]) -> Samples:
    before, now = (np.asarray(each, float) for each in counts)
    return before, now


def _chi_square(counts: Samples) -> tuple[float, float]:
    table = np.array(counts)
    expected = table.sum(axis=0) * table.sum(axis=1).min() / table.sum()
    rare = expected < _EXPECTED
    table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 0.0, 1.0
    result = chi2_contingency(table, correction=False)
    return float(result.statistic), float(result.pvalue)
