"""A process with all that it started, and the memory and the processor's time of each."""

import os
from pathlib import Path


def tree(pid: int) -> list[int]:
    """The ids of a process and of all that it started."""
    try:
        children = [
            int(child)
            for listing in Path(f"/proc/{pid}/task").glob("*/children")
            for child in listing.read_text().split()
        ]
    except OSError:
        return []
    return [pid, *(below for child in children for below in tree(child))]


def pss(pid: int) -> int:
    """Memory of a process in bytes; shared memory is divided among the processes that share it."""
    return _memory(pid, "Pss:")


def rss(pid: int) -> int:
    """Memory of a process in bytes; what it shares with others is counted in each."""
    return _memory(pid, "Rss:")


def _memory(pid: int, kind: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(kind)), 0)


def cpu(pid: int) -> float:
    """Seconds that a process has had of a processor, in all its threads."""
    return _seconds(Path(f"/proc/{pid}/stat"))


def cpu_of_main_thread(pid: int) -> float:
    """Seconds that the first thread of a process has had of a processor."""
    return _seconds(Path(f"/proc/{pid}/task/{pid}/stat"))


def _seconds(stat: Path) -> float:
    try:
        after_name = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    user, system = map(int, after_name[11:13])
    return (user + system) / os.sysconf("SC_CLK_TCK")
