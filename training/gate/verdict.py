"""What a comparison of two models found, what follows from it, and how it reads."""

import math
from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from service.films.schema import NOUN, Horizon
from training.common.params import Promote
from training.films.units import UNIT, amount

METRICS = {"log_error": "mean absolute log error", "mae": "MAE"}


class _Finding(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Comparison(_Finding):
    """One mean error of both models (mae: USD), and by what share the candidate's is larger.

    `low` and `high` bound that share, each with the confidence of the rules.
    """

    champion: float
    candidate: float
    worse: float
    low: float
    high: float


class Slice(_Finding):
    """The same films through both models, neither of which had seen them."""

    films: int
    log_error: Comparison
    mae: Comparison


class Coverage(_Finding):
    """The share of unseen films inside the candidate's interval, and the band allowed for it."""

    films: int
    share: float
    low: float
    high: float


class HorizonFinding(_Finding):
    """One horizon; without a champion it is new, without a candidate it is lost.

    The champion itself forecasts the films that are `new` to it; those that it had learned from
    and has no answer about are `left_out`.
    """

    status: Literal["compared", "new", "lost"]
    coverage: Coverage | None = None
    slices: dict[str, Slice] = {}
    new: int = 0
    left_out: int = 0


class SmokeFinding(_Finding):
    """The candidate's forecast of one film in USD, and the band allowed for it."""

    name: str
    horizon: Horizon
    forecast: float
    low: float
    high: float


class Verdict(_Finding):
    """The outcome; `reasons` are what the candidate is rejected for, `notes` what to know."""

    verdict: Literal["promoted", "rejected", "unchanged", "first"]
    candidate: str
    champion: str | None
    rules: Promote
    reasons: list[str] = []
    notes: list[str] = []
    horizons: dict[Horizon, HorizonFinding] = {}
    smoke: list[SmokeFinding] = []

    def markdown(self) -> str:
        """The verdict, its reasons and one table, for people."""
        against = f" against {self.champion}" if self.champion else ""
        rows = [row for h, finding in self.horizons.items() for row in _rows(h, finding)]
        parts = [
            f"# {self.verdict.capitalize()}",
            f"{self.candidate}{against}.",
            _listed(self.reasons),
            "\n".join(_HEAD + rows) if rows else "",
            self._legend() if rows else "",
            _listed(self._checks()),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _legend(self) -> str:
        return (
            "Worse by: less than 0 is better; in brackets at least and at most, each with "
            f"{self.rules.confidence:.0%} confidence. Rejected where the least is above "
            f"{self.rules.max_worse:.1%}, or for all {NOUN}s the most above "
            f"{self.rules.max_worse_overall:.1%}."
        )

    def _checks(self) -> Iterator[str]:
        for horizon, finding in self.horizons.items():
            if finding.status == "new" and self.champion:
                yield f"{horizon}: new, the champion does not have it."
            if finding.coverage:
                yield f"{horizon}: {_covered(finding.coverage)}."
            if finding.new:
                yield f"{horizon}: the champion itself forecasts {_count(finding.new)} new to it."
            if finding.left_out:
                yield (
                    f"{horizon}: {_count(finding.left_out)} not compared, because the champion has "
                    "learned from the title and has no answer that is surely about the film."
                )
        yield from (f"{_smoked(film)}." for film in self.smoke)
        yield from self.notes


_HEAD = [
    f"| horizon | slice | {NOUN}s | log error | worse by | MAE, {UNIT} | worse by |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
]


def reasons(
    horizons: dict[Horizon, HorizonFinding], smoke: list[SmokeFinding], rules: Promote
) -> list[str]:
    """Why the candidate is rejected, one sentence each; empty where nothing speaks against it."""
    against = []
    for horizon, finding in horizons.items():
        if finding.status == "lost":
            against.append(f"{horizon}: the champion has this horizon, the candidate does not.")
        if finding.status == "compared" and not finding.slices:
            against.append(f"{horizon}: there is no {NOUN} on which both could be compared.")
        for name, part in finding.slices.items():
            overall = rules.max_worse_overall if name == "all" else math.inf
            worse = _worse(part, rules.max_worse, overall)
            against += [f"{horizon}, {_films(name)}: {words}" for words in worse]
        if (c := finding.coverage) and not c.low <= c.share <= c.high:
            against.append(f"{horizon}: {_covered(c)}.")
    return against + [f"{_smoked(s)}." for s in smoke if not s.low <= s.forecast <= s.high]


def _films(name: str) -> str:
    return f"all {NOUN}s" if name == "all" else name


def _worse(part: Slice, allowed: float, overall: float) -> Iterator[str]:
    for metric, words in METRICS.items():
        comparison: Comparison = getattr(part, metric)
        if comparison.low > allowed:
            bound, limit = f"surely {comparison.low:.1%}", allowed
        elif comparison.high > overall:
            bound, limit = f"perhaps {comparison.high:.1%}", overall
        else:
            continue
        yield f"{words} {comparison.worse:+.1%}, {bound} worse; {limit:.1%} is allowed."


def _count(films: int) -> str:
    return f"{films:,} {NOUN}{'' if films == 1 else 's'}"


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _rows(horizon: str, finding: HorizonFinding) -> Iterator[str]:
    for name, part in finding.slices.items():
        log, mae = part.log_error, part.mae
        yield (
            f"| {horizon} | {_films(name)} | {part.films} "
            f"| {log.champion:.3f} → {log.candidate:.3f} | {_bounds(log)} "
            f"| {amount(mae.champion)} → {amount(mae.candidate)} | {_bounds(mae)} |"
        )


def _bounds(comparison: Comparison) -> str:
    return f"{comparison.worse:+.1%} ({comparison.low:+.1%}, {comparison.high:+.1%})"


def _covered(coverage: Coverage) -> str:
    return (
        f"{coverage.share:.1%} of {coverage.films} {NOUN}s are inside the interval; "
        f"{coverage.low:.1%} to {coverage.high:.1%} is allowed"
    )


def _smoked(smoke: SmokeFinding) -> str:
    return (
        f"{smoke.name} ({smoke.horizon}): {amount(smoke.forecast)} {UNIT}; "
        f"{amount(smoke.low)} to {amount(smoke.high)} is allowed"
    )
