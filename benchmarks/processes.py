"""A process with all that it started, and the memory of each."""

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
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
