"""Where and when a measurement was made, and how busy the machine was with other work."""

import os
import platform
import re
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from pydantic import BaseModel

_TICK = os.sysconf("SC_CLK_TCK")


class Machine(BaseModel):
    """A machine and a day."""

    cpu: str
    cores: int
    python: str
    system: str
    day: date

    @classmethod
    def this(cls) -> Self:
        """The machine that this runs on, today."""
        model_name = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.M)
        return cls(
            cpu=model_name[1] if model_name else platform.machine(),
            cores=len(os.sched_getaffinity(0)),
            python=platform.python_version(),
            system=f"{platform.system()} {platform.release().split('-')[0]}",
            day=datetime.now(UTC).date(),
        )


class Others:
    """Measures what other processes, and other machines on the same host, use from now on."""

    def __init__(self) -> None:
        self._before = time.perf_counter(), _busy() - _ours()

    def share(self) -> float:
        """Their share of the cores, 0-1; exact once all our own processes have ended."""
        then, before = self._before
        taken = _busy() - _ours() - before
        return max(0.0, taken / (time.perf_counter() - then) / (os.cpu_count() or 1))


def _busy() -> float:
    """Seconds that all cores were busy, or taken away by the host."""
    words = Path("/proc/stat").read_text().split(maxsplit=9)
    user, nice, system, _, _, irq, softirq, steal = map(int, words[1:9])
    return (user + nice + system + irq + softirq + steal) / _TICK


def _ours() -> float:
    """Seconds of processor time of this process and its ended children."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
