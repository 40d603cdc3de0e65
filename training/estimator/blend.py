"""What forecasts the logs of one horizon: boosted trees and a smooth regression, blended."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVR
from threadpoolctl import threadpool_limits

from service.films.features import FEATURES

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Mask = NDArray[np.bool_]

_LEAST = 0.15  # an absolute error, in logs, below which films count no more than that
_NUMBERS = {feature.name for feature in FEATURES}
_INCREASING = {feature.name for feature in FEATURES if feature.increasing}
_TRENDS = {feature.name for feature in FEATURES if feature.trend}
_NOT_IN_TREES = {feature.name for feature in FEATURES if not feature.trees}
_NOT_SMOOTH = {feature.name for feature in FEATURES if not feature.smooth}
_ANCHORS = [feature.name for feature in FEATURES if feature.anchor]
_RECENT = 0.9  # share of the films after which a trend is not followed
_ROWS = 20_000  # at a time, because a row of the smooth part is as long as its kernel map


@dataclass(eq=False, repr=False)
class BlendRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Natural logarithms of the target, in its log unit, from the feature matrix of one horizon.

    Half of the trees minimise the squared error and half the absolute one, by least squares with
    the reciprocal error of the first half as weight (Schlossmacher, 1973): what scikit-learn does
    for absolute errors would forget that no tree falls as an increasing feature rises. The smooth
    part is a support vector regression on a Nystroem map, of the target over the first anchor that
    there is. Beyond the films seen that ratio stays, so that the forecast goes on with the anchor.
    service/films/features.py says which feature has which role.
    """

    feature_names: list[str]
    trees: dict[str, Any]
    smooth: dict[str, Any]
    trees_weight: float
    seed: int

    def fit(self, X: Matrix, y: Floats, sample_weight: Floats, whole: Mask) -> Self:
        """Fit on (n, features); the smooth part learns from the `whole` (n,) rows alone."""
        self.n_features_in_ = X.shape[1]
        return self._fit(self._without_ends_of_trends(X), y, sample_weight, whole)

    def _fit(self, X: Matrix, y: Floats, sample_weight: Floats, whole: Mask) -> Self:
        # So few films gain nothing from threads, which cost much where other work runs beside.
        with threadpool_limits(1):
            squared = self._fitted_trees(X, y, sample_weight)
            error = np.abs(y - squared.predict(X[:, self.tree_columns]))
            absolute = self._fitted_trees(X, y, sample_weight / np.maximum(error, _LEAST))
        self.trees_ = [squared, absolute]
        rows = self._enough(np.flatnonzero(whole))
        self.anchor_median_ = float(np.nanmedian(X[rows, self.anchor_column]))
        self.smooth_ = self._smooth_pipeline().fit(
            self._smooth_matrix(X[rows]),
            y[rows] - self.anchor(X[rows]),
            linearsvr__sample_weight=sample_weight[rows],
        )
        return self

    def _without_ends_of_trends(self, X: Matrix) -> Matrix:
        """The matrix in which the latest values of trends are one, so that all beyond equal it.

        Neither the trees nor the smooth part can then tell them apart when they predict.
        """
        matrix = X.copy()
        for column in (i for i, name in enumerate(self.feature_names) if name in _TRENDS):
            end = np.nanquantile(X[:, column], _RECENT, method="lower")
            matrix[:, column] = np.minimum(X[:, column], end)
        return matrix

    def _fitted_trees(
        self, X: Matrix, y: Floats, sample_weight: Floats
    ) -> HistGradientBoostingRegressor:
        increasing = [int(self.feature_names[i] in _INCREASING) for i in self.tree_columns]
        trees = HistGradientBoostingRegressor(
            monotonic_cst=increasing, early_stopping=False, random_state=self.seed, **self.trees
        )
        # The weights are of mean 1, because l2_regularization is in their units.
        weight = sample_weight / sample_weight.mean()
        return trees.fit(X[:, self.tree_columns], y, weight)

    def _enough(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """At most `max_films` rows, because the cost of a support vector regression explodes."""
        if len(rows) <= self.smooth["max_films"]:
            return rows
        draw = np.random.default_rng(self.seed)
        return np.sort(draw.choice(rows, self.smooth["max_films"], replace=False))

    def _smooth_pipeline(self) -> Pipeline:
        options = {name: value for name, value in self.smooth.items() if name != "max_films"}
        kernel = {name: options.pop(name) for name in ("gamma", "n_components")}
        typical = SimpleImputer(strategy="median", keep_empty_features=True)
        scaled = make_pipeline(typical, MinMaxScaler(clip=True), StandardScaler())
        # The 0/1 columns of labels stay as they are: scaled, a rare label would weigh most.
        columns = [self.feature_names[i] for i in self.smooth_columns]
        numbers = [i for i, name in enumerate(columns) if name in _NUMBERS]
        return make_pipeline(
            make_column_transformer((scaled, numbers), remainder="passthrough"),
            Nystroem(random_state=self.seed, **kernel),
            LinearSVR(random_state=self.seed, max_iter=20_000, **options),
        )

    def predict(self, X: Matrix) -> Floats:
        """The logs (n,)."""
        parts = [self._predict(X[i : i + _ROWS]) for i in range(0, max(len(X), 1), _ROWS)]
        return np.concatenate(parts)

    def _predict(self, X: Matrix) -> Floats:
        trees = np.mean([part.predict(X[:, self.tree_columns]) for part in self.trees_], axis=0)
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
        """Indices of the features that the smooth part sees, those of labels last."""
        return self._without(_NOT_SMOOTH)

    def _without(self, names: set[str]) -> list[int]:
        return [i for i, name in enumerate(self.feature_names) if name not in names]
