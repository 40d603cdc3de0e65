"""What makes a forecast less reliable, in words: implausible is answered, and said."""

import numpy as np
from numpy.typing import NDArray

from service.card import Card
from service.features import fields
from service.schema import FIELDS, HORIZONS, LABELS, UNITS

_BUDGET, _OPENING = FIELDS.index("production_budget"), FIELDS.index("opening_gross")
_POOR = (
    "Neither production_budget nor opening_gross is known: this is little more than the "
    "forecast of a typical film."
)


class Plausibility:
    """The doubts that a model has about films, from the ranges and labels that it has seen."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._low, self._high = np.full(len(FIELDS), -np.inf), np.full(len(FIELDS), np.inf)
        for name, seen in card.ranges.items():
            self._low[FIELDS.index(name)], self._high[FIELDS.index(name)] = seen.low, seen.high
        for name in LABELS:
            self._low[FIELDS.index(name)] = 0
        self._later = np.array([[f not in fields(h) for f in FIELDS] for h in HORIZONS])
        self._used = np.array(
            [
                [h in card.horizons and f in card.horizons[h].fields for f in FIELDS]
                for h in HORIZONS
            ]
        )

    def warnings(self, raw: NDArray[np.float64], opened: NDArray[np.bool_]) -> list[list[str]]:
        """One list of warnings for each of n encoded films, answered post_opening or not."""
        horizon = opened.astype(np.intp)
        known = ~np.isnan(raw)
        odd = ((raw < self._low) | (raw > self._high)) & self._used[horizon]
        ignored = known & self._later[horizon]
        poor = ~(known[:, _BUDGET] | known[:, _OPENING])
        warnings: list[list[str]] = [[] for _ in range(len(raw))]
        for row in np.flatnonzero(poor | odd.any(axis=1) | ignored.any(axis=1)).tolist():
            warnings[row] = [_POOR] * bool(poor[row])
            warnings[row] += _ignored(ignored[row], HORIZONS[horizon[row]])
            columns = np.flatnonzero(odd[row]).tolist()
            warnings[row] += [self._outside(c, float(raw[row, c])) for c in columns]
        return warnings

    def _outside(self, column: int, value: float) -> str:
        name = FIELDS[column]
        if name in LABELS:
            known = ", ".join(self._card.categories[name])
            return f"{name} is none of those seen in training: {known}."
        return (
            f"{name} {value:g} is outside the range seen in training, "
            f"{self._low[column]:g} to {self._high[column]:g} {UNITS[name]}."
        )


def _ignored(ignored: NDArray[np.bool_], horizon: str) -> list[str]:
    names = ", ".join(FIELDS[column] for column in np.flatnonzero(ignored))
    return [f"A {horizon} forecast does not use {names}."] if names else []
