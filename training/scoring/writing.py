"""Files of forecasts under their final names only when they are whole, wherever fsspec writes."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from training.scoring.tables import CSV

UNFINISHED = ".unfinished-"  # begins the names of files that are being written
_GROUP = 100_000  # rows of a row group


@contextmanager
def published(fs: Any, path: str) -> Iterator[Any]:
    """A file to write into, which gets its name at the end, or is removed after an error."""
    folder, _, name = path.rpartition("/")
    beside = f"{folder}/{UNFINISHED}{name}"
    fs.makedirs(folder, exist_ok=True)
    try:
        with fs.open(beside, "wb") as file:
            yield file
        fs.mv(beside, path)
    except BaseException:
        with suppress(OSError):
            fs.rm(beside)
        raise


class Writer:
    """Writes batches of rows as CSV or as Parquet, with row groups of a useful size."""

    def __init__(self, file: Any, schema: pa.Schema, form: str) -> None:
        self._schema, self._waiting = schema, list[pa.RecordBatch]()
        self._writer: Any
        if form == CSV:
            self._writer = pacsv.CSVWriter(file, schema)
        else:
            # Numbers and ids hardly repeat, and a dictionary of them would only take time.
            texts = [field.name for field in schema if pa.types.is_string(field.type)]
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

    def close(self) -> None:
        """Write what is left, and what ends the file."""
        self._flush()
        self._writer.close()
