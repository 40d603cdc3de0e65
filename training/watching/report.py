"""What was seen, what follows from it in one sentence, and both as JSON and as Markdown."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from service.films.schema import NOUN
from training.common import params
from training.common.numbers import percent, six_digits, some
from training.films.units import UNIT, amount
from training.reporting.markdown import plain, table
from training.watching.promise import Promise
from training.watching.window import Window

QUIET, DRIFT, BROKEN = 0, 1, 2
PLOTS = "watch"  # the folder beside the page


@dataclass(frozen=True)
class Report:
    """A window, the promises of the model that serves, and how the outcomes were joined."""

    model: str
    window: Window
    promises: list[Promise]
    joined: dict[str, int]
    rules: params.Watch

    @property
    def broken(self) -> list[Promise]:
        """The horizons whose intervals do not hold what was promised."""
        return [each for each in self.promises if each.coverage.broken]

    @property
    def code(self) -> int:
        """0, or 1 for drift, or 2 for a broken promise."""
        return BROKEN if self.broken else DRIFT if self.drifted else QUIET

    @property
    def drifted(self) -> list[str]:
        """What differs from training and should not."""
        return self.window.drifted(self.rules.expected)

    def advice(self) -> str:
        """What to do, in one sentence."""
        if self.broken:
            worst = max(self.broken, key=lambda each: each.coverage.wealth)
            said = worst.coverage
            return (
                f"Retrain on what has become known (`make outcomes`, then `make promote`): of "
                f"{some(said.outcomes, NOUN)} forecast {worst.horizon}, {percent(said.inside)} are "
                f"inside their intervals, and {percent(said.promised)} were promised."
            )
        if self.drifted:
            return (
                f"Find out whether {', '.join(self.drifted)} should differ from training: if so, "
                f"learn from such {NOUN}s or name it in watch.expected of params.yaml; if not, "
                "correct what asks."
            )
        if self.window.films < self.rules.min_films:
            return (
                f"Wait, or take a longer window: drift is judged from {self.rules.min_films} "
                f"different {NOUN}s on, and the last {self.rules.days} days have "
                f"{self.window.films}."
            )
        return "There is nothing to do."

    def facts(self) -> dict[str, Any]:
        """The report, for machines; what cannot be told is null."""
        content = {
            "code": self.code,
            "advice": self.advice(),
            "model": self.model,
            "broken": [each.horizon for each in self.broken],
            "drifted": self.drifted,
            "window": asdict(self.window)
            | {
                "start": self.window.start.isoformat(),
                "end": self.window.end.isoformat(),
            },
            "promises": [asdict(each) for each in self.promises],
            "outcomes": self.joined,
            "rules": self.rules.model_dump(),
        }
        plain_content: dict[str, Any] = _finite(content)
        return plain_content

    def markdown(self) -> str:
        """The report, for people."""
        window = self.window
        others = sum(count for name, count in window.models.items() if name != self.model)
        parts = [
            f"# Watch: {('quiet', 'drift', 'broken promise')[self.code]}",
            self.advice(),
            f"{some(window.forecasts, 'forecast')} of "
            f"{some(window.films, f'different {NOUN}')}, from "
            f"{window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M} UTC. Judged is "
            f"`{self.model}`; {others:,} of the forecasts are of other models.",
        ]
        if window.forecasts:
            parts += [self._counts(), "## Fields", self._fields(), _DRIFT.format(r=self.rules)]
            parts += [f"![drift of the fields]({PLOTS}/drift.png)"]
        parts += ["## Promises", *self._promises()]
        parts += [
            "## Outcomes",
            table(["", "count"], [[n, f"{c:,}"] for n, c in self.joined.items()]),
        ]
        return "\n\n".join(parts) + "\n"

    def _counts(self) -> str:
        rows = [
            [horizon, plain(endpoint), f"{count:,}"]
            for horizon, counts in self.window.counts.items()
            for endpoint, count in counts.items()
        ]
        return table(["horizon", "endpoint", "forecasts"], rows, text=2) + (
            f"\n\nOf the {NOUN}s, {percent(self.window.warned)} were answered with a warning."
        )

    def _fields(self) -> str:
        shares = {each.name: each for each in self.window.fields}
        rows = []
        for each in self.window.drift:
            share = shares.get(each.field)
            told = [share.unknown, share.unknown_trained, share.strange] if share else []
            judged = "too few" if math.isnan(each.psi) else "drift" if each.drifted else "no"
            expected = each.drifted and each.field in self.rules.expected
            rows.append(
                [
                    each.field,
                    each.test,
                    "drift, as expected" if expected else judged,
                    *([percent(value) for value in told] or ["", "", ""]),
                    f"{each.films:,}",
                    *("" if math.isnan(v) else f"{v:.3g}" for v in (each.psi, each.p)),
                ]
            )
        header = ["field", "test", "differs", "unknown", "in training", "out of range"]
        return table([*header, f"{NOUN}s", "PSI", "p"], rows, text=3)

    def _promises(self) -> list[str]:
        if not self.promises:
            return [f"No outcome of a {NOUN} that `{self.model}` has forecast is known."]
        return [*map(self._promise, self.promises), f"![coverage]({PLOTS}/coverage.png)"]

    def _promise(self, promise: Promise) -> str:
        said = promise.coverage
        state = f"broken after {said.broken_after} outcomes" if said.broken else "kept so far"
        words = (
            f"**{promise.horizon}**: {state}. Of {some(said.outcomes, NOUN)}, "
            f"{percent(said.inside)} are inside their intervals, {percent(said.promised)} were "
            f"promised; the share lies between {percent(said.low)} and {percent(said.high)}, "
            "whenever one looks."
        )
        if not promise.errors:
            return f"{words}\n\nErrors are told from {self.rules.min_outcomes} {NOUN}s on."
        rows = [
            [name, _text(name, value), _text(name, promise.promised.get(name))]
            for name, value in promise.errors.items()
        ]
        return f"{words}\n\n{table(['', 'measured', 'promised'], rows)}"


_DRIFT = (
    "Drift is a population stability index (PSI) of {r.psi} or more, where it would be by chance "
    "in any field with a probability of at most {r.drift_level}: p is corrected for the number of "
    "fields. Only values that are known are compared."
)


def _text(name: str, value: float | None) -> str:
    if name == "bias":  # of a median none is promised
        return percent(0 if value is None else value, signed=True)
    if value is None:
        return ""
    return f"{value:.3f}" if name == "rmsle" else f"{amount(value)} {UNIT}"


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(name): _finite(value) for name, value in content.items()}
    if isinstance(content, list):
        return [_finite(value) for value in content]
    if isinstance(content, float):
        return six_digits(content) if math.isfinite(content) else None
    return content
