"""A table cut into pieces that fit into memory: row groups of Parquet, blocks of CSV.

A piece of CSV begins where a row begins. A line end in quotation marks ends no row, and whether
there are marks around it depends on all that is before it: each block is looked at for both cases,
wherever a worker is free, and what is true follows from one block after the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import aiohttp
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from service.errors import BoxOfficeError
from training.common import csv_file
from training.common.source import filesystem, reason
from training.scoring.tables import CSV, File, kind

BLOCK = 8 << 20  # bytes of CSV
ROWS = 100_000  # from which on row groups are not put together
_LONGEST = 4  # blocks in one piece, where rows are longer than a block
UNREADABLE = (OSError, aiohttp.ClientError, pa.ArrowException)
_LINE_END, _MARK = ord("\n"), ord('"')


class Piece(NamedTuple):
    """What one call scores: bytes of a CSV file, or row groups of a Parquet file, from `start` on.

    `first` is the number of its first row: the first of a CSV file below the header is 2, as in a
    spreadsheet, and that of a Parquet file 0, as in a DataFrame.
    """

    number: int
    url: str
    start: int
    stop: int
    first: int
    rows: int
    schema: pa.Schema


class Ends(NamedTuple):
    """The line ends of a block that end rows: how many, the places of the first and the last."""

    many: int
    first: int
    last: int


@dataclass(frozen=True)
class Look:
    """What a block of CSV has: line ends outside of marks, if it begins outside and if inside."""

    ends: tuple[Ends, Ends]
    turns: bool  # does it end on the other side than it begins?


@dataclass(frozen=True)
class Part:
    """What is looked at in one call: all of a Parquet file, or a block of a CSV file."""

    url: str
    start: int
    stop: int


@dataclass(frozen=True)
class Head:
    """The columns of a file, and the rows in its row groups, if it is Parquet."""

    schema: pa.Schema
    groups: tuple[int, ...] = ()


def parts(file: File) -> list[Part]:
    """What has to be looked at to cut a file."""
    step = BLOCK if kind(file.url) == CSV else file.size
    return [
        Part(file.url, start, min(start + step, file.size)) for start in range(0, file.size, step)
    ]


def look(part: Part) -> tuple[Head | None, Look | None]:
    """Look at a part of a file: the head is that of the whole, from its first part.

    Raises BoxOfficeError naming the file.
    """
    try:
        if kind(part.url) == CSV:
            return _look_at_csv(part)
        fs, path = filesystem(part.url)
        with fs.open(path) as source, pq.ParquetFile(source) as file:
            groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
            return Head(_plain(file.schema_arrow), tuple(groups)), None
    except UNREADABLE as error:
        raise BoxOfficeError(f"{part.url} cannot be read: {reason(error)}.") from error


def _plain(schema: pa.Schema) -> pa.Schema:
    """The same columns, with a type of text that Arrow can do all with."""
    views = [(field, pa.types.is_string_view(field.type)) for field in schema]
    fields = [field.with_type(pa.string()) if view else field for field, view in views]
    return pa.schema([field.remove_metadata() for field in fields])


def _look_at_csv(part: Part) -> tuple[Head | None, Look]:
    content = content_of(part.url, part.start, part.stop)
    letters = np.frombuffer(content, np.uint8)
    marks = np.flatnonzero(letters == _MARK)
    lines = np.flatnonzero(letters == _LINE_END)
    inside = marks.searchsorted(lines) % 2
    ends = tuple(_ends(lines[inside == side] + part.start) for side in (0, 1))
    head = None
    if part.start == 0:
        row = content[: ends[0].first + 1] if ends[0].many else content
        names = csv_file.header(row, part.url)
        head = Head(pa.schema([(name, pa.string()) for name in names]))
    return head, Look((ends[0], ends[1]), bool(len(marks) % 2))


def _ends(places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Ends:
    return Ends(len(places), *map(int, places[[0, -1]])) if len(places) else Ends(0, -1, -1)


def content_of(url: str, start: int, stop: int) -> bytes:
    """Some bytes of a file; raises BoxOfficeError where all or none are served."""
    fs, path = filesystem(url)
    content: bytes = fs.cat_file(path, start, stop)
    if len(content) != stop - start:
        raise BoxOfficeError(f"{url} cannot be read in parts, or has changed: copy it here first.")
    return content


def cut(file: File, head: Head, looks: Sequence[Look]) -> Iterator[Piece]:
    """The pieces of a file, not yet numbered; raises BoxOfficeError for marks that do not close."""
    if kind(file.url) != CSV:
        yield from _cut_groups(file, head)
        return
    inside, rows, last = 0, 1, -1
    begins: list[tuple[int, int]] = []  # of pieces: the byte, and the number of the row
    for block in looks:
        ends = block.ends[inside]
        if ends.many:
            begins.append((ends.first + 1, rows + 1))
            rows, last = rows + ends.many, ends.last
        inside ^= block.turns
    begins.append((file.size, rows + (last + 1 < file.size)))
    if inside:
        raise BoxOfficeError(unclosed(file.url, 1))
    for (start, first), (stop, after) in pairwise(begins):
        if stop - start > _LONGEST * BLOCK:
            raise BoxOfficeError(unclosed(file.url, first))
        if after > first:
            yield Piece(0, file.url, start, stop, first, after - first, head.schema)


def unclosed(url: str, row: int) -> str:
    """The sentence on a file whose rows cannot be told from each other."""
    return (
        f"{url}: row {row}, or one after it, has a quotation mark that is not closed, or not "
        "doubled: export the whole table again."
    )


def _cut_groups(file: File, head: Head) -> Iterator[Piece]:
    start, first, rows = 0, 0, 0
    for stop, count in enumerate(head.groups, 1):
        rows += count
        if rows and (rows >= ROWS or stop == len(head.groups)):
            yield Piece(0, file.url, start, stop, first, rows, head.schema)
            start, first, rows = stop, first + rows, 0
