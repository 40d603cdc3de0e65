"""One trial of the search: which hyper-parameters there are to try, and how good some are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from optuna.distributions import FloatDistribution, IntDistribution
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from service.films.features import log_unit
from service.films.schema import TARGET, TITLE, Horizon
from service.model.encoding import Encoder
from training.common import params
from training.estimator.blend import Floats
from training.estimator.examples import Titles
from training.estimator.films import columns, reaches
from training.estimator.fitting import fit, learnable
from training.estimator.horizon import HorizonRegressor
from training.evaluation.metrics import point_metrics

# By their names below `train` in params.yaml. The numbers of trees and of components end where more
# would slow a forecast and hardly sharpen it.
SPACE: dict[str, FloatDistribution | IntDistribution] = {
    "size_weight": FloatDistribution(0, 0.6),
    "trees_weight": FloatDistribution(0.2, 0.8),
    "trees.max_iter": IntDistribution(20, 60),
    "trees.learning_rate": FloatDistribution(0.05, 0.3, log=True),
    "trees.max_leaf_nodes": IntDistribution(4, 16),
    "trees.min_samples_leaf": IntDistribution(5, 60),
    "trees.l2_regularization": FloatDistribution(0.1, 30, log=True),
    "trees.max_features": FloatDistribution(0.3, 1),
    "smooth.gamma": FloatDistribution(0.003, 0.3, log=True),
    "smooth.n_components": IntDistribution(64, 160),
    "smooth.C": FloatDistribution(0.1, 30, log=True),
    "smooth.epsilon": FloatDistribution(0.01, 0.41),
}
_TUNED = sorted({name.split(".")[0] for name in SPACE})
METRICS = ("rmsle", "mae")
SPLITS = 2

Values = dict[str, int | float]


def rounded(value: float) -> int | float:
    """A value with three digits, as params.yaml will hold it."""
    return value if isinstance(value, int) else float(f"{value:.3g}")


def current(settings: params.Train) -> Values:
    """The values of `settings` at the names of SPACE."""
    (row,) = pd.json_normalize(settings.model_dump()).to_dict("records")
    return {name: row[name] for name in SPACE}


def changed(settings: params.Train, values: Values) -> params.Train:
    """The settings with other values at the names of SPACE."""
    raw = settings.model_dump()
    for name, value in values.items():
        *sections, key = name.split(".")
        section: dict[str, Any] = raw
        for part in sections:
            section = section[part]
        section[key] = value
    return params.Train.model_validate(raw)


@dataclass(frozen=True)
class Task:
    """The encoded films (n, fields) of one horizon, and an estimator not yet fitted."""

    regressor: HorizonRegressor
    raw: Floats
    target: Floats
    titles: Titles

    def unseen(self, settings: params.Train, seed: int) -> Floats:
        """Forecasts (n,), each by an estimator that never saw the title."""
        values = settings.model_dump()
        regressor = clone(self.regressor)
        regressor.set_params(**{name: values[name] for name in _TUNED})
        films = regressor.examples(self.raw, self.target, self.titles)
        logs = regressor.unseen(films, seed)[films.whole]
        return np.asarray(np.exp(logs + log_unit(self.raw)))


def tasks(films: pd.DataFrame, settings: params.Train) -> dict[Horizon, Task]:
    """What to forecast, for each horizon that the films allow; the held-out films are left out."""
    films = learnable(films)
    with threadpool_limits(1):
        estimator = fit(films, settings)
    by_horizon = {}
    for horizon, regressor in estimator.horizons_.items():
        rows = films[reaches(films, horizon)]
        by_horizon[horizon] = Task(
            clone(regressor),
            Encoder(estimator.categories_).encode(columns(rows)),
            rows[TARGET].to_numpy(np.float64),
            rows[TITLE].to_numpy(object),
        )
    return by_horizon


def measure(tasks: dict[Horizon, Task], settings: params.Train) -> dict[str, float]:
    """RMSLE and MAE of each horizon, the means over different splits."""
    scores: dict[str, float] = {}
    # One thread each: as many trials run at once as there are cores, and sums keep their order.
    with threadpool_limits(1):
        for horizon, task in tasks.items():
            splits = [
                point_metrics(task.target, task.unseen(settings, settings.seed + split))
                for split in range(SPLITS)
            ]
            for metric in METRICS:
                scores[f"{horizon}.{metric}"] = float(np.mean([s[metric] for s in splits]))
    return scores
