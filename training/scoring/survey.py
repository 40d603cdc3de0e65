"""What a table is before any of it is scored: its columns, alike in all files, and its pieces."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from dask.distributed import Client

from service.errors import ROW, BoxOfficeError
from service.films.fields import COLUMNS, FIELDS
from training.common.cluster import results
from training.scoring.partition import Task, added
from training.scoring.pieces import Head, Look, Piece, cut, look, parts
from training.scoring.tables import CSV, File


def survey(client: Client, files: Sequence[File]) -> list[Piece]:
    """The pieces of a table, in order; raises BoxOfficeError where its files are no one table."""
    places = [(number, part) for number, file in enumerate(files) for part in parts(file)]
    looked: list[Any] = [None] * len(places)
    for place, result in results(client, look, [part for _, part in places]):
        looked[place] = result
    heads: list[Head] = [head for head, _ in looked if head]
    for file, head in zip(files, heads, strict=True):
        _check_alike(files[0], heads[0].schema, file, head.schema)
    by_file: list[list[Look]] = [[] for _ in files]
    for (number, _), (_, block) in zip(places, looked, strict=True):
        by_file[number] += [block] if block else []
    cuts = zip(files, heads, by_file, strict=True)
    pieces = [piece for file, head, blocks in cuts for piece in cut(file, head, blocks)]
    if not pieces:
        raise BoxOfficeError(f"{files[0].url} has columns and no rows: export the table again.")
    return [piece._replace(number=number) for number, piece in enumerate(pieces)]


def _check_alike(first: File, wanted: pa.Schema, file: File, schema: pa.Schema) -> None:
    for ours, theirs in zip(wanted, schema, strict=False):
        if ours != theirs:
            raise BoxOfficeError(
                f"{file.url} has the column {theirs.name} ({theirs.type}) where {first.url} has "
                f"{ours.name} ({ours.type}): score them one after the other."
            )
    if len(wanted) != len(schema):
        raise BoxOfficeError(
            f"{file.url} has {len(schema)} columns and {first.url} has {len(wanted)}: score them "
            "one after the other."
        )


def check_columns(schema: pa.Schema, task: Task) -> list[str]:
    """The columns of a table that are no fields; raises BoxOfficeError where it cannot be scored.

    Needed is a field, and that no column is called as one that is added.
    """
    names = schema.names
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise BoxOfficeError(f"The table has the column {twice[0]} more than once: keep one.")
    if not {*names} & {*FIELDS}:
        raise BoxOfficeError(
            f"The table has no column that is a field of {ROW}, but {', '.join(names)}: name some "
            f"of its columns {', '.join(FIELDS)}."
        )
    if taken := [n for n, _ in added(task.asked) if f"{task.prefix}{n}" in names]:
        raise BoxOfficeError(
            f"The table has a column {task.prefix}{taken[0]}, as one of those that are added is "
            "called: begin their names with another --prefix, such as forecast_."
        )
    if task.form == CSV:
        for column in schema:
            if pa.types.is_nested(column.type) or "\n" in column.name:
                raise BoxOfficeError(
                    f"CSV cannot hold the column {column.name!r} ({column.type}): write Parquet."
                )
    return [name for name in names if name not in COLUMNS]
