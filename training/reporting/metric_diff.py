"""What a pull request does to the metrics and the parameters, beside those of its base."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from training.reporting.markdown import millions, percent

# Towards which side a metric is better: up, down, or to the coverage that was promised.
BETTER = {
    "mae": -1,
    "median_ae": -1,
    "rmsle": -1,
    "r2": +1,
    "coverage": 0,
    "interval_ratio": -1,
    "negative_forecasts": -1,
}
NAMES = {
    "mae": "MAE, M$",
    "median_ae": "median AE, M$",
    "rmsle": "RMSLE",
    "r2": "R²",
    "coverage": "coverage",
    "interval_ratio": "interval, high / low",
    "negative_forecasts": "negative forecasts",
}
DOLLARS = ("mae", "median_ae")


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
        side = BETTER[self.metric]
        if side == 0:
            return abs(self.now - self.promised) < abs(self.before - self.promised)
        return (self.now - self.before) * side > 0

    def cells(self) -> list[str]:
        """A row: name, before, now with its spread, and what that means in words."""
        spread = f" ± {self.text(self.spread)}" if self.spread else ""
        now = "" if self.now is None else self.text(self.now) + spread
        before = "" if self.before is None else self.text(self.before)
        return [NAMES[self.metric], before, now, self.words()]

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
        if self.metric in DOLLARS:
            return millions(value)
        if self.metric == "coverage":
            return percent(value)
        return f"{value:.3f}" if self.metric in ("r2", "rmsle") else f"{value:,.3g}"


def changes(
    before: Mapping[str, Any], now: Mapping[str, Any], part: str, horizon: str, promised: float
) -> list[Change]:
    """The metrics of the model in one part (cross_validation, test, backtest) of two reports."""
    old, new = (report.get(part, {}).get(horizon, {}).get("model", {}) for report in (before, now))
    spread = now["spread"].get(horizon, {}).get("model", {}) if part == "cross_validation" else {}
    return [
        Change(name, old.get(name), new.get(name), spread.get(name), promised)
        for name in BETTER
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
