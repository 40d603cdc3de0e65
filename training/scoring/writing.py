"""Files of forecasts under their final names only when they are whole, wherever fsspec writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from training.scoring.tables import CSV

UNFINISHED = ".unfinished-"  # begins the names of files that are being written
_GROUP = 100_000  # rows of a row group


@contextmanager
def published(fs: Any, path: str) -> Iterator[Any]:
    """A file to write into, which gets its name at the end, or is removed after an error."""
    if isinstance(fs, LocalFileSystem):
        with _renamed(Path(path)) as file:
            yield file
        return
    # What storage holds has its name when all of it has arrived; until then it is not to be seen.
    file = fs.open(path, "wb", autocommit=False)
    try:
        yield file
        file.close()
        file.commit()
    except BaseException:
        file.discard()
        raise


@contextmanager
def _renamed(path: Path) -> Iterator[Any]:
    # Beside it, because only within one file system a file gets another name at once.
    # A name of its own: a worker that is taken for dead may still be writing the same.
    beside = path.with_name(f"{UNFINISHED}{path.name}-{uuid4().hex}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with beside.open("wb") as file:
            yield file
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


class Writer:
    """Writes batches of rows as CSV or as Parquet, with row groups of a useful size.

    The texts of the column `unique` do not repeat.
    """

    def __init__(self, file: Any, schema: pa.Schema, form: str, unique: str) -> None:
        self._schema, self._waiting = schema, list[pa.RecordBatch]()
        self._writer: Any
        if form == CSV:
            self._writer = pacsv.CSVWriter(file, schema)
        else:
            # Numbers and ids hardly repeat, and a dictionary of them would only take time.
            texts = [f.name for f in schema if pa.types.is_string(f.type) and f.name != unique]
            self._writer = pq.ParquetWriter(file, schema, use_dictionary=texts)

    def write(self, rows: pa.RecordBatch) -> None:
        """Write some rows, now or later."""
        self._waiting.append(rows)
        if sum(map(len, self._waiting)) >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema))
            self._waiting.clear()

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write what is left, and what ends the file, unless nobody is to see it."""
        with self._writer:
            if kind is None:
                self._flush()
