"""How good forecasts are: point errors in USD and in logs, and what the interval keeps."""

from typing import SupportsFloat

import numpy as np
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
    return _rounded(
        r2=r2_score(truth, gross),
        mae=mean_absolute_error(truth, gross),
        median_ae=median_absolute_error(truth, gross),
        rmsle=root_mean_squared_log_error(truth, np.maximum(gross, 0)),
        negative_forecasts=np.count_nonzero(gross < 0),
    )


def interval_metrics(truth: Floats, low: Floats, high: Floats) -> dict[str, float]:
    """Share of truths inside, and the median ratio of high to low."""
    return _rounded(
        coverage=np.mean((low <= truth) & (truth <= high)),
        interval_ratio=np.median(high / low),
    )


def _rounded(**values: SupportsFloat) -> dict[str, float]:
    return {name: float(f"{float(value):.6g}") for name, value in values.items()}
