"""The measurements as they are stored in results.json, and the figures computed from them."""

import statistics

from pydantic import BaseModel

from benchmarks.machine import Machine


class Run(BaseModel):
    """One measurement; `checked` answers were compared with the predictor's while it ran.

    `cpu_us` are the microseconds that the server had of a processor for each film.
    """

    films_per_s: float
    p50_ms: float | None
    p99_ms: float | None
    checked: int
    cpu_us: float


class Start(BaseModel):
    """A start: seconds to the first right answer; PSS in MB of a worker and of all, after load."""

    ready_s: float
    worker_mb: float
    all_mb: float


class Results(BaseModel):
    """All rounds of all scenarios; a figure is the median of its rounds."""

    machine: Machine
    others: float  # share of the cores that other work used, 0-1
    model: str
    seconds: int  # of a measurement
    titles: dict[str, str]  # of contenders
    absent: dict[str, str]  # contenders that could not be measured, and why
    scenarios: dict[str, str]  # titles
    runs: dict[str, dict[str, list[Run]]]  # by scenario and contender
    starts: dict[str, list[Start]]  # by contender

    def rate(self, scenario: str, contender: str) -> float | None:
        """Films per second."""
        return _median([run.films_per_s for run in self._runs(scenario, contender)])

    def p99(self, scenario: str, contender: str) -> float | None:
        """Milliseconds within which 99% of the requests were answered."""
        return _median([run.p99_ms for run in self._runs(scenario, contender)])

    def cpu(self, scenario: str, contender: str) -> float | None:
        """Microseconds of a processor for each film."""
        return _median([run.cpu_us for run in self._runs(scenario, contender)])

    def start(self, contender: str, figure: str) -> float | None:
        """A figure of the starts: ready_s, worker_mb or all_mb."""
        return _median([getattr(start, figure) for start in self.starts.get(contender, [])])

    @property
    def checked(self) -> int:
        """How many answers were checked during the measurements."""
        runs = (run for of in self.runs.values() for all_ in of.values() for run in all_)
        return sum(run.checked for run in runs)

    def _runs(self, scenario: str, contender: str) -> list[Run]:
        return self.runs.get(scenario, {}).get(contender, [])


def _median(values: list[float] | list[float | None]) -> float | None:
    figures = [value for value in values if value is not None]
    return statistics.median(figures) if figures else None
