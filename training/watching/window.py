"""What was asked in a window of time, beside the films of the training."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from service.films.fields import FIELDS, LABELS
from training.common import params
from training.watching.drift import Drift, compare
from training.watching.reference import Reference, share_unknown

FORECAST = "forecast"


@dataclass(frozen=True)
class Field:
    """Of a field the shares of films that do not tell it, and that are strange to the model."""

    name: str
    unknown: float
    unknown_trained: float
    strange: float


@dataclass(frozen=True)
class Window:
    """Forecasts between two times, how many different films those are, and how these differ."""

    start: pd.Timestamp
    end: pd.Timestamp
    forecasts: int
    films: int
    counts: dict[str, dict[str, int]]
    models: dict[str, int]
    warned: float
    fields: list[Field]
    drift: list[Drift]

    def drifted(self, expected: list[str]) -> list[str]:
        """What differs from training and should not."""
        return [each.field for each in self.drift if each.drifted and each.field not in expected]


def window(
    forecasts: pd.DataFrame, now: pd.Timestamp, reference: Reference, rules: params.Watch
) -> Window:
    """The forecasts of the days before now.

    Films that are asked about again, as they were or at another endpoint, count once.
    """
    start = now - pd.Timedelta(days=rules.days)
    asked = forecasts[(forecasts["time"] > start) & (forecasts["time"] <= now)]
    films = asked.drop_duplicates([*FIELDS], keep="last")
    return Window(
        start=start,
        end=now,
        forecasts=len(asked),
        films=len(films),
        counts={
            str(horizon): _count(part["endpoint"]) for horizon, part in asked.groupby("horizon")
        },
        models=_count(asked["model"]),
        warned=float((films["warnings"] > 0).mean()) if len(films) else float("nan"),
        fields=_fields(films, reference) if len(films) else [],
        drift=_drift(films, reference, rules),
    )


def _count(names: "pd.Series[str]") -> dict[str, int]:
    return {str(name): int(count) for name, count in names.value_counts(sort=False).items()}


def _fields(films: pd.DataFrame, reference: Reference) -> list[Field]:
    raw = reference.encode(films)
    shares = share_unknown(raw), share_unknown(reference.films), reference.strange(raw).mean(axis=0)
    at = {name: FIELDS.index(name) for name in reference.fields}
    return [Field(n, *(float(share[place]) for share in shares)) for n, place in at.items()]


def _drift(films: pd.DataFrame, reference: Reference, rules: params.Watch) -> list[Drift]:
    raw = reference.encode(films) if len(films) else np.empty((0, len(FIELDS)))
    pairs = {
        name: (reference.films[:, FIELDS.index(name)], raw[:, FIELDS.index(name)])
        for name in reference.fields
    }
    made = np.log(films[FORECAST].clip(lower=1).to_numpy(float))
    numbers = {name: pair for name, pair in pairs.items() if name not in LABELS}
    labels = {name: pair for name, pair in pairs.items() if name in LABELS}
    return compare({**numbers, FORECAST: (reference.forecasts, made)}, labels, rules)
