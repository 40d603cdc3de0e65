"""What was measured, as it is kept in results.json, and the figures that follow from it."""

import os
import platform
import re
import statistics
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from pydantic import BaseModel


class Machine(BaseModel):
    """Where and when it was measured."""

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


class Run(BaseModel):
    """One measurement; `checked` answers were compared with the predictor's while it ran."""

    films_per_s: float
    p50_ms: float | None
    p99_ms: float | None
    checked: int


class Start(BaseModel):
    """One start: seconds to the first right answer; PSS in MB after load, a worker and all."""

    ready_s: float
    worker_mb: float
    all_mb: float


class Results(BaseModel):
    """All rounds of all scenarios; a figure is the median of its rounds."""

    machine: Machine
    model: str
    seconds: int  # of a measurement
    titles: dict[str, str]  # of contenders
    absent: dict[str, str]  # contenders that could not be measured, and why
    scenarios: dict[str, str]  # titles
    runs: dict[str, dict[str, list[Run]]]  # by scenario and contender
    starts: dict[str, list[Start]]  # by contender

    def rate(self, scenario: str, contender: str) -> float | None:
        """Films a second."""
        return _median([run.films_per_s for run in self._runs(scenario, contender)])

    def p99(self, scenario: str, contender: str) -> float | None:
        """Milliseconds within which 99% of the requests were answered."""
        return _median([run.p99_ms for run in self._runs(scenario, contender)])

    def start(self, contender: str, figure: str) -> float | None:
        """A figure of the starts: ready_s, worker_mb or all_mb."""
        return _median([getattr(start, figure) for start in self.starts.get(contender, [])])

    @property
    def checked(self) -> int:
        """How many answers were compared while others were measured."""
        runs = (run for of in self.runs.values() for all_ in of.values() for run in all_)
        return sum(run.checked for run in runs)

    def _runs(self, scenario: str, contender: str) -> list[Run]:
        return self.runs.get(scenario, {}).get(contender, [])


def _median(values: list[float] | list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
