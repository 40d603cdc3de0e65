"""Which films the deployed model learns from, and the estimator fitted on some."""

import pandas as pd

from service.errors import BoxOfficeError
from service.films.schema import NOUN, TARGET
from training.common import params
from training.estimator.films import FilmRegressor

TEST_FOLD = 0


def learnable(films: pd.DataFrame) -> pd.DataFrame:
    """All films but those that test the deployed model."""
    return films[films["fold"] != TEST_FOLD]


def held_out(films: pd.DataFrame) -> pd.DataFrame:
    """The films that test the deployed model; raises BoxOfficeError where there are none."""
    test = films[films["fold"] == TEST_FOLD]
    if test.empty:
        raise BoxOfficeError(
            f"None of {len(films)} {NOUN}s is held out to test the model: bring more, or lower "
            "prepare.folds in params.yaml."
        )
    return test


def fit(films: pd.DataFrame, settings: params.Train) -> FilmRegressor:
    """The estimator fitted on all of the films."""
    return FilmRegressor(**settings.model_dump()).fit(films, films[TARGET])
