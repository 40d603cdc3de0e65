"""Answers as JSON has them, to the dataclasses of the schema."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, partial
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from box_office_client.errors import BoxOfficeError

Kind = TypeVar("Kind")
Reader = Callable[[Any], Any]


def one(kind: type[Kind], values: Any) -> Kind:
    """An answer; what this version does not know of it is passed over."""
    readers = _readers(cast(Hashable, kind))
    try:
        return kind(**{name: read(values[name]) for name, read in readers if name in values})
    except TypeError:
        raise BoxOfficeError(f"The answer is no {kind.__name__} of Box Office.") from None


def many(kind: type[Kind], values: Any) -> list[Kind]:
    """A list of answers."""
    return [one(kind, each) for each in values]


def accepted(values: Mapping[str, int]) -> list[int]:
    """How many outcomes are in the journal, as the only one of a list."""
    return [values["accepted"]]


@cache
def _readers(kind: Any) -> list[tuple[str, Reader]]:
    hints = get_type_hints(kind)
    return [(each.name, _reader(hints[each.name])) for each in fields(kind)]


def _reader(hint: Any) -> Reader:
    arguments = get_args(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return partial(one, hint)
    if get_origin(hint) is list and isinstance(kind := arguments[0], type) and is_dataclass(kind):
        return partial(many, kind)
    if NoneType in arguments:
        read = _reader(next(each for each in arguments if each is not NoneType))
        return lambda value: None if value in (None, []) else read(value)
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
