"""The rows of a piece, a batch after the other, with their numbers."""

from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from service.errors import BoxOfficeError, shown
from training.common.source import filesystem, reason
from training.scoring.pieces import UNREADABLE, Piece, content_of, unclosed
from training.scoring.tables import CSV, kind

BATCH = 20_000  # films that the predictor forecasts in one call


class Fault(NamedTuple):
    """What is wrong with a field of a row, or with all of it if `field` is ""."""

    row: int
    field: str
    reason: str


class Batch(NamedTuple):
    """Rows as they came, and their numbers (n,)."""

    rows: pa.RecordBatch
    numbers: NDArray[np.int64]


def read(piece: Piece, faults: list[Fault]) -> Iterator[Batch]:
    """The batches of a piece; adds to `faults` the rows that cannot be read, and leaves them out.

    Raises BoxOfficeError naming the file that cannot be read at all.
    """
    try:
        if kind(piece.url) == CSV:
            yield from _read_csv(piece, faults)
        else:
            yield from _read_parquet(piece)
    except UNREADABLE as error:
        raise BoxOfficeError(f"{piece.url} cannot be read: {reason(error)}.") from error


def _read_parquet(piece: Piece) -> Iterator[Batch]:
    fs, path = filesystem(piece.url)
    with fs.open(path) as source, pq.ParquetFile(source) as file:
        first = piece.first
        groups = range(piece.start, piece.stop)
        for rows in file.iter_batches(BATCH, row_groups=groups, use_threads=False):
            rows = rows.cast(piece.schema)
            yield Batch(rows, np.arange(first, first + len(rows)))
            first += len(rows)


def _read_csv(piece: Piece, faults: list[Fault]) -> Iterator[Batch]:
    content = content_of(piece.url, piece.start, piece.stop)
    ragged: list[pacsv.InvalidRow] = []
    try:
        table = _parsed(content, piece, pa.string(), ragged)
    except pa.ArrowInvalid:
        ragged.clear()
        table = _parsed(content, piece, pa.binary(), ragged)
    whole = np.ones(piece.rows, np.bool_)
    for row in ragged:
        if not row.number or row.number > piece.rows:
            raise BoxOfficeError(unclosed(piece.url, piece.first))
        whole[row.number - 1] = False
        words = f"has {row.actual_columns} cells, and the header {row.expected_columns}"
        faults.append(Fault(piece.first + row.number - 1, "", words))
    numbers = np.flatnonzero(whole) + piece.first
    if len(numbers) != len(table):
        raise BoxOfficeError(unclosed(piece.url, piece.first))
    table, numbers = _decoded(table, numbers, faults)
    for start in range(0, len(table), BATCH):
        (rows,) = table.slice(start, BATCH).combine_chunks().to_batches()
        yield _without_blank(Batch(rows, numbers[start : start + BATCH]))


def _parsed(
    content: bytes, piece: Piece, cells: pa.DataType, ragged: list[pacsv.InvalidRow]
) -> pa.Table:
    """All cells of a block, null where they are empty; `ragged` gets the rows that are none."""

    def skip(row: pacsv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    return pacsv.read_csv(
        BytesIO(content),
        pacsv.ReadOptions(
            use_threads=False, column_names=piece.schema.names, block_size=len(content) + 1
        ),
        pacsv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skip
        ),
        pacsv.ConvertOptions(
            column_types=dict.fromkeys(piece.schema.names, cells),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )


def _decoded(
    table: pa.Table, numbers: NDArray[np.int64], faults: list[Fault]
) -> tuple[pa.Table, NDArray[np.int64]]:
    """The same rows as text; those that are not in UTF-8 become faults."""
    if not any(pa.types.is_binary(field.type) for field in table.schema):
        return table, numbers
    good = np.ones(len(table), np.bool_)
    for name, column in zip(table.column_names, table.columns, strict=True):
        for row, cell in enumerate(column.to_pylist()):
            if cell is not None and not _is_text(cell):
                faults.append(Fault(int(numbers[row]), shown(name), "must be text in UTF-8"))
                good[row] = False
    table = table.filter(pa.array(good))
    return table.cast(pa.schema([(name, pa.string()) for name in table.column_names])), numbers[
        good
    ]


def _is_text(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True


def _without_blank(batch: Batch) -> Batch:
    """The same rows without those that hold nothing, which are no films."""
    columns = batch.rows.columns
    if min(column.null_count for column in columns) == 0:
        return batch
    filled = np.zeros(len(batch.rows), np.bool_)
    for column in columns:
        filled |= pc.is_valid(column).to_numpy(zero_copy_only=False)
    if filled.all():
        return batch
    return Batch(batch.rows.filter(pa.array(filled)), batch.numbers[filled])
