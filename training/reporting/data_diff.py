"""How far the films of one table are from those of another: titles, and the fields one by one."""

from collections.abc import Hashable
from dataclasses import dataclass

import pandas as pd
from scipy.stats import ks_2samp

from service.films.fields import FIELDS, LABELS
from service.films.schema import TARGET, TITLE

# With thousands of films any p-value is small; a distance of a tenth moves a decile of the films.
DRIFTED = 0.1


@dataclass(frozen=True)
class FieldDrift:
    """One field in both tables; a distance is 0 for equal and 1 for disjoint distributions."""

    field: str
    unknown: tuple[float, float]  # share of the films
    typical: tuple[str, str]  # median, or most frequent label
    distance: float | None  # None where one table does not know the field at all

    @property
    def drifted(self) -> bool:
        """Whether it should be looked at: values, or how often they are unknown, have moved."""
        before, now = self.unknown
        moved = self.distance is None and before != now
        return moved or (self.distance or 0) > DRIFTED or abs(now - before) > DRIFTED


@dataclass(frozen=True)
class Titles:
    """How many films there are, and how many titles came, went or say something else now."""

    before: int
    now: int
    added: int
    removed: int
    changed: int


def titles(before: pd.DataFrame, now: pd.DataFrame) -> Titles:
    """Count titles; one is changed when any of its rows differs in a field or in the target."""
    old, new = _by_title(before), _by_title(now)
    shared = old.keys() & new.keys()
    return Titles(
        before=len(before),
        now=len(now),
        added=len(new.keys() - old.keys()),
        removed=len(old.keys() - new.keys()),
        changed=sum(old[title] != new[title] for title in shared),
    )


def fields(before: pd.DataFrame, now: pd.DataFrame) -> list[FieldDrift]:
    """The drift of every field that a request may have, and of the target."""
    shared = [name for name in (*FIELDS, TARGET) if name in before and name in now]
    return [_drift(name, before[name], now[name]) for name in shared]


def _by_title(films: pd.DataFrame) -> dict[Hashable, set[tuple[Hashable, ...]]]:
    columns = [name for name in (TITLE, *FIELDS, TARGET) if name in films]
    rows: dict[Hashable, set[tuple[Hashable, ...]]] = {}
    # NaN is unlike itself, an empty text is not.
    for row in films[columns].astype(object).where(films[columns].notna(), "").to_numpy():
        rows.setdefault(row[0], set()).add(tuple(row[1:]))
    return rows


def _drift(name: str, before: pd.Series, now: pd.Series) -> FieldDrift:
    unknown = (float(before.isna().mean()), float(now.isna().mean()))
    old, new = before.dropna(), now.dropna()
    distance = None
    if len(old) and len(new):
        distance = _variation(old, new) if name in LABELS else _kolmogorov_smirnov(old, new)
    return FieldDrift(name, unknown, (_typical(name, old), _typical(name, new)), distance)


def _kolmogorov_smirnov(before: pd.Series, now: pd.Series) -> float:
    return float(ks_2samp(before, now).statistic)


def _variation(before: pd.Series, now: pd.Series) -> float:
    """Total variation: half the sum of the differences between the shares of the labels."""
    shares = [column.value_counts(normalize=True) for column in (before, now)]
    return float(shares[0].sub(shares[1], fill_value=0).abs().sum() / 2)


def _typical(name: str, known: pd.Series) -> str:
    if known.empty:
        return ""
    return str(known.mode().iloc[0]) if name in LABELS else f"{known.median():,.4g}"
