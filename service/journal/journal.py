"""The journal of forecasts: a bounded queue, and the thread that writes it.

It neither fails nor delays an answer: what cannot be written waits, and what cannot wait is
counted and lost.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice

from service.journal.entries import Entry
from service.journal.sinks import Sink
from service.telemetry import metrics

_MOST = 20_000  # records that wait
_PIECE = 256  # records, after which requests have their turn
_TURN = 0.0005  # seconds of it
_END = 2.0  # seconds for what waits at the end
_log = logging.getLogger("bentoml.box_office")


class Journal:
    """Takes entries from one thread, and writes them in another, within `wait` seconds."""

    def __init__(self, sink: Sink, wait: float, most: int = _MOST) -> None:
        self._sink, self._wait, self._most = sink, wait, most
        self._entries: deque[Entry] = deque()
        self._piece: list[bytes] = []  # lines that could not be written yet
        self._lines = self._next_lines()
        # Each is written by one thread alone, so that neither needs a lock.
        self._accepted = self._done = 0
        self._failing = False
        self._full = False  # since it was last empty, for the thread that puts
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many records are not written yet, at least."""
        return self._accepted - self._done

    def put(self, entry: Entry) -> bool:
        """Let an entry be written, or else lose it, and say so, as too many records wait."""
        waiting = self.waiting
        if waiting >= self._most:
            metrics.count_journal("dropped", len(entry))
            self._say_full()
            return False
        self._full = self._full and waiting > 0
        self._accepted += len(entry)
        self._entries.append(entry)
        return True

    def close(self) -> None:
        """Write what waits, and say what cannot be written."""
        self._stopping.set()
        self._thread.join(_END)
        if left := len(self._piece) + self.waiting:
            metrics.count_journal("dropped", left)
            _log.error("The journal ends without %d records that could not be written.", left)

    def _run(self) -> None:
        while not self._stopping.wait(self._wait):
            self._write()
        self._write()
        self._sink.close()

    def _write(self) -> None:
        """Write all that waits, or as much as can be written now."""
        while piece := self._piece or self._next_piece():
            self._piece, before = piece, len(piece)
            try:
                self._sink.write(piece)
            except OSError as error:
                self._failed(error)
            metrics.count_journal("written", before - len(piece))
            if piece:
                return
            self._recovered()
            time.sleep(_TURN)

    def _next_piece(self) -> list[bytes]:
        piece = list(islice(self._lines, _PIECE))
        if len(piece) < _PIECE:  # such an iterator has come to its end for ever
            self._lines = self._next_lines()
        return piece

    def _next_lines(self) -> Iterator[bytes]:
        while self._entries:
            entry = self._entries.popleft()
            try:
                yield from entry.lines()
            except Exception:
                metrics.count_journal("dropped", len(entry))
                _log.exception("The journal loses records that are not to be written as JSON")
            self._done += len(entry)

    def _say_full(self) -> None:
        if not self._full:
            self._full = True
            _log.error("The journal is full, and loses records until it is written.")

    def _failed(self, error: OSError) -> None:
        if not self._failing:
            self._failing = True
            _log.error("The journal waits, and then loses records: %s", error)

    def _recovered(self) -> None:
        if self._failing:
            self._failing = False
            _log.info("The journal is written again.")
