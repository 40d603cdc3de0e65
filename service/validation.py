"""Films from outside: the one place where a film is accepted or refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError

from service.errors import InvalidFilm
from service.films.features import Columns
from service.films.schema import FIELDS, LABELS, MAXIMA, NUMBERS, Movie

Film = tuple[Any, ...]
Valid = TypeVar("Valid")

_FILM = TypeAdapter(Movie)
_FILMS = TypeAdapter(list[Movie])
_VALUES = itemgetter(*FIELDS)


def film_from_json(body: bytes) -> Film:
    """The one film in a JSON object; raises InvalidFilm naming what is wrong."""
    return values(_valid(_FILM.validate_json, body))


def films_from_json(body: bytes) -> Columns:
    """Columns of the films in a JSON list; raises InvalidFilm naming each film and field."""
    return columns(map(values, _valid(_FILMS.validate_json, body)))


def film_from_dict(film: Mapping[str, Any]) -> Film:
    """One film by field; raises InvalidFilm naming what is wrong."""
    return values(_valid(_FILM.validate_python, film))


def films_from_dicts(films: Iterable[Mapping[str, Any]]) -> Columns:
    """Columns of films by field; raises InvalidFilm naming each film and field."""
    return columns(map(values, _valid(_FILMS.validate_python, list(films))))


def films_from_columns(given: Columns) -> Columns:
    """The same columns of equal lengths, after a look at every value; raises InvalidFilm."""
    if all(_acceptable(name, values) for name, values in given.items()):
        return given
    rows = zip(*(_listed(values) for values in given.values()), strict=True)
    return films_from_dicts(dict(zip(given, row, strict=True)) for row in rows)


def values(movie: Movie) -> Film:
    """The values of a film in the order of the schema."""
    film: Film = _VALUES(movie.__dict__)
    return film


def columns(films: Iterable[Film]) -> Columns:
    """Films, each in the order of the schema, as columns."""
    found = list(zip(*films, strict=True)) or [()] * len(FIELDS)
    return dict(zip(FIELDS, found, strict=True))


def _acceptable(name: str, values: Sequence[Any]) -> bool:
    if name in LABELS:
        return all(type(value) is str and len(value) <= 100 for value in values)
    if name not in NUMBERS or not isinstance(values, np.ndarray):
        return False
    # NaN compares false, so that it is not acceptable either.
    return bool(((values >= 0) & (values <= MAXIMA[name])).all())


def _listed(values: Sequence[Any]) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _valid(validate: Callable[[Any], Valid], given: object) -> Valid:
    try:
        return validate(given)
    except ValidationError as error:
        raise InvalidFilm.from_pydantic(
            error.errors(include_url=False, include_input=False)
        ) from None
