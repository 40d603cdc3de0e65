"""Rows of a table to columns of films: which are films, and what is wrong with the others."""

import sys
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.errors import InvalidFilm
from service.films.fields import COLUMNS, LABELS, LENGTHS, MAXIMA, NUMBERS
from service.limits import Batch as Limit
from service.model.encoding import Columns
from service.validation import film_from_dict, films_from_columns
from training.scoring.reading import Batch, Fault

_TEXTS = (pa.string(), pa.large_string(), pa.null())
_ANY = Limit(sys.maxsize)  # a table may have as many rows as it likes


class Films(NamedTuple):
    """Columns of the m films that the API would accept, and which of the n rows they are (n,)."""

    columns: Columns
    good: NDArray[np.bool_]


class _Field(NamedTuple):
    """Values (n,) for the predictor, the same as they were told, and where to look closer (n,)."""

    values: Any
    told: Any
    strange: NDArray[np.bool_]


def judge(batch: Batch, is_text: bool, faults: list[Fault]) -> Films:
    """The films among rows; adds to `faults` what the API would say of the others.

    Where the table is text, as CSV is, a number is what reads as one. Empty and NaN are unknown.
    """
    rows = batch.rows
    fields = {
        name: _number(rows[name], MAXIMA[name], is_text)
        if name in NUMBERS
        else _text(rows[name], LENGTHS[name])
        for name in rows.schema.names
        if name in COLUMNS
    }
    good = np.ones(len(rows), np.bool_)
    strange = np.any([field.strange for field in fields.values()], axis=0)
    for row in np.flatnonzero(strange):
        try:
            film_from_dict({name: field.told[row] for name, field in fields.items()})
        except InvalidFilm as error:
            good[row] = False
            number = int(batch.numbers[row])
            faults += [Fault(number, each.field, each.message) for each in error.details]
    # No forecast depends on a title, and the API would not look at it again either.
    columns = {
        name: _some(field.values, good)
        for name, field in fields.items()
        if name in NUMBERS or name in LABELS
    }
    return Films(films_from_columns(columns, _ANY), good)


def _some(values: Any, good: NDArray[np.bool_]) -> Any:
    if isinstance(values, np.ndarray):
        return values[good]
    return values if good.all() else [values[row] for row in np.flatnonzero(good)]


def _number(column: pa.Array, most: float, is_text: bool) -> _Field:
    numbers = in_numbers(column) if is_text or _is_number(column.type) else None
    if numbers is not None:
        floats = numbers.to_numpy(zero_copy_only=False)
        floats = np.where(np.isnan(floats), 0.0, floats)
        return _Field(floats, floats, ~((floats >= 0) & (floats <= most)))
    cells = column.to_pylist()
    told = list(map(_read, cells)) if is_text else cells
    values = np.array([each if type(each) is float else 0.0 for each in told])
    known = np.array([each is not None for each in told], np.bool_)
    return _Field(values, told, known & ~((values > 0) & (values <= most)))


def in_numbers(column: pa.Array) -> pa.Array | None:
    """A column as float64, null where it is blank; None if some of its texts are no numbers."""
    if pa.types.is_string(column.type):
        column = pc.utf8_trim_whitespace(column)
        column = pc.if_else(pc.equal(column, ""), None, column)
    try:
        return column.cast(pa.float64(), safe=False)
    except pa.ArrowInvalid:
        return None


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_floating(kind)
        or types.is_integer(kind)
        or types.is_decimal(kind)
        or types.is_null(kind)
    )


def _read(text: str | None) -> float | str | None:
    """The number that a text is, the text if it is none, None if it is blank."""
    try:
        # Python reads 1_000, which no table means as a number.
        return float(text) if text and "_" not in text else text
    except ValueError:
        return text if text and text.strip() else None


def _text(column: pa.Array, longest: int) -> _Field:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if kind not in _TEXTS:
        told = column.to_pylist()
        known = np.array([each is not None for each in told], np.bool_)
        return _Field([""] * len(told), told, known)
    texts = pc.fill_null(column.cast(pa.string()), "")
    # A label that is one object wherever it stands is looked up in half the time.
    coded = texts.dictionary_encode()
    spelled = coded.dictionary.to_pylist()
    values = list(map(spelled.__getitem__, coded.indices.to_numpy().tolist()))
    longer = pc.greater(pc.utf8_length(texts), longest)
    return _Field(values, values, longer.to_numpy(zero_copy_only=False))
