"""The matrix that trains is the matrix that serves."""

import numpy as np
import pytest

from service.films.fields import FIELDS, known_at
from service.model.encoding import Encoder, Features, usable

CATEGORIES = {"genre": ["Comedy", "Drama"], "mpaa_rating": ["R"]}
ENCODER = Encoder(CATEGORIES)


@pytest.mark.parametrize("unknown", [0, None, float("nan")])
def test_zero_none_and_nan_are_all_unknown(unknown: object) -> None:
    raw = ENCODER.encode({"production_budget": [unknown]})

    assert np.isnan(raw).all()


def test_an_absent_column_is_unknown_for_every_film() -> None:
    raw = ENCODER.encode({"duration": [90, 100]})

    assert (2, len(FIELDS)) == raw.shape
    assert [90, 100] == raw[:, FIELDS.index("duration")].tolist()
    assert np.isnan(np.delete(raw, FIELDS.index("duration"), axis=1)).all()


@pytest.mark.parametrize(
    ("label", "code"),
    [("Comedy", 0), (" DRAMA ", 1), ("biography", 1), ("Opera", -1), (" ", None), (None, None)],
)
def test_a_label_becomes_its_index_and_a_strange_one_minus_one(
    label: str | None, code: float | None
) -> None:
    raw = ENCODER.encode({"genre": [label]})[0, FIELDS.index("genre")]

    assert raw == code if code is not None else np.isnan(raw)


def test_before_release_nothing_is_known_of_the_opening_or_the_audience() -> None:
    late = {"opening_gross", "screens", "imdb_score"}

    assert late.isdisjoint(known_at("pre_release"))
    assert late == set(known_at("post_opening")) - set(known_at("pre_release"))


def test_every_column_of_the_matrix_has_a_name() -> None:
    features = Features(usable("post_opening"), CATEGORIES)
    matrix = features.matrix(ENCODER.encode({}))

    assert (1, len(features.names)) == matrix.shape
    assert np.float32 == matrix.dtype


def test_features_are_made_of_the_fields_that_their_names_say() -> None:
    film = {
        "opening_gross": [20e6],
        "production_budget": [50e6],
        "title_year": [1990],
        "release_month": [3],
        "genre": ["Drama"],
    }
    features = Features(usable("post_opening"), CATEGORIES)
    row = dict(zip(features.names, features.matrix(ENCODER.encode(film))[0], strict=True))

    inflation = np.log(218.1 / 130.7)
    assert row["real_opening"] == pytest.approx(np.log(20e6) + inflation)
    assert row["real_budget"] == pytest.approx(np.log(50e6) + inflation)
    assert row["opening_to_budget"] == pytest.approx(np.log(20 / 50))
    assert row["season_sin1"] == pytest.approx(1)
    assert (0, 1) == (row["genre=Comedy"], row["genre=Drama"])
    assert 0 == row["mpaa_rating=R"]
    assert np.isnan(row["duration"])


def test_a_strange_label_is_as_good_as_none() -> None:
    features = Features(usable("pre_release"), CATEGORIES)
    strange, none = (features.matrix(ENCODER.encode({"genre": [g]})) for g in ("Opera", None))

    np.testing.assert_array_equal(strange, none)


def test_a_feature_needs_all_of_its_fields() -> None:
    names = Features(["production_budget", "title_year"], CATEGORIES).names

    assert {"real_budget", "title_year"} == set(names)


def test_a_film_without_a_year_keeps_its_budget() -> None:
    features = Features(["production_budget"], CATEGORIES)

    assert np.log(5e6) == pytest.approx(
        features.matrix(ENCODER.encode({"production_budget": [5e6]}))[0, 0]
    )


@pytest.mark.parametrize("field", ["opening_gross", "screens", "imdb_score"])
def test_what_is_known_later_cannot_reach_a_pre_release_matrix(field: str) -> None:
    features = Features(usable("pre_release"), CATEGORIES)
    without, with_ = (
        features.matrix(ENCODER.encode({"duration": [90], field: [value]})) for value in (None, 8)
    )

    np.testing.assert_array_equal(without, with_)
