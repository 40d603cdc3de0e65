"""The matrix that trains is the matrix that serves."""

import numpy as np
import pytest

from service.features import encode, feature_matrix, feature_names, fields
from service.schema import FIELDS

CATEGORIES = {"genre": ["Comedy", "Drama"], "mpaa_rating": ["R"]}


@pytest.mark.parametrize("unknown", [0, None, float("nan")])
def test_zero_none_and_nan_are_all_unknown(unknown: object) -> None:
    raw = encode({"production_budget": [unknown]}, CATEGORIES)

    assert np.isnan(raw).all()


def test_an_absent_column_is_unknown_for_every_film() -> None:
    raw = encode({"duration": [90, 100]}, CATEGORIES)

    assert (2, len(FIELDS)) == raw.shape
    assert [90, 100] == raw[:, FIELDS.index("duration")].tolist()
    assert np.isnan(np.delete(raw, FIELDS.index("duration"), axis=1)).all()


@pytest.mark.parametrize(
    ("label", "code"), [("Comedy", 0), (" Drama ", 1), ("Opera", -1), ("", None), (None, None)]
)
def test_a_label_becomes_its_index_and_a_strange_one_minus_one(
    label: str | None, code: float | None
) -> None:
    raw = encode({"genre": [label]}, CATEGORIES)[0, FIELDS.index("genre")]

    assert raw == code if code is not None else np.isnan(raw)


def test_before_release_nothing_is_known_of_the_opening_or_the_audience() -> None:
    late = {"opening_gross", "screens", "imdb_score"}

    assert late.isdisjoint(fields("pre_release"))
    assert late == set(fields("post_opening")) - set(fields("pre_release"))


def test_every_column_of_the_matrix_has_a_name() -> None:
    used = fields("post_opening")
    matrix = feature_matrix(encode({}, CATEGORIES), used, CATEGORIES)

    assert (1, len(feature_names(used, CATEGORIES))) == matrix.shape
    assert np.float32 == matrix.dtype


@pytest.mark.parametrize("field", ["opening_gross", "screens", "imdb_score"])
def test_what_is_known_later_cannot_reach_a_pre_release_matrix(field: str) -> None:
    used = fields("pre_release")
    without, with_ = (
        feature_matrix(encode({"duration": [90], field: [value]}, CATEGORIES), used, CATEGORIES)
        for value in (None, 8)
    )

    np.testing.assert_array_equal(without, with_)
