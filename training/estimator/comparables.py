"""The table that comparable films come from, and what each field weighs in it."""

import numpy as np
import pandas as pd

from service.films.fields import FIELDS
from service.films.schema import NONE_IF_ABSENT, TARGET, TITLE, Horizon
from service.model.comparables import Table
from service.model.predictor import Predictor
from training.common import params
from training.common.numbers import six_digits
from training.common.sample import sample
from training.estimator.background import known, shown
from training.estimator.films import reaches


def table(predictor: Predictor, films: pd.DataFrame, settings: params.Comparables) -> Table:
    """Films with all of their fields, as many as the settings allow, and weights by horizon."""
    some = sample(films, settings.films, settings.seed)
    return Table(
        weights={
            h: weights(predictor, some, h, settings.seed) for h in predictor.manifest.horizons
        },
        titles=some[TITLE].tolist(),
        target=some[TARGET].astype(float).tolist(),
        fields={name: known(some[name]) for name in FIELDS},
    )


def weights(
    predictor: Predictor, films: pd.DataFrame, horizon: Horizon, seed: int
) -> dict[str, float]:
    """How far a forecast moves on average, in natural logs, if a field is that of another film."""
    used = predictor.manifest.horizons[horizon].fields
    raw = shown(predictor, films[reaches(films, horizon)], used)
    random = np.random.default_rng(seed)
    before = predictor.medians(raw)
    moved = {}
    for name in used:
        column = FIELDS.index(name)
        rows = np.flatnonzero((raw[:, column] >= 0) | (name in NONE_IF_ABSENT))
        others = raw[rows]
        others[:, column] = others[random.permutation(len(rows)), column]
        moved[name] = six_digits(np.abs(predictor.medians(others) - before[rows]).mean())
    return moved
