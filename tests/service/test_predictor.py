"""What every forecast promises, whichever endpoint asks."""

import numpy as np
import pandas as pd
import pytest

from service.errors import ModelUnavailable
from service.model.manifest import Manifest
from service.model.predictor import Predictor
from training.estimator.films import columns

FILM = {
    "production_budget": [40e6],
    "title_year": [2005],
    "duration": [110],
    "genre": ["Comedy"],
}


@pytest.fixture(scope="module")
def predictor(model_folder) -> Predictor:
    return Predictor.load(model_folder)


@pytest.fixture
def before_openings(predictor: Predictor) -> Predictor:
    """A model of tables without opening weekends."""
    horizons = {"pre_release": predictor.manifest.horizons["pre_release"]}
    manifest = predictor.manifest.model_copy(update={"horizons": horizons})
    return Predictor(manifest, {"pre_release": predictor._logs["pre_release"]})


def test_the_point_lies_inside_finite_bounds_in_whole_dollars(
    predictor: Predictor, films: pd.DataFrame
) -> None:
    forecast = predictor.predict(columns(films))

    bounds = np.stack([forecast.low, forecast.point, forecast.high])
    assert np.isfinite(bounds).all()
    assert (bounds >= 0).all()
    assert (np.diff(bounds, axis=0) >= 0).all()
    assert (bounds == bounds.round()).all()


@pytest.mark.parametrize("log", [np.nan, np.inf])
def test_what_is_not_finite_is_no_forecast(predictor: Predictor, log: float) -> None:
    broken = {horizon: lambda matrix: np.full(len(matrix), log) for horizon in predictor._logs}

    with pytest.raises(ArithmeticError, match="a forecast is not finite"):
        Predictor(predictor.manifest, broken).predict(FILM)


def test_an_opening_weekend_moves_a_film_to_the_later_horizon(predictor: Predictor) -> None:
    both = {name: values * 2 for name, values in FILM.items()} | {"opening_gross": [9e6, None]}

    assert ["post_opening", "pre_release"] == predictor.predict(both).horizon


def test_a_batch_is_answered_as_its_films_one_by_one(
    predictor: Predictor, films: pd.DataFrame
) -> None:
    some = films.head(20).copy()
    some.loc[some.index[::2], "opening_gross"] = np.nan
    batch = predictor.predict(columns(some))
    singles = [predictor.predict(columns(some.iloc[[i]])) for i in range(len(some))]

    assert batch.point.tolist() == [s.point[0] for s in singles]
    assert batch.high.tolist() == [s.high[0] for s in singles]
    assert batch.warnings == [s.warnings[0] for s in singles]


def test_a_model_without_openings_ignores_them_and_says_so(before_openings: Predictor) -> None:
    plain = before_openings.predict(FILM)
    opened = before_openings.predict({**FILM, "opening_gross": [9e6], "screens": [2000]})

    assert ["pre_release"] == opened.horizon
    assert plain.point.tolist() == opened.point.tolist()
    assert ["A pre_release forecast does not use opening_gross, screens."] == opened.warnings[0]


def test_a_film_without_money_is_answered_with_a_warning(predictor: Predictor) -> None:
    forecast = predictor.predict({"duration": [100]})

    assert forecast.point[0] > 0
    assert "Neither production_budget nor opening_gross is known" in forecast.warnings[0][0]


def test_a_value_outside_the_training_range_is_answered_with_a_warning(
    predictor: Predictor,
) -> None:
    seen = predictor.manifest.ranges["duration"]
    forecast = predictor.predict({**FILM, "duration": [1000]})

    assert [
        f"duration 1000 is outside the range seen in training, {seen.low:g} to {seen.high:g} min."
    ] == forecast.warnings[0]


def test_a_label_that_training_never_saw_is_answered_with_a_warning(predictor: Predictor) -> None:
    forecast = predictor.predict({**FILM, "genre": ["Opera"]})

    assert ["genre is none of those seen in training: Action, Comedy, Drama."] == (
        forecast.warnings[0]
    )


def test_a_plausible_film_is_answered_without_a_warning(predictor: Predictor) -> None:
    assert [[]] == predictor.predict(FILM).warnings


def test_an_empty_folder_says_which_command_makes_a_model(tmp_path) -> None:
    with pytest.raises(ModelUnavailable, match=r"card\.json is missing .*`make train`"):
        Predictor.load(tmp_path)


def test_a_damaged_graph_is_named(model_folder, tmp_path) -> None:
    Manifest.read(model_folder).write(tmp_path)
    (tmp_path / "pre_release.onnx").write_bytes(b"half a gra")

    with pytest.raises(ModelUnavailable, match=r"pre_release\.onnx is missing or damaged"):
        Predictor.load(tmp_path)
