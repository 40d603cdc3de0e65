"""How good forecasts are: point errors in USD and in logs, and what the interval keeps."""

from typing import SupportsFloat

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import (
    mean_absolute_error,
    median_absolute_error,
    r2_score,
    root_mean_squared_log_error,
)

Floats = NDArray[np.float64]


def point_metrics(truth: Floats, gross: Floats) -> dict[str, float]:
    """R2, MAE and median AE in USD, RMSLE with negatives taken as 0, and how many there were."""
    return rounded(
        r2=r2_score(truth, gross),
        mae=mean_absolute_error(truth, gross),
        median_ae=median_absolute_error(truth, gross),
        rmsle=root_mean_squared_log_error(truth, np.maximum(gross, 0)),
        negative_forecasts=np.count_nonzero(gross < 0),
    )


def interval_metrics(truth: Floats, low: Floats, high: Floats) -> dict[str, float]:
    """Share of truths inside, and the median ratio of high to low."""
    return rounded(
        coverage=np.mean((low <= truth) & (truth <= high)),
        interval_ratio=np.median(high / low),
    )


def log_error(answers: pd.DataFrame) -> "pd.Series[float]":
    """The absolute natural logarithm of truth over forecast, a forecast under 1 USD taken as 1."""
    ratio = answers["worldwide_gross"] / answers["model"].clip(lower=1)
    return pd.Series(np.abs(np.log(ratio.to_numpy(float))), index=answers.index)


def interval_score(truth: Floats, low: Floats, high: Floats, coverage: float) -> float:
    """The mean interval score: width, and what the truth misses it by over half the risk.

    Smaller is better (Gneiting and Raftery, Strictly Proper Scoring Rules, 2007, equation 43).
    """
    missed = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return float(np.mean(high - low + 2 / (1 - coverage) * missed))


def rounded(**values: SupportsFloat) -> dict[str, float]:
    """Values with six digits, so that reports of two runs can be compared."""
    return {name: float(f"{float(value):.6g}") for name, value in values.items()}
