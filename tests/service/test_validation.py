"""The one place where a film from outside is accepted or refused."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from service.errors import Detail, InvalidFilm, TooLarge
from service.films.fields import COLUMNS
from service.limits import Limits
from service.model.encoding import Columns
from service.settings import Settings
from service.validation import (
    Film,
    columns,
    film_from_dict,
    film_from_json,
    films_from_columns,
    films_from_dicts,
    films_from_json,
)

GOOD = {"production_budget": 2e7, "duration": 100.0, "genre": "Comedy"}
BAD = [
    ({"duration": -1}, "duration", "must be greater than or equal to 0"),
    ({"duration": float("nan")}, "duration", "must be a finite number"),
    ({"budget": float("inf")}, "budget", "must be a finite number"),
    ({"imdb_score": 10.5}, "imdb_score", "must be less than or equal to 10"),
    ({"release_month": 13}, "release_month", "must be less than or equal to 12"),
    ({"screens": "12"}, "screens", "must be a valid number"),
    ({"screens": True}, "screens", "must be a valid number"),
    ({"genre": 3}, "genre", "must be a valid string"),
    ({"genre": "x" * 101}, "genre", "must have at most 100 characters"),
    ({"gros": 1}, "gros", "is not a field of a film"),
    ({"gros": "x"}, "gros", "is not a field of a film"),
]
ONE = {
    "json": lambda film: film_from_json(json.dumps(film).encode()),
    "dict": film_from_dict,
}
LIMITS = Limits(Settings(max_batch=3))


def from_json(body: bytes) -> Columns:
    return films_from_json(body, LIMITS)


MANY = {
    "json": lambda films: films_from_json(json.dumps(films).encode(), LIMITS),
    "dicts": lambda films: films_from_dicts(films, LIMITS),
}


def one(**given: Any) -> Film:
    return tuple(given.get(name) for name in COLUMNS)


def column(values: list[Any]) -> Any:
    """A column as a tensor brings it: numbers as an array, anything else as a list."""
    numbers = {type(value) for value in values} <= {int, float}
    return np.array(values, np.float64) if numbers else values


def refusal(read: Callable[..., Any], *given: Any) -> InvalidFilm:
    with pytest.raises(InvalidFilm) as caught:
        read(*given)
    return caught.value


@pytest.mark.parametrize("read", ONE.values(), ids=ONE)
def test_a_film_is_its_values_in_the_order_of_the_schema(read: Callable[..., Film]) -> None:
    assert one(**GOOD) == read(GOOD)


@pytest.mark.parametrize("read", MANY.values(), ids=MANY)
def test_films_are_a_column_for_each_field(read: Callable[..., Columns]) -> None:
    found = read([GOOD, {"duration": 90}])

    assert list(COLUMNS) == list(found)
    assert (100, 90) == found["duration"]
    assert ("Comedy", None) == found["genre"]
    assert (None, None) == found["screens"]


@pytest.mark.parametrize("read", MANY.values(), ids=MANY)
def test_no_films_are_columns_of_nothing(read: Callable[..., Columns]) -> None:
    assert dict.fromkeys(COLUMNS, ()) == read([])


def test_films_of_the_schema_become_columns() -> None:
    found = columns([one(duration=90), one(duration=100)])

    assert dict.fromkeys(COLUMNS, (None, None)) | {"duration": (90, 100)} == found


@pytest.mark.parametrize("read", ONE.values(), ids=ONE)
@pytest.mark.parametrize(("film", "field", "message"), BAD)
def test_a_bad_film_is_refused_by_field(
    read: Callable[..., Film], film: dict[str, Any], field: str, message: str
) -> None:
    error = refusal(read, {**GOOD, **film})

    assert [Detail(field, message)] == error.details
    assert f"{field} {message}." == str(error)


@pytest.mark.parametrize("read", MANY.values(), ids=MANY)
@pytest.mark.parametrize(("film", "field", "message"), BAD)
def test_one_bad_film_refuses_all_by_index_and_field(
    read: Callable[..., Columns], film: dict[str, Any], field: str, message: str
) -> None:
    error = refusal(read, [GOOD, {**GOOD, **film}, GOOD])

    assert [Detail(field, message, 1)] == error.details
    assert f"Film 1: {field} {message}." == str(error)


@pytest.mark.parametrize(("film", "field", "message"), BAD)
def test_one_bad_value_refuses_all_columns_by_index_and_field(
    film: dict[str, Any], field: str, message: str
) -> None:
    (value,) = film.values()
    usual = {"gros": value}.get(field, GOOD.get(field, 1))
    error = refusal(
        films_from_columns, {"duration": column([90, 100]), field: column([usual, value])}, LIMITS
    )

    assert Detail(field, message, 1) == error.details[-1]


@pytest.mark.parametrize("read", MANY.values(), ids=MANY)
def test_every_bad_field_of_every_film_is_named_at_once(read: Callable[..., Columns]) -> None:
    error = refusal(read, [{"duration": -1, "gros": 1}, GOOD, {"genre": 3}])

    assert [(0, "duration"), (0, "gros"), (2, "genre")] == [
        (detail.index, detail.field) for detail in error.details
    ]
    assert (
        "Film 0: duration must be greater than or equal to 0; "
        "Film 0: gros is not a field of a film; "
        "Film 2: genre must be a valid string."
    ) == str(error)


@pytest.mark.parametrize(
    ("read", "body", "message"),
    [
        (film_from_json, b"{", "The body is not valid JSON"),
        (film_from_json, b'{"genre": "\xff"}', "The body is not valid JSON"),
        (film_from_json, b"[]", "The body must be one JSON object with the fields of a film"),
        (from_json, b"", "The body is not valid JSON"),
        (from_json, b"{}", "The body must be one JSON list of films"),
    ],
)
def test_a_body_that_holds_no_film_is_refused_as_a_whole(
    read: Callable[..., Any], body: bytes, message: str
) -> None:
    assert [Detail("", message)] == refusal(read, body).details


TOO_MANY = {
    "json": lambda: films_from_json(b'[7, {"gros": 1}, {}, {}]', LIMITS),
    "dicts": lambda: films_from_dicts([{"gros": 1}, {"duration": -1}, {}, {}], LIMITS),
    "columns": lambda: films_from_columns({"duration": np.array([-1.0, np.nan, 90, 90])}, LIMITS),
}


@pytest.mark.parametrize("read", TOO_MANY.values(), ids=TOO_MANY)
def test_too_many_films_are_refused_as_such_whatever_they_hold(read: Callable[[], Any]) -> None:
    with pytest.raises(TooLarge, match=r"A request may have 3 films, not 4: send several\."):
        read()


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (film_from_json, "more values than one film can have: send its fields alone"),
        (from_json, "more values than 3 films can have: send several"),
    ],
)
def test_a_body_of_too_many_values_is_refused_unread(read: Callable[..., Any], words: str) -> None:
    with pytest.raises(TooLarge, match=f"The body holds {words}."):
        read(b"[" + b"0," * 2000 + b"0]")


@pytest.mark.parametrize(
    ("film", "limit"),
    [
        ({"duration": 1e6}, "100,000 min"),
        ({"budget": 1e16}, "1,000 trillion local currency"),
        ({"title_year": 3000}, "2100"),
    ],
)
def test_a_limit_is_told_as_people_read_it(film: dict[str, Any], limit: str) -> None:
    assert (
        f"must be less than or equal to {limit}" == refusal(film_from_dict, film).details[0].message
    )


def test_what_is_no_film_in_a_list_is_refused_by_index() -> None:
    error = refusal(from_json, b"[{}, 7]")

    assert [Detail("", "must be one JSON object with the fields of a film", 1)] == error.details


def test_good_columns_are_taken_as_they_are() -> None:
    numbers = {"duration": column([0, 90, 1e5]), "imdb_score": column([0, 5, 10])}
    given = {**numbers, "genre": ["", "Comedy", "x" * 100]}

    assert given is films_from_columns(given, LIMITS)


@pytest.mark.parametrize("values", [["Comedy", None], [None, None]])
def test_a_column_may_hold_unknown_values(values: list[Any]) -> None:
    found = films_from_columns({"genre": values, "duration": [90, None]}, LIMITS)

    assert tuple(values) == found["genre"]
    assert (90, None) == found["duration"]


@pytest.mark.parametrize("column", [["x"], ["x", "y"], np.array([1.0])])
def test_a_column_that_is_no_field_is_refused_whatever_it_holds(column: Any) -> None:
    error = refusal(films_from_columns, {"gros": column}, LIMITS)

    assert {("gros", "is not a field of a film")} == {(d.field, d.message) for d in error.details}


def test_the_maximum_and_zero_are_inside_the_range() -> None:
    assert one(imdb_score=10, release_month=0) == film_from_dict(
        {"imdb_score": 10, "release_month": 0}
    )
