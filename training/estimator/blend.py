"""The estimator of one horizon: boosted trees and a smooth regression of logs, blended."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVR
from threadpoolctl import threadpool_limits

from service.films.features import FEATURES
from training.estimator.interval import Titles, interval_curve, title_folds

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

_INCREASING = {feature.name for feature in FEATURES if feature.increasing}
_NOT_IN_TREES = {feature.name for feature in FEATURES if not feature.trees}
_NOT_SMOOTH = {feature.name for feature in FEATURES if not feature.smooth}
_ANCHORS = [feature.name for feature in FEATURES if feature.anchor]


class HorizonRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Forecasts the target from the feature matrix of one horizon.

    The trees never fall as an increasing feature rises. The smooth part is a support vector
    regression on a Nystroem map, of the target over the first anchor that there is, so that it
    extends beyond the films seen. service/films/features.py says which feature has which role.
    """

    def __init__(
        self,
        fields: list[str],
        feature_names: list[str],
        trees: dict[str, Any],
        smooth: dict[str, Any],
        trees_weight: float,
        coverage: float,
        folds: int,
        seed: int,
    ) -> None:
        self.fields = fields
        self.feature_names = feature_names
        self.trees = trees
        self.smooth = smooth
        self.trees_weight = trees_weight
        self.coverage = coverage
        self.folds = folds
        self.seed = seed

    def fit(self, X: Matrix, y: Floats, titles: Titles) -> Self:
        """Fit on (n, features), target (n,) and the titles that must not be split."""
        truth = np.log(y)
        unseen = np.empty(len(y))
        for learn, check in title_folds(titles, self.folds, self.seed):
            unseen[check] = clone(self).fit_point(X[learn], truth[learn]).logs(X[check])
        self.fit_point(X, truth)
        curve = interval_curve(unseen, truth, titles, self.coverage, self.folds, self.seed + 1)
        # A plain mapping, because the field sets of pydantic pickle in the order of their hashes.
        self.interval_ = curve.model_dump()
        self.n_features_in_, self.films_ = X.shape[1], len(X)
        return self

    def fit_point(self, X: Matrix, truth: Floats) -> Self:
        """Fit the forecast without its interval, on the natural logarithms (n,) of the target."""
        self.trees_ = HistGradientBoostingRegressor(
            monotonic_cst=[int(self.feature_names[i] in _INCREASING) for i in self.tree_columns],
            early_stopping=False,
            random_state=self.seed,
            **self.trees,
        )
        # So few films gain nothing from threads, which cost much where other work runs beside.
        with threadpool_limits(1):
            self.trees_.fit(X[:, self.tree_columns], truth)
        self.anchor_median_ = float(np.nanmedian(X[:, self.anchor_column]))
        self.smooth_ = self._smooth_pipeline()
        self.smooth_.fit(self._smooth_matrix(X), truth - self.anchor(X))
        return self

    def _smooth_pipeline(self) -> Pipeline:
        options = dict(self.smooth)
        kernel = {name: options.pop(name) for name in ("gamma", "n_components")}
        return make_pipeline(
            SimpleImputer(strategy="median"),
            StandardScaler(),
            Nystroem(random_state=self.seed, **kernel),
            LinearSVR(random_state=self.seed, max_iter=20_000, **options),
        )

    def predict(self, X: Matrix) -> Floats:
        """The target (n,)."""
        return np.exp(self.logs(X))

    def logs(self, X: Matrix) -> Floats:
        """Natural logarithms of the target (n,)."""
        trees = self.trees_.predict(X[:, self.tree_columns])
        smooth = self.smooth_.predict(self._smooth_matrix(X)) + self.anchor(X)
        return np.asarray(self.trees_weight * trees + (1 - self.trees_weight) * smooth)

    @property
    def anchor_column(self) -> int:
        """Index of what the smooth part starts from: the first anchor among the features."""
        names = self.feature_names
        return names.index(next(name for name in _ANCHORS if name in names))

    def anchor(self, X: Matrix) -> Floats:
        """The logs (n,) that the smooth part starts from; where unknown, the median film's."""
        known = X[:, self.anchor_column].astype(np.float64)
        return np.where(np.isnan(known), self.anchor_median_, known)

    def _smooth_matrix(self, X: Matrix) -> Floats:
        # In double precision, because the weights of a Nystroem map are large and cancel.
        return X[:, self.smooth_columns].astype(np.float64)

    @property
    def tree_columns(self) -> list[int]:
        """Indices of the features that the trees see."""
        return self._without(_NOT_IN_TREES)

    @property
    def smooth_columns(self) -> list[int]:
        """Indices of the features that the smooth part sees."""
        return self._without(_NOT_SMOOTH)

    def _without(self, names: set[str]) -> list[int]:
        return [i for i, name in enumerate(self.feature_names) if name not in names]
