"""What is in the BentoML store forecasts a DataFrame, with the columns that one has."""

import warnings

import bentoml
import numpy as np
import pandas as pd
import pytest

from service.errors import BoxOfficeError
from service.films.fields import FIELDS
from training.estimator.films import FilmRegressor


@pytest.fixture(scope="module")
def loaded(model_tag: str) -> FilmRegressor:
    """The small estimator, as whoever has the store gets it."""
    stored: FilmRegressor = bentoml.sklearn.load_model(model_tag)
    return stored


def test_a_whole_table_is_forecast_as_by_the_estimator_that_was_trained(
    loaded: FilmRegressor, estimator: FilmRegressor, films: pd.DataFrame
) -> None:
    np.testing.assert_array_equal(estimator.predict(films), loaded.predict(films[[*FIELDS]]))


@pytest.mark.parametrize("name", FIELDS)
def test_an_absent_column_is_as_unknown_as_an_empty_one(
    loaded: FilmRegressor, films: pd.DataFrame, name: str
) -> None:
    absent, empty = loaded.predict(films.drop(columns=name)), films.assign(**{name: None})

    assert len(films) == len(absent)
    np.testing.assert_array_equal(loaded.predict(empty), absent)


def test_one_column_is_enough(loaded: FilmRegressor) -> None:
    forecasts = loaded.predict(pd.DataFrame({"genre": ["Comedy", "Drama", "Comedy"]}))

    assert (3,) == forecasts.shape
    assert forecasts[0] == forecasts[2] != forecasts[1]
    assert (0,) == loaded.predict(pd.DataFrame({"genre": []})).shape


@pytest.mark.parametrize("unknown", [np.nan, None, pd.NA, 0])
def test_what_is_unknown_may_be_written_in_any_way(loaded: FilmRegressor, unknown: object) -> None:
    table = pd.DataFrame({"production_budget": [6e7, 6e7], "duration": [100, unknown]})
    [short] = loaded.predict(pd.DataFrame({"production_budget": [6e7]}))

    assert short == loaded.predict(table)[1] != loaded.predict(table)[0]


def test_columns_of_their_owner_change_nothing_and_are_no_cause_for_a_warning(
    loaded: FilmRegressor, films: pd.DataFrame
) -> None:
    with warnings.catch_warnings(action="error"):
        with_others = loaded.predict(films.assign(studio="A", **{"2": 3}))

    np.testing.assert_array_equal(loaded.predict(films), with_others)


def test_a_column_that_looks_like_a_misspelt_field_is_named(loaded: FilmRegressor) -> None:
    table = pd.DataFrame({"production_bugdet": [6e7], "genre": ["Comedy"]})

    with pytest.warns(
        UserWarning, match=r"^production_bugdet is no field of a film.+ion_budget\?$"
    ):
        loaded.predict(table)


def test_a_table_without_any_field_is_refused_and_shown_the_names_of_all(
    loaded: FilmRegressor,
) -> None:
    with pytest.raises(
        BoxOfficeError, match=r"no column that is a field of a film, but 0, title: "
    ):
        loaded.predict(pd.DataFrame({0: [6e7], "title": ["A Film"]}))
    with pytest.raises(BoxOfficeError, match=f"name some of its columns {', '.join(FIELDS)}"):
        loaded.predict(pd.DataFrame())


def test_a_column_that_holds_no_numbers_is_named(loaded: FilmRegressor) -> None:
    with pytest.raises(BoxOfficeError, match=r"^The column duration must hold numbers: .*long"):
        loaded.predict(pd.DataFrame({"duration": [90, "long"]}))
