"""How much memory a process takes at most while something happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20


@dataclass
class Growth:
    """The most that a process has held beyond what it held before, in bytes."""

    size: int = 0


@contextmanager
def growth_of(pid: int) -> Iterator[Growth]:
    """Measure the resident memory of a process during the block, peaks included."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak is what is held now
    before, growth = _peak(pid), Growth()
    yield growth
    growth.size = _peak(pid) - before


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
