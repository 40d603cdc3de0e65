"""What a start takes: each part by the way that a server is started, and what is wanted of it."""

from collections.abc import Mapping, Sequence
from statistics import median

from pydantic import BaseModel

from benchmarks.machine import Machine
from benchmarks.table import table

ALONE, SUPERVISED = "`python -m service`", "`bentoml serve`, one worker"
FIRST, MEMORY = "first forecast over REST", "memory of all processes, RSS"
MOST = {FIRST: 1.5, MEMORY: 140.0}  # of one process: seconds, and MB
_UNITS = {MEMORY: "MB", "memory of all processes, PSS": "MB"}
_HEAD = """# A start

`python -m benchmarks.start --runs {runs} --write` measures again: medians of {runs} starts each,
in turn, of `{model}`. Measured on {cpu}, {cores} cores, {system}, Python {python}, {day}.
Other work used {others:.0%} of the cores at the same time.

The first rows are parts that are measured alone: Python itself, the modules, the model; of
`bentoml serve` they are those of two processes, one after the other. The rows below are of whole
servers, from the command on, over REST and gRPC.
"""


class Startup(BaseModel):
    """Measured starts: of each way the runs, and of each run the figures by their names."""

    machine: Machine
    model: str
    others: float = 0.0  # share of the cores that other work used, 0-1
    runs: dict[str, list[dict[str, float]]]

    def medians(self, way: str) -> Mapping[str, float]:
        """The median of each figure."""
        runs = self.runs[way]
        return {name: median(run[name] for run in runs) for name in runs[0]}

    def complaints(self) -> Sequence[str]:
        """What one process exceeds of what is wanted."""
        measured = self.medians(ALONE)
        return [
            f"{name}: {_figure(name, measured[name])}, wanted at most {_figure(name, most)}"
            for name, most in MOST.items()
            if measured[name] > most
        ]

    def markdown(self) -> str:
        """The figures as a page."""
        ways = {way: self.medians(way) for way in self.runs}
        count = max(map(len, self.runs.values()))
        facts = self.machine.model_dump()
        head = _HEAD.format(runs=count, model=self.model, others=self.others, **facts)
        rows = [
            [
                name,
                *(_figure(name, each[name]) for each in ways.values()),
                f"≤ {_figure(name, MOST[name])}" if name in MOST else "",
            ]
            for name in next(iter(ways.values()))
        ]
        return f"{head}\n{table(['', *ways, 'wanted of one process'], rows)}"


def _figure(name: str, value: float) -> str:
    return f"{value:.0f} MB" if name in _UNITS else f"{value:.2f} s"
