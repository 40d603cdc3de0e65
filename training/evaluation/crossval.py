"""Forecasts of films by models that never saw them, beside baselines on the same films."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from service.films.fields import FIELDS, LABELS, known_at
from service.films.schema import TARGET, TITLE, Horizon
from service.model.predictor import Forecast, Predictor
from training.common import params
from training.common.parallel import parallel
from training.common.sample import sample
from training.estimator.films import columns, reaches
from training.estimator.fitting import fit, for_a_part
from training.evaluation.baselines import MOST, baselines, plain_columns
from training.evaluation.distribution import judged
from training.evaluation.metrics import interval_metrics, point_metrics
from training.films.groups import ABOUT

Scores = dict[str, dict[str, float]]


def at_horizon(films: pd.DataFrame, horizon: Horizon) -> pd.DataFrame:
    """The films that reach a horizon, with every field hidden that is known only later."""
    films = films[reaches(films, horizon)].copy()
    for name in set(FIELDS) - set(known_at(horizon)):
        films[name] = None if name in LABELS else np.nan
    return films


def forecasts(predictor: Predictor, films: pd.DataFrame) -> pd.DataFrame:
    """Forecast, low and high, one row for each of the films."""
    answer: Forecast = predictor.predict(columns(films))
    return pd.DataFrame(
        {"model": answer.point, "low": answer.low, "high": answer.high}, index=films.index
    )


def compare(
    predictor: Predictor, train: pd.DataFrame, test: pd.DataFrame, horizon: Horizon
) -> pd.DataFrame:
    """Forecasts of the test films by the model and by baselines fitted on the training films."""
    train, test = at_horizon(train, horizon), at_horizon(test, horizon)
    answers = forecasts(predictor, test).join(judged(predictor, test))
    names = plain_columns(train, horizon)
    some = sample(train, MOST, seed=0)
    for name, baseline in baselines().items():
        fitted = baseline.fit(some[names], some[TARGET])
        answers[name] = fitted.predict(test[names])
    return answers.join(test[[TITLE, *ABOUT, TARGET, "fold"]])


def scores(answers: pd.DataFrame) -> Scores:
    """Metrics of the model and of each baseline on the same films."""
    truth = answers[TARGET].to_numpy()
    table = {
        name: point_metrics(truth, answers[name].to_numpy()) for name in ("model", *baselines())
    }
    table["model"] |= interval_metrics(truth, answers["low"].to_numpy(), answers["high"].to_numpy())
    return {"films": {"count": len(answers)}, **table}


def spread(answers: pd.DataFrame) -> dict[str, dict[str, float]]:
    """The standard deviation over the folds of each metric of `scores`."""
    folds = [scores(group) for _, group in answers.groupby("fold")]
    return {
        name: {
            metric: float(f"{np.std([f[name][metric] for f in folds], ddof=1):.3g}")
            for metric in folds[0][name]
        }
        for name in folds[0]
    }


def cross_validate(
    films: pd.DataFrame, settings: params.Train, horizons: Iterable[Horizon]
) -> dict[Horizon, pd.DataFrame]:
    """Out-of-fold forecasts of all films by models that never saw their titles."""
    folds, horizons = sorted(films["fold"].unique()), [*horizons]
    parts = parallel(
        _out_of_fold, [(films, fold, settings, horizons) for fold in folds], "evaluate: folds"
    )
    return {horizon: pd.concat(part[horizon] for part in parts) for horizon in horizons}


def _out_of_fold(
    films: pd.DataFrame, fold: int, settings: params.Train, horizons: Iterable[Horizon]
) -> dict[Horizon, pd.DataFrame]:
    """Forecasts of the films of a fold by a model of the others."""
    train, test = films[films["fold"] != fold], films[films["fold"] == fold]
    predictor = fit(train, for_a_part(settings)).predictor()
    return {horizon: compare(predictor, train, test, horizon) for horizon in horizons}


def backtest(
    films: pd.DataFrame, settings: params.Train, horizons: Iterable[Horizon]
) -> dict[Horizon, Scores]:
    """Scores on the future of a model that learned from the past, where both have films."""
    past, future = films[films["era"] == "past"], films[films["era"] == "future"]
    if future.empty:
        return {}
    predictor = fit(past, settings).predictor()
    return {
        horizon: scores(compare(predictor, past, future, horizon))
        for horizon in horizons
        if horizon in predictor.manifest.horizons and len(at_horizon(future, horizon)) > 1
    }
