"""The estimator of one horizon: boosted trees on log gross with a conformal interval."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import GroupShuffleSplit

from service.predictor import bracket

Floats = NDArray[np.float64]

_INCREASING = ("log_opening_gross", "log_screens", "log_production_budget")


class HorizonRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Forecasts gross in USD from the feature matrix of one horizon.

    The interval is conformalised quantile regression (Romano, Patterson and Candes, 2019):
    quantile trees, widened by the error that they make on films in neither fit nor test.
    """

    def __init__(
        self,
        fields: list[str],
        feature_names: list[str],
        point: dict[str, Any],
        bounds: dict[str, Any],
        coverage: float,
        calibration_share: float,
        seed: int,
    ) -> None:
        self.fields = fields
        self.feature_names = feature_names
        self.point = point
        self.bounds = bounds
        self.coverage = coverage
        self.calibration_share = calibration_share
        self.seed = seed

    def fit(self, X: NDArray[np.float32], y: Floats, titles: NDArray[np.object_]) -> Self:
        """Fit on (n, features), gross (n,) in USD and the titles that must not be split."""
        split = GroupShuffleSplit(1, test_size=self.calibration_share, random_state=self.seed)
        fit, calibrate = next(split.split(X, y, titles))
        truth = np.log(y)
        tail = (1 - self.coverage) / 2
        self.point_ = self._trees(loss="squared_error", **self.point)
        self.low_ = self._trees(loss="quantile", quantile=tail, **self.bounds)
        self.high_ = self._trees(loss="quantile", quantile=1 - tail, **self.bounds)
        for trees in (self.point_, self.low_, self.high_):
            trees.fit(X[fit], truth[fit])
        self.margin_ = conformal_margin(self.logs(X[calibrate]), truth[calibrate], self.coverage)
        self.n_features_in_, self.films_ = X.shape[1], len(X)
        return self

    def predict(self, X: NDArray[np.float32]) -> Floats:
        """Gross (n,) in USD."""
        return np.exp(self.logs(X)[:, 0])

    def logs(self, X: NDArray[np.float32]) -> Floats:
        """Natural logarithms of point, low and high (n, 3), before the margin."""
        return np.stack([t.predict(X) for t in (self.point_, self.low_, self.high_)], axis=1)

    def _trees(self, **options: Any) -> HistGradientBoostingRegressor:
        return HistGradientBoostingRegressor(
            monotonic_cst=[int(name in _INCREASING) for name in self.feature_names],
            early_stopping=False,
            random_state=self.seed,
            **options,
        )


def conformal_margin(logs: Floats, truth: Floats, coverage: float) -> float:
    """What both bounds of (n, 3) logs need so that `coverage` of the true logs (n,) lie inside."""
    bounds = bracket(logs, 0.0)
    errors = np.maximum(bounds[:, 1] - truth, truth - bounds[:, 2])
    rank = min(1.0, np.ceil((len(truth) + 1) * coverage) / len(truth))
    return float(np.quantile(errors, rank, method="higher"))
