"""How much a model leans on a field: its values shuffled among films that it never saw."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from service.films.schema import Horizon
from service.model.predictor import Predictor
from training.common.numbers import rounded
from training.evaluation.crossval import at_horizon, forecasts
from training.evaluation.metrics import log_error


def importance(
    predictor: Predictor, films: pd.DataFrame, horizon: Horizon, repeats: int, seed: int
) -> dict[str, dict[str, float]]:
    """What shuffling adds to the mean absolute log error, by field: mean and spread of repeats.

    A field is shuffled whole, as it is asked for, and not one by one what is derived from it.
    """
    shown = at_horizon(films, horizon)
    before = _error(predictor, shown)
    more = {
        name: [_error(predictor, other) - before for other in _shuffles(shown, name, repeats, seed)]
        for name in predictor.manifest.horizons[horizon].fields
    }
    return {n: rounded(mean=np.mean(m), spread=np.std(m, ddof=1)) for n, m in more.items()}


def _shuffles(films: pd.DataFrame, name: str, repeats: int, seed: int) -> Iterable[pd.DataFrame]:
    random = np.random.default_rng(seed)
    for _ in range(repeats):
        yield films.assign(**{name: films[name].to_numpy()[random.permutation(len(films))]})


def _error(predictor: Predictor, films: pd.DataFrame) -> float:
    return float(log_error(films.join(forecasts(predictor, films))).mean())
