"""The films that others are compared with to explain forecasts: few, chosen to stand for all."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.films.fields import LABELS
from service.films.schema import Horizon
from service.model.background import Background
from service.model.predictor import Predictor
from training.common import params
from training.common.sample import sample
from training.estimator.films import columns, reaches

Floats = NDArray[np.float64]

_SWEEPS = 5


def background(predictor: Predictor, films: pd.DataFrame, settings: params.Reasons) -> Background:
    """For each horizon one film of each stratum of the films that reach it, by their forecasts.

    Drawn at random, so few films would explain a forecast otherwise than others do, by some 5 %.
    So those are taken beside which some films, with none of their fields, with one alone and with
    all but one, are forecast on average as they are beside all.
    """
    return Background(
        horizons={
            horizon: _chosen(predictor, films[reaches(films, horizon)], horizon, settings)
            for horizon in predictor.manifest.horizons
        }
    )


def _chosen(
    predictor: Predictor, films: pd.DataFrame, horizon: Horizon, settings: params.Reasons
) -> dict[str, list[float | str | None]]:
    some = sample(films, settings.drawn_from, settings.seed)
    used = predictor.manifest.horizons[horizon].fields
    raw = shown(predictor, some, used)
    random = np.random.default_rng(settings.seed)
    probes = raw[random.permutation(len(raw))[: settings.probes]]
    effects = np.hstack([_effects(predictor, raw, probe) for probe in probes])
    strata = np.array_split(np.argsort(predictor.medians(raw), kind="stable"), settings.background)
    rows = _typical(effects, [rows for rows in strata if len(rows)], random)
    return {name: known(some[name].iloc[rows]) for name in used}


def shown(predictor: Predictor, films: pd.DataFrame, used: list[str]) -> Floats:
    """Films as (n, fields), with these fields alone."""
    return predictor.encode({n: values for n, values in columns(films).items() if n in used})


def known(values: "pd.Series[Any]") -> list[float | str | None]:
    """Values as JSON has them: None where there is none."""
    read: Callable[[Any], float | str] = str if values.name in LABELS else float
    return [None if pd.isna(value) else read(value) for value in values]


def _effects(predictor: Predictor, raw: Floats, probe: Floats) -> Floats:
    """The log forecasts (n, coalitions) of one film that has other fields of n films."""
    given = np.flatnonzero(probe >= 0)
    alone = np.eye(len(given), dtype=bool)
    coalitions = np.unique(np.vstack([np.zeros_like(alone[:1]), alone, ~alone]), axis=0)
    forecasts = []
    for inside in coalitions:
        mixed = np.tile(probe, (len(raw), 1))
        others = given[~inside]
        mixed[:, others] = raw[:, others]
        forecasts.append(predictor.medians(mixed))
    return np.array(forecasts).T


def _typical(
    effects: Floats, strata: list[NDArray[np.intp]], random: np.random.Generator
) -> NDArray[np.intp]:
    """A row of each stratum, so that their mean is close to the mean (coalitions,) of all (n, ).

    One after the other is exchanged for the one of its stratum that brings the mean closest.
    """
    apart = effects - effects.mean(axis=0)
    rows = np.array([random.choice(stratum) for stratum in strata])
    total = apart[rows].sum(axis=0)
    for _ in range(_SWEEPS):
        for place, stratum in enumerate(strata):
            total -= apart[rows[place]]
            rows[place] = stratum[((total + apart[stratum]) ** 2).sum(axis=1).argmin()]
            total += apart[rows[place]]
    return rows
