"""Films from outside: the one place where a film is accepted or refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Annotated, Any, Generic, NoReturn, TypeVar

import numpy as np
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from service.errors import (
    OUTCOME,
    ROW,
    TOLD,
    Detail,
    InvalidFilm,
    InvalidRequest,
    details_of,
    shown,
)
from service.films.fields import COLUMNS, LENGTHS, MAXIMA, NUMBERS, TEXTUAL
from service.films.schema import Outcome, Row
from service.limits import Batch, check_values
from service.model.encoding import Columns

Film = tuple[Any, ...]
Kind = TypeVar("Kind", bound=BaseModel)

_FILM = TypeAdapter(Row)
_VALUES = itemgetter(*COLUMNS)
_NO_LIST = {"json_invalid", "list_type"}
USUAL_COMPARABLES, MOST_COMPARABLES = 8, 50


def film_from_json(body: bytes) -> Film:
    """The one film in a JSON object; raises TooLarge, or InvalidFilm naming what is wrong."""
    check_values(body, 1)
    return _one(_FILM.validator.validate_json, body)


def films_from_json(body: bytes, limits: Batch) -> Columns:
    """Columns of the films in a JSON list; raises TooLarge, or InvalidFilm naming each field."""
    return columns(map(values, _FILMS.from_json(body, limits)))


def film_from_dict(film: Mapping[str, Any]) -> Film:
    """One film by field; raises InvalidFilm naming what is wrong."""
    return _one(_FILM.validator.validate_python, film)


def films_from_dicts(films: Iterable[Mapping[str, Any]], limits: Batch) -> Columns:
    """Columns of films by field; raises TooLarge, or InvalidFilm naming each film and field."""
    return columns(map(values, _FILMS.from_dicts(films, limits)))


def films_from_columns(table: Columns, limits: Batch) -> Columns:
    """The same columns of equal lengths, after a look at every value.

    Raises TooLarge, or InvalidFilm naming each film and field.
    """
    limits.check_batch(len(next(iter(table.values()), ())))
    if all(_acceptable(name, values) for name, values in table.items()):
        return table
    rows = zip(*(_listed(values) for values in table.values()), strict=True)
    return films_from_dicts((dict(zip(table, row, strict=True)) for row in rows), limits)


def outcomes_from_json(body: bytes, limits: Batch) -> list[Outcome]:
    """The outcomes in a JSON list; raises TooLarge, or InvalidFilm naming each field."""
    return _OUTCOMES.from_json(body, limits)


def outcomes_from_dicts(outcomes: Iterable[Mapping[str, Any]], limits: Batch) -> list[Outcome]:
    """Outcomes by field; raises TooLarge, or InvalidFilm naming each outcome and field."""
    return _OUTCOMES.from_dicts(outcomes, limits)


def comparables_count(asked: str | int | None) -> int:
    """How many comparable films are asked for; raises InvalidRequest where that is no such number.

    A request that does not say so wants as many as are usual.
    """
    if asked is None:
        return USUAL_COMPARABLES
    text = str(asked)
    if not (
        text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST_COMPARABLES
    ):
        raise InvalidRequest(
            f"count must be a whole number from 1 to {MOST_COMPARABLES}, not {shown(text)!r}."
        )
    return int(text)


def values(row: Row) -> Film:
    """The values of a film in the order of COLUMNS."""
    film: Film = _VALUES(row.__dict__)
    return film


def columns(films: Iterable[Film]) -> Columns:
    """Films, each in the order of COLUMNS, as columns."""
    by_field = list(zip(*films, strict=True)) or [()] * len(COLUMNS)
    return dict(zip(COLUMNS, by_field, strict=True))


def _acceptable(name: str, values: Sequence[Any]) -> bool:
    if name in TEXTUAL:
        return all(type(value) is str and len(value) <= LENGTHS[name] for value in values)
    if name not in NUMBERS or not isinstance(values, np.ndarray):
        return False
    # NaN compares false, so that it is not acceptable either.
    return bool(((values >= 0) & (values <= MAXIMA[name])).all())


def _listed(values: Sequence[Any]) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _one(validate: Callable[[Any], Row], film: object) -> Film:
    try:
        return values(validate(film))
    except ValidationError as error:
        raise InvalidFilm.from_pydantic(error) from None


class _Lists(Generic[Kind]):
    """Lists of one kind of object, which errors call a `row`."""

    def __init__(self, kind: type[Kind], row: str) -> None:
        self._one, self._row = TypeAdapter(kind), row
        self._kind: Any = kind
        self._up_to = cache(self._adapter)

    def from_json(self, body: bytes, limits: Batch) -> list[Kind]:
        check_values(body, limits.max_batch)
        try:
            return self._up_to(limits.max_batch).validate_json(body)
        except ValidationError as error:
            types = {each["type"] for each in error.errors(include_input=False)}
            if error.error_count() == 1 and types <= _NO_LIST:
                raise InvalidFilm.from_pydantic(error, self._row) from None
        self._refuse(from_json(body), limits)

    def from_dicts(self, rows: Iterable[Mapping[str, Any]], limits: Batch) -> list[Kind]:
        listed = list(rows)
        try:
            return self._up_to(limits.max_batch).validate_python(listed)
        except ValidationError:
            self._refuse(listed, limits)

    def _adapter(self, most: int) -> TypeAdapter[list[Kind]]:
        # The first that is wrong, or that is one too many, is the last to be looked at.
        limited: Any = Annotated[list[self._kind], Field(max_length=most, fail_fast=True)]  # type: ignore[name-defined]
        return TypeAdapter(limited)

    def _refuse(self, rows: list[Any], limits: Batch) -> NoReturn:
        """Count the rows, or else what is wrong with all of them."""
        limits.check_batch(len(rows))
        details: list[Detail] = []
        problems = 0
        for index, row in enumerate(rows):
            try:
                self._one.validate_python(row)
            except ValidationError as error:
                problems += error.error_count()
                if len(details) < TOLD:
                    details += details_of(error, index, self._row)
        raise InvalidFilm(details, problems)


_FILMS, _OUTCOMES = _Lists(Row, ROW), _Lists(Outcome, OUTCOME)
