"""What grows with the films: seconds and memory of each stage, and the power that they follow."""

from collections.abc import Mapping

import numpy as np
from pydantic import BaseModel

from benchmarks.machine import Machine
from benchmarks.table import number, table

_HEAD = """# The pipeline on more films

`make scale` measures again: each stage of `dvc.yaml` on tables of many times the shipped films. All
are these films, with other titles and with amounts that are scattered. Measured on {cpu},
{cores} cores, {system}, Python {python}, {day}. Other work used {others:.0%} of the cores at the
same time.

Seconds are followed by those of processor time, which other work disturbs less. The last column is
the exponent b of processor time = a * films^b, from {least} on: below 1, it grows more slowly than
the films. Memory is the peak of all processes of a stage, PSS, sampled.
"""
_START = 10  # times the films: below it, starting Python takes longer than the work


class Stage(BaseModel):
    """One run of a stage: how long it took, its processor time, and its memory at the peak."""

    seconds: float
    busy: float
    mb: float


class Growth(BaseModel):
    """Every stage at every size."""

    machine: Machine
    others: float = 0.0  # share of the cores that other work used, 0-1
    films: dict[int, int] = {}  # how many there were, by how many times the shipped ones
    stages: dict[str, dict[int, Stage]] = {}  # by name and times

    def markdown(self) -> str:
        """The figures as a page."""
        head = _HEAD.format(
            **self.machine.model_dump(), others=self.others, least=f"{min(self._large())} x"
        )
        rows = [self._row(name, runs) for name, runs in self.stages.items()]
        rows.append(self._row("all", {times: self.whole(times) for times in self.films}))
        sizes = [f"{times} x, {count:,} films" for times, count in self.films.items()]
        parts = [head, table(["stage", *sizes, "exponent"], rows), self._targets()]
        return "\n".join(part for part in parts if part)

    def whole(self, times: int) -> Stage:
        """All stages one after the other."""
        runs = [of[times] for of in self.stages.values()]
        return Stage(
            seconds=sum(run.seconds for run in runs),
            busy=sum(run.busy for run in runs),
            mb=max(run.mb for run in runs),
        )

    def _targets(self) -> str:
        train = self.stages.get("train", {})
        rows = []
        if {1, 30} <= train.keys():
            slower = train[30].seconds / train[1].seconds
            rows.append(
                ["train, 30 x / 1 x", "≤ 40 x", f"{number(slower)} x", _reached(slower, 40)]
            )
        if 30 in train:
            mb = train[30].mb
            rows.append(["train, 30 x", "≤ 2,000 MB", f"{mb:,.0f} MB", _reached(mb, 2000)])
        if 100 in self.films:
            all_ = self.whole(100).seconds
            rows.append(["all, 100 x", "≤ 600 s", f"{number(all_)} s", _reached(all_, 600)])
        return table(["target", "wanted", "measured", "reached"], rows) if rows else ""

    def _row(self, name: str, runs: Mapping[int, Stage]) -> list[str]:
        figures = [
            f"{number(run.seconds)} s ({number(run.busy)} s), {run.mb:,.0f} MB"
            for run in runs.values()
        ]
        power = self.exponent({times: run.busy for times, run in runs.items()})
        return [name, *figures, "" if power is None else f"{power:.2f}"]

    def exponent(self, seconds: Mapping[int, float]) -> float | None:
        """The slope of the logarithm of seconds over that of films; None of a single size."""
        sizes = self._large()
        if len(sizes) < 2:
            return None
        films = np.log([self.films[times] for times in sizes])
        return float(np.polyfit(films, np.log([seconds[times] for times in sizes]), 1)[0])

    def _large(self) -> list[int]:
        large = [times for times in self.films if times >= _START]
        return large if len(large) > 1 else list(self.films)


def _reached(figure: float, most: float) -> str:
    return "yes" if figure <= most else "**no**"
