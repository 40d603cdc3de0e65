"""Where forecasts go: a folder of parts, or one file that is joined of them, and how far it is."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

import pyarrow.parquet as pq

from service.errors import BoxOfficeError
from training.common.source import filesystem, reason
from training.scoring.partition import Count, Task
from training.scoring.tables import CSV, PARQUET, kind
from training.scoring.writing import UNFINISHED, published

# Names that begin so are passed over by whatever reads a folder as one table.
SCORE, BAD_ROWS = "_score.json", "_bad_rows.csv"
_SIDE = "_part-"
_OURS = ("part-", _SIDE, SCORE, BAD_ROWS, UNFINISHED)
_DONE = "done"
_CHUNK = 8 << 20  # bytes
_HEADER = ("file", "row", "field", "reason")


class Output:
    """A folder of parts; where `where` ends with .csv or .parquet, the file that they become.

    A file has the parts beside it until it is whole.
    """

    def __init__(self, where: str, form: str | None) -> None:
        self.where, self.single = where, bool(kind(where))
        if self.single and form not in (None, kind(where)):
            raise BoxOfficeError(f"{where} is not {form}: leave --format out, or name a folder.")
        self.form = kind(where) or form or PARQUET
        self.folder = f"{where}.parts" if self.single else where.rstrip("/")
        self._fs, self._root = filesystem(self.folder)
        self._file = filesystem(where)[1]
        self._bad_rows = f"{self._file}.bad_rows.csv" if self.single else f"{self._root}/{BAD_ROWS}"

    @property
    def url(self) -> str:
        """The folder, as workers in other folders find it."""
        return str(self._fs.unstrip_protocol(self._root))

    def holds(self, url: str) -> bool:
        """Is a file one of those that go here?"""
        return url == self._fs.unstrip_protocol(self._file) or url.startswith(f"{self.url}/")

    def done(self, facts: Mapping[str, Any], again: bool) -> Count | None:
        """What was scored of the same before, if nothing of it is left to do.

        Raises BoxOfficeError where something else is there, unless `again` is to replace it.
        """
        before = self._said()
        if before is None and self._names():
            raise BoxOfficeError(
                f"{self.folder} holds files that are not of this command: name another folder."
            )
        if again:
            return None
        if self.single and self._fs.exists(self._file):
            raise BoxOfficeError(
                f"{self.where} is there already: --again replaces it, or name another file."
            )
        for what, value in facts.items():
            if before and before.get(what) != value:
                raise BoxOfficeError(
                    f"{self.folder} was scored with another {what}: --again begins anew, or name "
                    f"another {'file' if self.single else 'folder'}."
                )
        return Count(-1, *before[_DONE]) if before and _DONE in before else None

    def begin(self, facts: Mapping[str, Any], again: bool) -> None:
        """Make the folder, or go on with what is there; `again` removes what is there of ours."""
        self._remove(*(_OURS if again else (UNFINISHED,)))
        for path in (self._file, self._bad_rows) if again and self.single else ():
            if self._fs.exists(path):
                self._fs.rm(path)
        self._say(facts)

    def whole(self, task: Task, pieces: int) -> dict[int, Count]:
        """What became of the pieces whose part is there."""
        names = set(self._names())
        there = [number for number in range(pieces) if task.part(number) in names]
        return {number: self._count(task, number) for number in there}

    def finish(self, facts: Mapping[str, Any], task: Task, counts: Sequence[Count]) -> Count:
        """Join what stands beside the parts, and the parts if they are to be one file."""
        numbers = sorted(count.number for count in counts)
        total = Count(-1, sum(c.films for c in counts), sum(c.bad for c in counts))
        if total.bad:
            with published(self._fs, self._bad_rows) as file:
                for text in self._bad(task, numbers):
                    file.write(text.encode())
        if self.single:
            parts = [f"{self._root}/{task.part(number)}" for number in numbers]
            with published(self._fs, self._file) as file:
                (self._join_csv if self.form == CSV else self._join_parquet)(parts, file)
            self._fs.rm(self._root, recursive=True)
            return total
        self._say({**facts, _DONE: total[1:]})
        self._remove(UNFINISHED, _SIDE)
        return total

    @property
    def bad_rows(self) -> str:
        """The name of the file with the bad rows, as one would write it."""
        return f"{self.where}.bad_rows.csv" if self.single else f"{self.folder}/{BAD_ROWS}"

    def _bad(self, task: Task, numbers: Sequence[int]) -> Iterator[str]:
        yield ",".join(_HEADER) + "\n"
        for number in numbers:
            side = self._side(task, number)
            text = StringIO()
            rows = csv.writer(text, lineterminator="\n")
            rows.writerows([side["file"], *fault] for fault in side["faults"])
            yield text.getvalue()

    def _join_csv(self, parts: Sequence[str], file: Any) -> None:
        for place, path in enumerate(parts):
            with self._fs.open(path) as part:
                header = part.readline()
                file.write(b"" if place else header)
                while chunk := part.read(_CHUNK):
                    file.write(chunk)

    def _join_parquet(self, parts: Sequence[str], file: Any) -> None:
        writer: pq.ParquetWriter | None = None
        for path in parts:
            with self._fs.open(path) as source, pq.ParquetFile(source) as part:
                writer = writer or pq.ParquetWriter(file, part.schema_arrow)
                for group in range(part.num_row_groups):
                    writer.write_table(part.read_row_group(group, use_threads=False))
        if writer:
            writer.close()

    def _count(self, task: Task, number: int) -> Count:
        side = self._side(task, number)
        return Count(number, side["films"], side["bad"])

    def _side(self, task: Task, number: int) -> Any:
        try:
            return json.loads(self._fs.cat_file(f"{self._root}/{task.side(number)}"))
        except FileNotFoundError as error:
            raise BoxOfficeError(
                f"{self.folder} does not have here what workers have written: name a bucket, or a "
                "folder that all of them share."
            ) from error

    def _said(self) -> Any:
        try:
            return json.loads(self._fs.cat_file(f"{self._root}/{SCORE}"))
        except FileNotFoundError:
            return None
        except Exception as error:  # whatever a library of some storage raises
            raise BoxOfficeError(
                f"{self.folder} cannot be read ({reason(error)}): name another OUT."
            ) from error

    def _say(self, facts: Mapping[str, Any]) -> None:
        try:
            with published(self._fs, f"{self._root}/{SCORE}") as file:
                file.write(json.dumps(facts, indent=2).encode())
        except Exception as error:  # whatever a library of some storage raises
            raise BoxOfficeError(
                f"{self.folder} cannot be written ({reason(error)}): name another OUT."
            ) from error

    def _remove(self, *beginnings: str) -> None:
        for name in self._names():
            if name.startswith(beginnings):
                self._fs.rm(f"{self._root}/{name}")

    def _names(self) -> list[str]:
        self._fs.invalidate_cache()
        paths = self._fs.find(self._root) if self._fs.exists(self._root) else []
        return [path.removeprefix(f"{self._root}/") for path in paths]
