"""How good forecasts are: errors of the point, in units of the target and in logs, and coverage."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import (
    mean_absolute_error,
    median_absolute_error,
    r2_score,
    root_mean_squared_log_error,
)

from service.films.schema import TARGET
from training.common.numbers import percent, rounded
from training.films.units import UNIT, amount

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """How a metric is headed and written, and towards which side it is better.

    `better` is +1 for up, -1 for down, 0 for the coverage that was promised.
    """

    title: str
    text: Callable[[float], str]
    better: int = -1


METRICS = {
    "mae": Metric(f"MAE, {UNIT}", amount),
    "median_ae": Metric(f"median AE, {UNIT}", amount),
    "rmsle": Metric("RMSLE", "{:.3f}".format),
    "r2": Metric("R²", "{:.3f}".format, better=+1),
    "coverage": Metric("coverage", percent, better=0),
    "interval_ratio": Metric("interval, high / low", "{:,.3g}".format),
    "negative_forecasts": Metric("negative forecasts", "{:,.3g}".format),
}


def point_metrics(truth: Floats, point: Floats) -> dict[str, float]:
    """R2, MAE and median AE, RMSLE with negatives taken as 0, and how many there were."""
    return rounded(
        r2=r2_score(truth, point),
        mae=mean_absolute_error(truth, point),
        median_ae=median_absolute_error(truth, point),
        rmsle=root_mean_squared_log_error(truth, np.maximum(point, 0)),
        negative_forecasts=np.count_nonzero(point < 0),
    )


def interval_metrics(truth: Floats, low: Floats, high: Floats) -> dict[str, float]:
    """Share of truths inside, and the median ratio of high to low."""
    return rounded(
        coverage=np.mean((low <= truth) & (truth <= high)),
        interval_ratio=np.median(high / low),
    )


def log_error(answers: pd.DataFrame) -> "pd.Series[float]":
    """The absolute natural logarithm of truth over forecast, a forecast under 1 taken as 1."""
    ratio = answers[TARGET] / answers["model"].clip(lower=1)
    return pd.Series(np.abs(np.log(ratio.to_numpy(float))), index=answers.index)


def interval_score(truth: Floats, low: Floats, high: Floats, coverage: float) -> float:
    """The mean interval score: width, and what the truth misses it by over half the risk.

    Smaller is better (Gneiting and Raftery, Strictly Proper Scoring Rules, 2007, equation 43).
    """
    missed = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return float(np.mean(high - low + 2 / (1 - coverage) * missed))
