"""What a pull request does to the metrics and the parameters, beside those of its base."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from training.evaluation.metrics import METRICS


@dataclass(frozen=True)
class Change:
    """One metric before and now; None where it does not exist on that side."""

    metric: str
    before: float | None
    now: float | None
    spread: float | None  # standard deviation over the folds, now
    promised: float  # coverage

    @property
    def improved(self) -> bool | None:
        """Whether it is better than before; None where neither is."""
        if self.before is None or self.now is None or self.before == self.now:
            return None
        side = METRICS[self.metric].better
        if side == 0:
            return abs(self.now - self.promised) < abs(self.before - self.promised)
        return (self.now - self.before) * side > 0

    def cells(self) -> list[str]:
        """A row: name, before, now with its spread, and what that means in words."""
        spread = f" ± {self.text(self.spread)}" if self.spread else ""
        now = "" if self.now is None else self.text(self.now) + spread
        before = "" if self.before is None else self.text(self.before)
        return [METRICS[self.metric].title, before, now, self.words()]

    def words(self) -> str:
        """The change with an arrow, and whether it is more than one fold differs from another."""
        if self.before is None or self.now is None:
            return "new" if self.before is None else "gone"
        if self.improved is None:
            return "="
        arrow = "▲" if self.now > self.before else "▼"
        size = self.text(abs(self.now - self.before))
        small = self.spread and abs(self.now - self.before) < self.spread
        return f"{arrow} {size} {'better' if self.improved else 'worse'}" + (
            ", within the spread" if small else ""
        )

    def text(self, value: float) -> str:
        """A value as people read it."""
        return METRICS[self.metric].text(value)


def changes(
    before: Mapping[str, Any], now: Mapping[str, Any], part: str, horizon: str, promised: float
) -> list[Change]:
    """The metrics of the model in one part (cross_validation, test, backtest) of two reports."""
    old, new = (report.get(part, {}).get(horizon, {}).get("model", {}) for report in (before, now))
    spread = now["spread"].get(horizon, {}).get("model", {}) if part == "cross_validation" else {}
    return [
        Change(name, old.get(name), new.get(name), spread.get(name), promised)
        for name in METRICS
        if name in old or name in new
    ]


def parameters(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[list[str]]:
    """A row for each parameter that differs: its dotted name, before and now."""
    old, new = dict(_flat(before)), dict(_flat(now))
    names = [*old, *(name for name in new if name not in old)]
    return [
        [f"`{name}`", old.get(name, ""), new.get(name, "")]
        for name in names
        if old.get(name) != new.get(name)
    ]


def _flat(values: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    else:
        yield name, str(values)
