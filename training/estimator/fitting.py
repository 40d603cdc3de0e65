"""The estimator fitted on all films, or on a part of them to be tested on the others."""

import pandas as pd

from service.errors import BoxOfficeError
from service.films.schema import NOUN, TARGET
from training.common import params
from training.estimator.films import FilmRegressor

TEST_FOLD = 0


def learnable(films: pd.DataFrame) -> pd.DataFrame:
    """All films but those that test what is chosen: parameters are searched on these."""
    return films[films["fold"] != TEST_FOLD]


def held_out(films: pd.DataFrame) -> pd.DataFrame:
    """The films that test what is chosen; raises BoxOfficeError where there are none."""
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


def for_a_part(settings: params.Train) -> params.Train:
    """The same recipe for a part of the films, with every horizon that all of them are enough for.

    So a horizon that is served is also tested, even if its films are just enough.
    """
    enough = settings.min_films_per_horizon // 2  # the smallest part is two thirds
    return settings.model_copy(update={"min_films_per_horizon": enough})
