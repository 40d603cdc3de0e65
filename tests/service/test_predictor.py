"""What every forecast promises, whichever endpoint asks."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from service.errors import ModelUnavailable
from service.films.prices import NEWEST
from service.model.predictor import Forecast, Predictor
from training.estimator.films import columns

FILM = {
    "production_budget": [40e6],
    "title_year": [2005],
    "duration": [110],
    "genre": ["Comedy"],
}
# Nothing that an estimator of films before their release uses is unknown of it.
WHOLE = FILM | {
    "release_month": [6],
    "mpaa_rating": ["R"],
    "budget": [40e6],
    "cast_total_facebook_likes": [5000],
    "aspect_ratio": [2.35],
}


@pytest.fixture(scope="module")
def predictor(model_folder) -> Predictor:
    return Predictor.load(model_folder)


@pytest.fixture
def before_openings(predictor: Predictor) -> Predictor:
    """A model of tables without opening weekends."""
    horizons = {"pre_release": predictor.manifest.horizons["pre_release"]}
    manifest = predictor.manifest.model_copy(update={"horizons": horizons})
    return Predictor(manifest, {"pre_release": predictor.logs["pre_release"]})


def test_the_point_lies_inside_finite_bounds_in_whole_dollars(
    predictor: Predictor, films: pd.DataFrame
) -> None:
    forecast = predictor.predict(columns(films))

    bounds = np.stack([forecast.low, forecast.point, forecast.high])
    assert np.isfinite(bounds).all()
    assert (bounds >= 0).all()
    assert (np.diff(bounds, axis=0) >= 0).all()
    assert (bounds == bounds.round()).all()


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("log", [np.nan, np.inf])
def test_what_is_not_finite_is_no_forecast(predictor: Predictor, log: float) -> None:
    broken = {
        horizon: lambda matrix: np.full(len(matrix), log) for horizon in predictor.manifest.horizons
    }

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
    plain = before_openings.predict(WHOLE)
    opened = before_openings.predict({**WHOLE, "opening_gross": [2], "screens": [2000]})

    assert ["pre_release"] == opened.horizon
    assert plain.point.tolist() == opened.point.tolist()
    assert [
        "A pre_release forecast does not use screens.",
        "A pre_release forecast uses opening_gross as the least that it can be, alone.",
    ] == opened.warnings[0]


@pytest.mark.parametrize("opening", [1e3, 1e6, 40e6, 1e9, 1e12])
def test_no_answer_is_below_the_opening_at_any_horizon(
    predictor: Predictor, before_openings: Predictor, opening: float
) -> None:
    for model in (predictor, before_openings):
        answer = model.predict({**WHOLE, "opening_gross": [opening]})

        assert opening <= answer.low[0] <= answer.point[0] <= answer.high[0]
        assert opening <= answer.expected[0]


def test_the_unknown_that_matters_is_named_with_what_it_does(predictor: Predictor) -> None:
    film = {name: values for name, values in WHOLE.items() if name != "production_budget"}

    [warning] = predictor.predict({**film, "opening_gross": [None]}).warnings[0][1:]

    assert re.fullmatch(
        r"Unknown, and worth knowing: production_budget \(moves a typical forecast by \d+%; "
        r"without it, the interval is \d+% wider in logs\)\.",
        warning,
    )


def test_prices_beyond_the_newest_known_ones_are_told(predictor: Predictor) -> None:
    [warnings] = predictor.predict({**WHOLE, "title_year": [2099]}).warnings

    assert f"Prices are known to {NEWEST}, and taken for those of later years." == warnings[-1]


def test_a_film_without_money_is_answered_with_a_warning(predictor: Predictor) -> None:
    forecast = predictor.predict({"duration": [100]})

    assert forecast.point[0] > 0
    assert "Neither production_budget nor opening_gross is known" in forecast.warnings[0][0]


def test_a_forecast_says_which_of_the_fields_it_used(predictor: Predictor) -> None:
    film = {**FILM, "genre": ["Opera"], "screens": [2000], "mpaa_rating": [""], "budget": [0]}

    forecast = predictor.predict(film)

    assert [["production_budget", "title_year", "duration"]] == forecast.used


def test_each_film_uses_what_is_known_of_it_at_its_horizon(predictor: Predictor) -> None:
    films = {"opening_gross": [9e6, None], "imdb_score": [7, 7], "genre": ["Drama", "Drama"]}

    assert [["opening_gross", "imdb_score", "genre"], ["genre"]] == predictor.predict(films).used


def test_what_is_not_used_changes_nothing(predictor: Predictor, films: pd.DataFrame) -> None:
    columns_ = columns(films)
    forecast = predictor.predict(columns_)

    used = {
        name: [v if name in used else None for v, used in zip(values, forecast.used, strict=True)]
        for name, values in columns_.items()
    }
    assert forecast.point.tolist() == predictor.predict(used).point.tolist()


def test_parts_of_a_forecast_join_to_that_of_all_films(
    predictor: Predictor, films: pd.DataFrame
) -> None:
    parts = [predictor.predict(columns(films[at : at + 7])) for at in (0, 7)]
    joined, whole = Forecast.join(parts), predictor.predict(columns(films[:14]))

    for one, other in zip(whole, joined, strict=True):
        np.testing.assert_array_equal(np.array(one, object), np.array(other, object))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("duration", 1000, r"duration 1,000 min is outside .+, \d+ to \d+ min\."),
        ("title_year", 1950, r"title_year 1950 is outside .+, 1985 to 2010\."),
        ("imdb_score", 0.5, r"imdb_score 0\.5 is outside .+, [\d.]+ to [\d.]+\."),
        (
            "production_budget",
            2.5e9,
            r"production_budget 2\.5 billion USD is outside the range seen in training, "
            r"[\d,]+ USD to [\d.]+ million USD\.",
        ),
        ("production_budget", 9e3, r"production_budget 9,000 USD is outside .+"),
    ],
)
def test_a_value_outside_the_training_range_is_answered_with_a_warning(
    predictor: Predictor, field: str, value: float, words: str
) -> None:
    film = {**WHOLE, field: [value]}
    if field == "imdb_score":
        film |= {"opening_gross": [9e6], "screens": [2000]}

    [[warning]] = predictor.predict(film).warnings
    assert re.fullmatch(words, warning)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (
            "production_budget",
            60,
            "production_budget is 60 USD: did you mean 60 million USD? Then send 60000000.",
        ),
        (
            "opening_gross",
            8.3,
            "opening_gross is 8.3 USD: did you mean 8.3 million USD? Then send 8300000.",
        ),
    ],
)
def test_an_amount_that_would_be_plausible_in_millions_is_asked_about(
    predictor: Predictor, field: str, value: float, words: str
) -> None:
    assert [[words]] == predictor.predict({**WHOLE, field: [value]}).warnings


@pytest.mark.parametrize(("field", "value"), [("production_budget", 9e3), ("budget", 60)])
def test_no_other_amount_is_asked_about(predictor: Predictor, field: str, value: float) -> None:
    [warnings] = predictor.predict({**WHOLE, field: [value]}).warnings

    assert [] == [warning for warning in warnings if "did you mean" in warning]


@pytest.mark.parametrize("genre", ["comedy", " COMEDY\t", "Comedy"])
def test_a_label_is_known_whatever_its_case_and_blanks(predictor: Predictor, genre: str) -> None:
    plain, other = (predictor.predict({**WHOLE, "genre": [g]}) for g in ("Comedy", genre))

    assert (plain.point, plain.used, [[]]) == (other.point, other.used, other.warnings)


def test_a_synonym_is_forecast_as_what_it_means(predictor: Predictor) -> None:
    science_fiction, action = (
        predictor.predict({**WHOLE, "genre": [genre]}) for genre in ("Science  fiction", "Action")
    )

    assert action.point == science_fiction.point
    assert [[]] == science_fiction.warnings


def test_a_label_that_training_does_not_know_counts_as_unknown_with_a_warning(
    predictor: Predictor,
) -> None:
    strange, none = (predictor.predict({**WHOLE, "genre": [genre]}) for genre in ("Opera", None))

    assert (none.point, none.low, none.high) == (strange.point, strange.low, strange.high)
    assert [
        'genre "Opera" is unknown to the model and counts as not given. '
        "Known are Action, Comedy, Drama."
    ] == strange.warnings[0]


@pytest.mark.parametrize("genre", ["Comdy", "comedies", " Comedey"])
def test_a_misspelt_label_is_asked_about(predictor: Predictor, genre: str) -> None:
    [[warning]] = predictor.predict({**WHOLE, "genre": [genre]}).warnings

    assert "counts as not given: did you mean Comedy? Known are Action" in warning


def test_a_plausible_film_is_answered_without_a_warning(predictor: Predictor) -> None:
    assert [[]] == predictor.predict(WHOLE).warnings


def test_an_empty_folder_says_which_command_makes_a_model(tmp_path) -> None:
    with pytest.raises(ModelUnavailable, match=r"card\.json is missing .*`make train`"):
        Predictor.load(tmp_path)


@pytest.mark.parametrize(("part", "field"), [("ranges", "duration"), ("categories", "mpaa_rating")])
def test_a_manifest_that_does_not_know_a_field_is_named(
    model_folder, tmp_path, part: str, field: str
) -> None:
    folder = shutil.copytree(model_folder, tmp_path / "model")
    card = json.loads((folder / "card.json").read_text())
    del card[part][field]
    (folder / "card.json").write_text(json.dumps(card))

    words = rf"card\.json has neither range nor categories of {field}: run `make train`\."
    with pytest.raises(ModelUnavailable, match=words):
        Predictor.load(folder)


def test_a_damaged_graph_is_named(model_folder, tmp_path) -> None:
    shutil.copytree(model_folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "pre_release.onnx").write_bytes(b"half a gra")

    with pytest.raises(ModelUnavailable, match=r"pre_release\.onnx is missing or damaged"):
        Predictor.load(tmp_path)
