"""One trial of the search: which hyper-parameters there are to try, and how good some are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import loguniform, randint, uniform
from sklearn.base import clone
from sklearn.model_selection import ParameterSampler
from threadpoolctl import threadpool_limits

from service.films.schema import TARGET, TITLE, Horizon
from service.model.encoding import Encoder, Features
from training.common import params
from training.estimator.blend import Floats, HorizonRegressor, Matrix
from training.estimator.films import columns, reaches
from training.estimator.fitting import fit, learnable
from training.estimator.interval import Titles, title_folds
from training.evaluation.metrics import point_metrics

# By their names below `train` in params.yaml; uniform takes the lowest value and the width. The
# numbers of trees and of components end where more would slow a forecast and hardly sharpen it.
SPACE = {
    "trees_weight": uniform(0.2, 0.6),
    "trees.max_iter": randint(30, 121),
    "trees.learning_rate": loguniform(0.05, 0.3),
    "trees.max_leaf_nodes": randint(4, 17),
    "trees.min_samples_leaf": randint(5, 61),
    "trees.l2_regularization": loguniform(0.1, 30),
    "trees.max_features": uniform(0.3, 0.7),
    "smooth.gamma": loguniform(0.003, 0.3),
    "smooth.n_components": randint(64, 161),
    "smooth.C": loguniform(0.1, 30),
    "smooth.epsilon": uniform(0.01, 0.4),
}
METRICS = ("rmsle", "mae")
SPLITS = 2

Values = dict[str, int | float]


def candidates(settings: params.Train, count: int, seed: int) -> list[Values]:
    """The current values, then `count` others, rounded as params.yaml will hold them."""
    drawn = ParameterSampler(SPACE, count, random_state=seed)
    others = [{name: _rounded(values[name]) for name in SPACE} for values in drawn]
    return [current(settings), *others]


def _rounded(value: np.generic | float) -> int | float:
    short = float(f"{value:.3g}")
    return int(short) if isinstance(value, int | np.integer) else short


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
    """The films of one horizon: an estimator not yet fitted, matrix, target and titles."""

    regressor: HorizonRegressor
    X: Matrix
    target: Floats
    titles: Titles

    def unseen(self, settings: params.Train, seed: int) -> Floats:
        """Forecasts (n,), each by an estimator that never saw the title."""
        regressor = clone(self.regressor).set_params(
            trees=settings.trees.model_dump(),
            smooth=settings.smooth.model_dump(),
            trees_weight=settings.trees_weight,
        )
        answers = np.empty(len(self.target))
        for learn, check in title_folds(self.titles, settings.folds, seed):
            regressor.fit_point(self.X[learn], np.log(self.target[learn]))
            answers[check] = regressor.predict(self.X[check])
        return answers


def tasks(films: pd.DataFrame, settings: params.Train) -> dict[Horizon, Task]:
    """What to forecast, for each horizon that the films allow; the held-out films are left out."""
    films = learnable(films)
    with threadpool_limits(1):
        estimator = fit(films, settings)
    by_horizon = {}
    for horizon, regressor in estimator.horizons_.items():
        rows = films[reaches(films, horizon)]
        raw = Encoder(estimator.categories_).encode(columns(rows))
        by_horizon[horizon] = Task(
            clone(regressor),
            Features(regressor.fields, estimator.categories_).matrix(raw),
            rows[TARGET].to_numpy(np.float64),
            rows[TITLE].to_numpy(object),
        )
    return by_horizon


def measure(number: int, tasks: dict[Horizon, Task], settings: params.Train) -> dict[str, float]:
    """RMSLE and MAE of each horizon, the means over different splits; `number` names the trial."""
    scores: dict[str, float] = {"trial": number}
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
