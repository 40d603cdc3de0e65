"""A journal, read record by record: what service/journal has written, and what is left of it."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from service.journal.entries import KIND
from service.journal.sinks import SUFFIX

Record = dict[str, Any]


class Reader:
    """Reads records, and counts them by kind, beside the lines that are none in `skipped`.

    A line that ends too early was the last of a worker that was killed. What other lines stdout
    had, such as those of a log, are skipped as well.
    """

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.skipped = 0

    def folder(self, folder: Path | str) -> Iterator[Record]:
        """The records of all files of a folder, by the time when a file was begun."""
        for path in sorted(Path(folder).glob(f"*{SUFFIX}")):
            with path.open("rb") as lines:
                yield from self.records(lines)

    def records(self, lines: Iterable[bytes]) -> Iterator[Record]:
        """The records of some lines."""
        for line in lines:
            record = _record(line)
            if record is None:
                self.skipped += 1
            else:
                self.kinds[record[KIND]] += 1
                yield record


def _record(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get(KIND), str) else None
