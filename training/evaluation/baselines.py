"""What a forecast must beat: the median film, and the model that such services start with."""

import pandas as pd
from sklearn.base import RegressorMixin
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from service.films.fields import NUMBERS, known_at
from service.films.schema import Horizon
from training.films.groups import NOT_IN_BASELINES

# What baselines learn from at most, drawn at random: so few trees hardly profit from more, and
# scikit-learn sorts all rows for each of them.
MOST = 20_000


def baselines() -> dict[str, RegressorMixin]:
    """Unfitted baselines by name; both are fitted on the target itself."""
    return {
        "median_film": DummyRegressor(strategy="median"),
        "plain_boosting": make_pipeline(
            SimpleImputer(strategy="mean"),
            GradientBoostingRegressor(n_estimators=220, random_state=0),
        ),
    }


def plain_columns(films: pd.DataFrame, horizon: Horizon) -> list[str]:
    """The numbers that are known at a horizon, of some film, and that baselines are given."""
    names = [n for n in known_at(horizon) if n in NUMBERS and n not in NOT_IN_BASELINES]
    return [n for n in names if films[n].notna().any()]
