"""Where and when it was measured, and how much of the machine others took meanwhile."""

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
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.M)
        return cls(
            cpu=found[1] if found else platform.machine(),
            cores=len(os.sched_getaffinity(0)),
            python=platform.python_version(),
            system=f"{platform.system()} {platform.release().split('-')[0]}",
            day=datetime.now(UTC).date(),
        )


class Others:
    """What other processes, and other machines on the same host, take from now on."""

    def __init__(self) -> None:
        self._before = time.perf_counter(), _busy() - _ours()

    def share(self) -> float:
        """Share of the cores, 0-1; right once all that we started has ended."""
        then, before = self._before
        taken = _busy() - _ours() - before
        return max(0.0, taken / (time.perf_counter() - then) / (os.cpu_count() or 1))


def _busy() -> float:
    """Seconds that all cores have worked, or were kept from it by the host."""
    words = Path("/proc/stat").read_text().split(maxsplit=9)
    user, nice, system, _, _, irq, softirq, steal = map(int, words[1:9])
    return (user + nice + system + irq + softirq + steal) / _TICK


def _ours() -> float:
    """Seconds that this process and those that it has waited for have worked."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
