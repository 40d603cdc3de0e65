"""What a field is worth: how much worse a model is that never sees it."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from service.films.fields import FIELDS, LABELS
from service.films.schema import TARGET, Horizon
from training.common import params
from training.common.numbers import rounded
from training.common.parallel import parallel
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
    films: pd.DataFrame, used: Used, settings: params.Train, folds: Sequence[int]
) -> Effects:
    """By horizon and field, what silencing it adds to each metric, for each of the folds.

    A horizon that too few films reach for a model has no values.
    """
    names = [n for n in FIELDS if any(n in of_horizon for of_horizon in used.values())]
    work = [(n, fold) for n in (None, *names) for fold in folds]
    calls = [(films, *each, [*used], settings) for each in work]
    errors = dict(zip(work, parallel(without, calls, "explain: fits"), strict=True))

    def more(horizon: Horizon, name: str, metric: str) -> list[float]:
        pairs = [(errors[name, fold], errors[None, fold]) for fold in folds]
        return [
            rounded(more=after[horizon][metric] - before[horizon][metric])["more"]
            for after, before in pairs
            if horizon in after and horizon in before
        ]

    return {h: {n: {m: more(h, n, m) for m in METRICS} for n in used[h]} for h in used}


def without(
    films: pd.DataFrame,
    name: str | None,
    fold: int,
    horizons: Iterable[Horizon],
    settings: params.Train,
) -> dict[Horizon, dict[str, float]]:
    """Errors on the films of a fold, by horizon, of a model of the other folds without a field.

    None is without none.
    """
    train, test = films[films["fold"] != fold], films[films["fold"] == fold]
    shown = {h: at_horizon(test, h) for h in horizons}
    if name:
        value = 0 if name in LABELS else float(train[name].median())
        train, *silent = (silence(t, name, value) for t in (train, *shown.values()))
        shown = dict(zip(shown, silent, strict=True))
    predictor = fit(train, for_a_part(settings)).predictor()
    return {
        h: _errors(part.join(forecasts(predictor, part)))
        for h, part in shown.items()
        if h in predictor.manifest.horizons and len(part) > 1
    }


def _errors(answers: pd.DataFrame) -> dict[str, float]:
    truth, forecast = (answers[n].to_numpy(float) for n in (TARGET, "model"))
    return point_metrics(truth, forecast)
