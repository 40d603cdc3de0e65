"""How good forecasts turned out to be, beside what was promised of the model."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from service.films.schema import HORIZONS, TARGET
from training.common import params
from training.common.numbers import rounded
from training.evaluation.metrics import point_metrics
from training.watching.coverage import Verdict, verdict
from training.watching.reference import Reference

_ERRORS = ("mae", "median_ae", "rmsle")


@dataclass(frozen=True)
class Promise:
    """A horizon: its coverage judged, and its errors where the outcomes are enough.

    `bias` is by how much the target is usually above the forecast, as a share of it.
    """

    horizon: str
    coverage: Verdict
    errors: dict[str, float]
    promised: dict[str, float]


def promises(films: pd.DataFrame, reference: Reference, rules: params.Watch) -> list[Promise]:
    """The horizons of which there is an outcome, from one forecast a film in order of time.

    Whoever accuses several horizons has the chance of a false alarm of all of them.
    """
    parts = reference.predictor.manifest.horizons
    found = [(horizon, films[films["horizon"] == horizon]) for horizon in HORIZONS]
    return [
        Promise(
            horizon=horizon,
            coverage=verdict(
                part[TARGET].between(part["low"], part["high"]).to_numpy(),
                part["coverage"].to_numpy(),
                rules.false_alarms / len(parts),
            ),
            errors=_errors(part) if len(part) >= rules.min_outcomes else {},
            promised={n: v for n, v in reference.promised(horizon).items() if n in _ERRORS},
        )
        for horizon, part in found
        if len(part)
    ]


def _errors(films: pd.DataFrame) -> dict[str, float]:
    truth, forecast = (films[name].to_numpy(float) for name in (TARGET, "forecast"))
    scores = point_metrics(truth, forecast)
    bias = np.exp(np.median(np.log(truth / np.maximum(forecast, 1)))) - 1
    return {**{name: scores[name] for name in _ERRORS}, **rounded(bias=bias)}
