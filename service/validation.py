"""Films from outside: the one place where a film is accepted or refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from service.errors import InvalidFilm
from service.films.fields import FIELDS, LABELS, MAXIMA, NUMBERS
from service.films.schema import Row
from service.limits import Limits
from service.model.encoding import Columns

Film = tuple[Any, ...]
Valid = TypeVar("Valid")

_FILM = TypeAdapter(Row)
_VALUES = itemgetter(*FIELDS)


def film_from_json(body: bytes) -> Film:
    """The one film in a JSON object; raises InvalidFilm naming what is wrong."""
    return values(_valid(_FILM.validate_json, body))


def films_from_json(body: bytes, limits: Limits) -> Columns:
    """Columns of the films in a JSON list; raises TooLarge, or InvalidFilm naming each field."""
    return columns(map(values, _valid(_films(limits.max_batch).validate_json, body, limits)))


def film_from_dict(film: Mapping[str, Any]) -> Film:
    """One film by field; raises InvalidFilm naming what is wrong."""
    return values(_valid(_FILM.validate_python, film))


def films_from_dicts(films: Iterable[Mapping[str, Any]], limits: Limits) -> Columns:
    """Columns of films by field; raises TooLarge, or InvalidFilm naming each film and field."""
    validate = _films(limits.max_batch).validate_python
    return columns(map(values, _valid(validate, list(films), limits)))


def films_from_columns(table: Columns, limits: Limits) -> Columns:
    """The same columns of equal lengths, after a look at every value.

    Raises TooLarge, or InvalidFilm naming each film and field.
    """
    limits.check_batch(len(next(iter(table.values()), ())))
    if all(_acceptable(name, values) for name, values in table.items()):
        return table
    rows = zip(*(_listed(values) for values in table.values()), strict=True)
    return films_from_dicts((dict(zip(table, row, strict=True)) for row in rows), limits)


def values(row: Row) -> Film:
    """The values of a film in the order of FIELDS."""
    film: Film = _VALUES(row.__dict__)
    return film


def columns(films: Iterable[Film]) -> Columns:
    """Films, each in the order of FIELDS, as columns."""
    by_field = list(zip(*films, strict=True)) or [()] * len(FIELDS)
    return dict(zip(FIELDS, by_field, strict=True))


@cache
def _films(most: int) -> TypeAdapter[list[Row]]:
    # With a length, a list that is too long is refused as such, whatever films it holds.
    return TypeAdapter(Annotated[list[Row], Field(max_length=most)])


def _acceptable(name: str, values: Sequence[Any]) -> bool:
    if name in LABELS:
        return all(type(value) is str and len(value) <= 100 for value in values)
    if name not in NUMBERS or not isinstance(values, np.ndarray):
        return False
    # NaN compares false, so that it is not acceptable either.
    return bool(((values >= 0) & (values <= MAXIMA[name])).all())


def _listed(values: Sequence[Any]) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _valid(validate: Callable[[Any], Valid], value: object, limits: Limits | None = None) -> Valid:
    try:
        return validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        first = errors[0]
        if limits and first["type"] == "too_long" and not first["loc"]:
            limits.check_batch(first["ctx"]["actual_length"])
        raise InvalidFilm.from_pydantic([dict(error) for error in errors]) from None
