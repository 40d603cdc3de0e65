"""The estimator: a table of films in, one regressor for each horizon that the table allows."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin

from service.errors import ROW, BoxOfficeError
from service.films.fields import COLUMNS, FIELDS, LABELS, NUMBERS
from service.films.schema import HORIZONS, OPENED_BY, TITLE, Horizon
from service.model.encoding import Columns, Encoder, usable
from service.model.manifest import Curve, HorizonManifest, Manifest, Range, Unknown
from service.model.predictor import Predictor
from training.common.labels import spelt_alike
from training.estimator.horizon import HorizonRegressor

_ALIKE = 0.8  # from which likeness of names on a column may be a misspelt field


@dataclass(eq=False, repr=False)
class FilmRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Forecasts the target from a table with the fields of the schema and a title."""

    trees: dict[str, Any]
    smooth: dict[str, Any]
    trees_weight: float
    size_weight: float
    hidden: dict[str, float]
    coverage: float
    folds: int
    min_films_per_category: int
    min_films_per_horizon: int
    seed: int

    def fit(self, X: pd.DataFrame, y: pd.Series) -> Self:
        """Fit on n films and their target; a later horizon with too few films is left out."""
        self.categories_ = {n: _common(X[n], self.min_films_per_category) for n in LABELS}
        seen = [n for n in NUMBERS if X[n].notna().any()]
        self.ranges_ = {n: (float(X[n].min()), float(X[n].max())) for n in seen}
        self.horizons_ = dict(self._regressors(X, y.to_numpy(np.float64)))
        return self

    def _regressors(
        self, films: pd.DataFrame, target: NDArray[np.float64]
    ) -> Iterator[tuple[Horizon, HorizonRegressor]]:
        raw = Encoder(self.categories_).encode(columns(films))
        titles = films[TITLE].to_numpy(object)
        for horizon in HORIZONS:
            rows = reaches(films, horizon)
            if horizon in OPENED_BY and rows.sum() < self.min_films_per_horizon:
                continue
            # A label that is none of the categories is negative, and as good as unknown.
            known = dict(zip(FIELDS, (column.any() for column in raw[rows].T >= 0), strict=True))
            used = [n for n in usable(horizon) if known[n]]
            regressor = HorizonRegressor(
                horizon,
                used,
                self.categories_,
                self.trees,
                self.smooth,
                self.trees_weight,
                self.size_weight,
                self.hidden,
                self.coverage,
                self.folds,
                self.seed,
            )
            yield horizon, regressor.fit(raw[rows], target[rows], titles[rows])

    def predict(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """The target (n,) of n films with the columns that there are; absent fields are unknown.

        Other columns change nothing. Raises BoxOfficeError where no column is a field.
        """
        _check(X)
        return self.predictor().predict(columns(X)).point

    def predictor(self) -> Predictor:
        """The predictor that also serves, with these estimators in place of the graphs."""
        return Predictor(self.manifest(), {h: r.logs for h, r in self.horizons_.items()})

    def manifest(self, data_hash: str = "") -> Manifest:
        """What the predictor needs to know of this estimator."""
        return Manifest(
            coverage=self.coverage,
            horizons={
                horizon: HorizonManifest(
                    fields=regressor.fields,
                    features=regressor.features.names,
                    films=regressor.films_,
                    distribution=Curve.model_validate(regressor.distribution_),
                    unknown={n: Unknown(**effect) for n, effect in regressor.unknown_.items()},
                )
                for horizon, regressor in self.horizons_.items()
            },
            categories=self.categories_,
            ranges={n: Range(low=low, high=high) for n, (low, high) in self.ranges_.items()},
            data_hash=data_hash,
        )


def columns(films: pd.DataFrame) -> Columns:
    """The fields of the schema as columns for the predictor; those that are absent are unknown.

    Raises BoxOfficeError naming a column of numbers that holds something else.
    """
    whole = films.reindex(columns=[*FIELDS])
    return {
        name: (whole[name].to_numpy(object) if name in LABELS else _numbers(whole[name])).tolist()
        for name in FIELDS
    }


def _numbers(column: "pd.Series[Any]") -> NDArray[np.float64]:
    try:
        return column.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise BoxOfficeError(f"The column {column.name} must hold numbers: {error}.") from None


def reaches(films: pd.DataFrame, horizon: Horizon) -> NDArray[np.bool_]:
    """Which films (n,) are known well enough for a horizon."""
    if horizon not in OPENED_BY:
        return np.ones(len(films), dtype=bool)
    return films[OPENED_BY[horizon]].notna().to_numpy(bool)


def _check(films: pd.DataFrame) -> None:
    """Refuse what is no table of films, and warn of each column that looks like a misspelt field.

    Tables have columns of their owners, as in `training.score`; a request may have fields alone.
    """
    if not {*films.columns} & {*FIELDS}:
        named = ", ".join(map(str, films.columns)) or "none"
        raise BoxOfficeError(
            f"The table has no column that is a field of {ROW}, but {named}: name some of its "
            f"columns {', '.join(FIELDS)}."
        )
    absent = [name for name in FIELDS if name not in films]
    for name in (n for n in films.columns if isinstance(n, str) and n not in COLUMNS):
        if closest := get_close_matches(name, absent, 1, _ALIKE):
            warnings.warn(
                f"{name} is no field of {ROW}, and changes nothing: did you mean {closest[0]}?",
                stacklevel=3,
            )


def _common(labels: pd.Series, minimum: int) -> list[str]:
    counts = spelt_alike(labels).value_counts()
    return sorted(str(label) for label in counts.index[counts >= minimum])
