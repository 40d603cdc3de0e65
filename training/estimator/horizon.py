"""The estimator of one horizon: a blend of logs, what unknown fields do to it, and its spread."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from service.films.features import FEATURES, log_unit
from service.films.fields import FIELDS
from service.films.schema import NONE_IF_ABSENT, OPENED_BY, Horizon
from service.model.encoding import Categories, Features, unknown
from service.model.manifest import Unknown
from training.estimator.blend import BlendRegressor, Floats, Matrix
from training.estimator.examples import Examples, Titles, examples
from training.estimator.interval import Unseen, distribution_curve, title_folds
from training.estimator.unknowns import shifts, widths

_ANCHORS = [feature for feature in FEATURES if feature.anchor]


@dataclass(eq=False, repr=False)
class HorizonRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Forecasts the target from the encoded films of one horizon."""

    horizon: Horizon
    fields: list[str]
    categories: Categories
    trees: dict[str, Any]
    smooth: dict[str, Any]
    trees_weight: float
    size_weight: float
    hidden: dict[str, float]
    coverage: float
    folds: int
    seed: int

    def fit(self, X: Floats, y: Floats, titles: Titles) -> Self:
        """Fit on films (n, fields), target (n,) and the titles that must not be split."""
        films = self.examples(X, y, titles)
        matrix, weight = self.features.matrix(films.raw), self._sample_weight(films)
        self.blend_ = self._blend().fit(matrix, films.logs, weight, films.whole)
        self.films_ = len(X)
        self._calibrate(films, self.unseen(films, self.seed))
        return self

    def unseen(self, films: Examples, seed: int) -> Floats:
        """The logs (2n,) of examples, each by a blend that never saw the title."""
        matrix, weight = self.features.matrix(films.raw), self._sample_weight(films)
        answers = np.empty(len(matrix))
        for learn, check in title_folds(films.titles, self.folds, seed):
            blend = self._blend().fit(
                matrix[learn], films.logs[learn], weight[learn], films.whole[learn]
            )
            answers[check] = blend.predict(matrix[check])
        return answers

    def _calibrate(self, films: Examples, unseen: Floats) -> None:
        columns, whole = self.may_be_unknown, films.raw[films.whole]
        shift, moved = shifts(self._nominal_logs, whole, columns)
        point = unseen + unknown(films.raw)[:, columns] @ shift
        hidden = films.hidden[:, columns]
        width = widths(films.logs - point, hidden)
        error = (films.logs - point) / np.prod(np.where(hidden, width, 1), axis=1)
        # Plain mappings, because the field sets of pydantic pickle in the order of their hashes.
        self.distribution_ = distribution_curve(
            Unseen(point, error, films.titles, films.weight, films.whole),
            self.coverage,
            self.folds,
            self.seed + 1,
            float(np.prod(width)),
        ).model_dump()
        self.unknown_ = {
            FIELDS[column]: Unknown(shift=s, width=w, moved=m).model_dump()
            for column, s, w, m in zip(columns, shift, width, moved, strict=True)
        }

    @property
    def features(self) -> Features:
        """The features that the blend sees."""
        return Features(self.fields, self.categories)

    @property
    def may_be_unknown(self) -> list[int]:
        """Columns of the fields whose absence says nothing."""
        known = {OPENED_BY.get(self.horizon), *NONE_IF_ABSENT}
        return [FIELDS.index(name) for name in self.fields if name not in known]

    def _blend(self) -> BlendRegressor:
        return BlendRegressor(
            self.features.names, self.trees, self.smooth, self.trees_weight, self.seed
        )

    def examples(self, X: Floats, y: Floats, titles: Titles) -> Examples:
        """What the blend learns from."""
        share, weight = self.hidden["share"], self.hidden["weight"]
        return examples(X, y, titles, self.may_be_unknown, share, weight, self.seed)

    def _sample_weight(self, films: Examples) -> Floats:
        """How much each counts (2n,): with its size to a power, as errors in dollars do."""
        numbers = self.features.matrix(films.raw)[:, self._size_column()].astype(np.float64)
        typical = np.nanmedian(numbers)
        size = np.where(np.isnan(numbers), typical, numbers) - typical
        return films.weight * np.exp(self.size_weight * size)

    def _size_column(self) -> int:
        names = self.features.names
        return names.index(next(f.name for f in reversed(_ANCHORS) if f.name in names))

    def _nominal_logs(self, raw: Floats) -> Floats:
        return self.logs(self.features.matrix(raw)) + log_unit(raw)

    def logs(self, matrix: Matrix) -> Floats:
        """What the graph of the blend answers too: logs (n,) of the feature matrix, in the unit."""
        return self.blend_.predict(matrix)
