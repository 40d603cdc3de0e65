"""What a forecast must beat: the median film, and the model that such services start with."""

import pandas as pd
from sklearn.base import RegressorMixin
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from service.films.features import fields
from service.films.schema import NUMBERS, Horizon

_LATE_COMERS = ("release_month",)


def baselines() -> dict[str, RegressorMixin]:
    """Unfitted baselines by name; both are fitted on gross in USD."""
    return {
        "median_film": DummyRegressor(strategy="median"),
        "plain_boosting": make_pipeline(
            SimpleImputer(strategy="mean"),
            GradientBoostingRegressor(n_estimators=220, random_state=0),
        ),
    }


def plain_columns(films: pd.DataFrame, horizon: Horizon) -> list[str]:
    """The numeric fields of the older API that are known at a horizon and not all missing."""
    names = [n for n in fields(horizon) if n in NUMBERS and n not in _LATE_COMERS]
    return [n for n in names if films[n].notna().any()]
