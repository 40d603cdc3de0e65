"""What makes a forecast less reliable, in words: implausible is answered, and said."""

import numpy as np
from numpy.typing import NDArray

from service.card import Card
from service.features import fields
from service.schema import FIELDS, LABELS, NUMBERS, UNITS, Horizon

_BUDGET = FIELDS.index("production_budget")
_OPENING = FIELDS.index("opening_gross")


def film_warnings(raw: NDArray[np.float64], horizons: list[Horizon], card: Card) -> list[list[str]]:
    """One list of warnings for each encoded film, in the order of the schema."""
    low, high = _bounds(card)
    odd = (raw < low) | (raw > high) | (raw == -1)
    known = ~np.isnan(raw)
    poor = ~known[:, _BUDGET] & ~known[:, _OPENING]
    warnings: list[list[str]] = [[] for _ in raw]
    for row in np.flatnonzero(poor).tolist():
        warnings[row].append(
            "Neither production_budget nor opening_gross is known: this is little more "
            "than the forecast of a typical film."
        )
    for row, horizon in enumerate(horizons):
        warnings[row] += _ignored(known[row], horizon)
    for row, column in np.argwhere(odd).tolist():
        name = FIELDS[column]
        if name in card.horizons[horizons[row]].fields:
            warnings[row].append(_outside(name, raw[row, column], card))
    return warnings


def _bounds(card: Card) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = np.full(len(FIELDS), -np.inf), np.full(len(FIELDS), np.inf)
    for name, seen in card.ranges.items():
        low[FIELDS.index(name)], high[FIELDS.index(name)] = seen.low, seen.high
    return low, high


def _ignored(known: NDArray[np.bool_], horizon: Horizon) -> list[str]:
    usable = fields(horizon)
    ignored = [n for n, k in zip(FIELDS, known, strict=True) if k and n not in usable]
    return [f"A {horizon} forecast does not use {', '.join(ignored)}."] if ignored else []


def _outside(name: str, value: float, card: Card) -> str:
    if name in LABELS:
        return f"{name} is none of those seen in training: {', '.join(card.categories[name])}."
    assert name in NUMBERS
    seen = card.ranges[name]
    return (
        f"{name} {value:g} is outside the range seen in training, "
        f"{seen.low:g} to {seen.high:g} {UNITS[name]}."
    )
