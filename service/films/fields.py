"""What the schema says of its fields, as tables; whatever else asks about fields asks here."""

import sys
from collections.abc import Collection, Mapping

from pydantic.fields import FieldInfo

from service.films.schema import HORIZONS, OPENED_BY, TITLE, Horizon, Row


def known_at(horizon: Horizon) -> list[str]:
    """The fields that are known at a horizon, in the order of FIELDS."""
    latest = HORIZONS.index(horizon)
    return [name for name in FIELDS if HORIZONS.index(KNOWN[name]) <= latest]


def reached(film: Mapping[str, object], horizons: Collection[Horizon] = HORIZONS) -> Horizon:
    """The latest horizon that a film reaches, of all or of those that a model has."""
    opened = {h for h in horizons if h not in OPENED_BY or film.get(OPENED_BY[h])}
    return next(h for h in reversed(HORIZONS) if h in opened)


def _is_label(field: FieldInfo) -> bool:
    return field.annotation == (str | None)


def _maximum(field: FieldInfo) -> float:
    limits = [rule.le for rule in field.metadata if hasattr(rule, "le")]
    return float(limits[0]) if limits else sys.float_info.max


def _longest(field: FieldInfo) -> int:
    limits = [rule.max_length for rule in field.metadata if hasattr(rule, "max_length")]
    return int(limits[0]) if limits else sys.maxsize


def _extra(field: FieldInfo, key: str) -> str:
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    return str(extra[key])


def _horizon(field: FieldInfo) -> Horizon:
    return next(horizon for horizon in HORIZONS if horizon == _extra(field, "known"))


_ALL = {name: field for name, field in Row.model_fields.items() if name != TITLE}
LABELS: tuple[str, ...] = tuple(name for name, field in _ALL.items() if _is_label(field))
NUMBERS: tuple[str, ...] = tuple(name for name in _ALL if name not in LABELS)
FIELDS: tuple[str, ...] = (*NUMBERS, *LABELS)
# What a request may have: the fields, and the title, where the schema lets rows have one.
COLUMNS: tuple[str, ...] = (*FIELDS, *(name for name in Row.model_fields if name == TITLE))
TEXTUAL: tuple[str, ...] = tuple(name for name in COLUMNS if name not in NUMBERS)
UNITS: dict[str, str] = {name: _extra(field, "unit") for name, field in _ALL.items()}
LENGTHS: dict[str, int] = {name: _longest(Row.model_fields[name]) for name in TEXTUAL}
MAXIMA: dict[str, float] = {name: _maximum(_ALL[name]) for name in NUMBERS}
KNOWN: dict[str, Horizon] = {name: _horizon(field) for name, field in _ALL.items()}
