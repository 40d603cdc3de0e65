"""Where the lines of a journal go: files of a folder, or stdout."""

import fcntl
import os
import stat
import sys
import termios
from array import array
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from service.journal.ids import Ids

SUFFIX = ".jsonl"
_BYTES = 64 * 2**20  # of a file
_WHOLE = 4096  # bytes that every pipe takes in one piece
_PIECE = 2**20  # bytes that a file takes in one piece, and Linux lets anybody give a pipe
Give = Callable[[list[bytes]], None]


class Sink(Protocol):
    """Takes lines, or raises OSError; those that it has taken, it removes from the list."""

    def write(self, lines: list[bytes]) -> None:
        """Take the lines."""

    def close(self) -> None:
        """There are no more."""


class Stdout:
    """Lines on stdout, beside those of the log and of other workers."""

    def __init__(self) -> None:
        with suppress(OSError, AttributeError):  # it is no pipe, or this is not Linux
            fcntl.fcntl(sys.stdout, fcntl.F_SETPIPE_SZ, _PIECE)

    def write(self, lines: list[bytes]) -> None:
        """Write as many lines at once as nobody else's can get between."""
        fd = sys.stdout.fileno()
        while lines:
            count = _fitting(lines, _room(fd))
            _write_all(fd, b"".join(lines[:count]))
            del lines[:count]

    def close(self) -> None:
        """It is not ours to close."""


class Folder:
    """Files of a folder that only this process writes; their names sort by time.

    A file is for one day, in UTC, and has up to `most` bytes and one more write.
    """

    def __init__(self, folder: str, most: int = _BYTES) -> None:
        self._folder, self._most = Path(folder), most
        self._ids = Ids()
        self._path: Path | None = None
        self._fd = self._size = 0
        with suppress(OSError):  # the first write says what is wrong
            self._folder.mkdir(parents=True, exist_ok=True)

    def write(self, lines: list[bytes]) -> None:
        """Write whole lines; what was written of the first that does not fit is taken back."""
        self._open()
        block, written = b"".join(lines), 0
        try:
            while written < len(block):
                written += os.write(self._fd, block[written:])
        except OSError:
            self._take_back(lines, written)
            raise
        self._size += written
        lines.clear()

    def close(self) -> None:
        """End the file, and remove it if nothing is in it."""
        if self._path:
            with suppress(OSError):
                os.close(self._fd)
                if not self._size:
                    self._path.unlink()
            self._path, self._size = None, 0

    def _open(self) -> None:
        day = datetime.now(UTC).date().isoformat()
        if self._path and (
            self._size >= self._most
            or not self._path.name.startswith(day)
            or not os.fstat(self._fd).st_nlink  # somebody has removed it
        ):
            self.close()
        if not self._path:
            path = self._folder / f"{day}-{self._ids.take(1)[0]}{SUFFIX}"
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
            self._path = path

    def _take_back(self, lines: list[bytes], written: int) -> None:
        """Keep the whole lines of so many bytes, and go on in another file."""
        whole = 0
        while lines and whole + len(lines[0]) <= written:
            whole += len(lines.pop(0))
        self._size += whole
        with suppress(OSError):
            os.ftruncate(self._fd, self._size)
        self.close()


class Nowhere:
    """Takes what only a monitor is to have."""

    def write(self, lines: list[bytes]) -> None:
        """Take the lines."""
        lines.clear()

    def close(self) -> None:
        """Nothing is open."""


class Monitored:
    """A sink whose lines, once it has taken them, somebody else is given as well."""

    def __init__(self, sink: Sink, give: Give) -> None:
        self._sink, self._give = sink, give

    def write(self, lines: list[bytes]) -> None:
        """Write, and give what has been written."""
        before = [*lines]
        try:
            self._sink.write(lines)
        finally:
            self._give(before[: len(before) - len(lines)])

    def close(self) -> None:
        """There are no more."""
        self._sink.close()


def sink(where: str, give: Give | None = None) -> Sink | None:
    """That of a setting, which is "off", "stdout" or a folder, with who is given the lines, too."""
    if where == "off":
        return Monitored(Nowhere(), give) if give else None
    own = Stdout() if where == "stdout" else Folder(where)
    return Monitored(own, give) if give else own


def _room(fd: int) -> int:
    """How many bytes a file or a pipe takes in one piece, whoever else writes to it.

    Writes to a file come one after the other, says POSIX. It promises few bytes for a pipe, and
    Linux takes as many as there is room for. It is the number of writes that costs requests time:
    each hands the interpreter to another thread and back.
    """
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return _PIECE
    try:
        waiting = array("i", [0])
        fcntl.ioctl(fd, termios.FIONREAD, waiting)
        return max(_WHOLE, fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ) // 2 - waiting[0])
    except (OSError, AttributeError):  # it is no pipe, or this is not Linux
        return _WHOLE


def _fitting(lines: list[bytes], room: int) -> int:
    """How many lines fit into one write; at least one."""
    size = len(lines[0])
    for count, line in enumerate(lines[1:], start=1):
        size += len(line)
        if size > room:
            return count
    return len(lines)


def _write_all(fd: int, block: bytes) -> None:
    while block:
        block = block[os.write(fd, block) :]
