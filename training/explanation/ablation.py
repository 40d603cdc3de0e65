"""What a field is worth: how much worse a model is that never sees it."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from tqdm import tqdm

from service.films.fields import FIELDS, LABELS
from service.films.schema import TARGET, Horizon
from training.common import params
from training.common.numbers import rounded
from training.estimator.fitting import fit, for_a_part
from training.evaluation.crossval import at_horizon, forecasts
from training.evaluation.metrics import point_metrics

METRICS = ("rmsle", "mae")

Used = Mapping[Horizon, Sequence[str]]
Effects = dict[Horizon, dict[str, dict[str, list[float]]]]


def silence(films: pd.DataFrame, name: str, value: float) -> pd.DataFrame:
    """The films with one field that tells nothing: no label, or the same number for all of them.

    A number is not emptied, because it may decide the horizon, and a model may need it;
    nor is one given to a film that had none.
    """
    if name in LABELS:
        return films.assign(**{name: None})
    return films.assign(**{name: films[name].where(films[name].isna(), value)})


def ablation(
    films: pd.DataFrame,
    answers: pd.DataFrame,
    used: Used,
    settings: params.Train,
    folds: Sequence[int],
) -> Effects:
    """By horizon and field, what silencing it adds to each metric, for each of the folds.

    `answers` are the cross-validated ones, so that both models learned from the same folds and
    forecast the same films.
    """
    effects: Effects = {h: {n: {m: [] for m in METRICS} for n in used[h]} for h in used}
    before = {key: _errors(rows) for key, rows in answers.groupby(["horizon", "fold"])}
    names = [n for n in FIELDS if any(n in of_horizon for of_horizon in used.values())]
    work = [(name, fold) for name in names for fold in folds]
    for name, fold in tqdm(work, desc="explain: fits without a field"):
        horizons = [h for h in used if name in used[h]]
        for h, after in without(films, name, fold, horizons, settings).items():
            for metric, values in effects[h][name].items():
                values.append(rounded(more=after[metric] - before[h, fold][metric])["more"])
    return effects


def without(
    films: pd.DataFrame, name: str, fold: int, horizons: Iterable[Horizon], settings: params.Train
) -> dict[Horizon, dict[str, float]]:
    """Errors on the films of a fold, by horizon, of a model of the other folds without a field."""
    train, test = films[films["fold"] != fold], films[films["fold"] == fold]
    value = 0 if name in LABELS else float(train[name].median())
    predictor = fit(silence(train, name, value), for_a_part(settings)).predictor()
    shown = {h: silence(at_horizon(test, h), name, value) for h in horizons}
    return {h: _errors(part.join(forecasts(predictor, part))) for h, part in shown.items()}


def _errors(answers: pd.DataFrame) -> dict[str, float]:
    truth, forecast = (answers[n].to_numpy(float) for n in (TARGET, "model"))
    return point_metrics(truth, forecast)
