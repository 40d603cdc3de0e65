"""Does the interval keep its promise, and is it narrower than it would be at a constant width?"""

import numpy as np
import pandas as pd

from service.films.schema import TARGET
from training.common.numbers import rounded
from training.evaluation.metrics import interval_score, log_error

DECILES = 10

Scores = dict[str, dict[str, float]]


def constant_width(answers: pd.DataFrame, coverage: float) -> pd.DataFrame:
    """Forecasts with split-conformal bounds equally far in logs, learned on the other folds."""
    bounds = answers.copy()
    error = log_error(answers)
    for fold, rows in answers.groupby("fold").groups.items():
        margin = _margin(error[answers["fold"] != fold], coverage)
        bounds.loc[rows, "low"] = answers.loc[rows, "model"] * np.exp(-margin)
        bounds.loc[rows, "high"] = answers.loc[rows, "model"] * np.exp(margin)
    return bounds


def _margin(errors: "pd.Series[float]", coverage: float) -> float:
    rank = min(1.0, np.ceil((len(errors) + 1) * coverage) / len(errors))
    return float(np.quantile(errors, rank, method="higher"))


def interval_report(answers: pd.DataFrame, coverage: float) -> Scores:
    """Coverage and mean interval scores of the model's interval and of the constant-width one."""
    model = _interval(answers, coverage)
    constant = _interval(constant_width(answers, coverage), coverage)
    names = ("score_usd", "score_log10")
    better = {name: 1 - model[name] / constant[name] for name in names}
    return {"model": model, "constant_width": constant, "improvement": rounded(**better)}


def _interval(answers: pd.DataFrame, coverage: float) -> dict[str, float]:
    truth, low, high = (answers[n].to_numpy(float) for n in (TARGET, "low", "high"))
    logs = np.log10(np.maximum([truth, low, high], 1))
    return rounded(
        coverage=np.mean((low <= truth) & (truth <= high)),
        score_usd=interval_score(truth, low, high, coverage),
        score_log10=interval_score(logs[0], logs[1], logs[2], coverage),
    )


def by_decile(answers: pd.DataFrame) -> list[dict[str, float]]:
    """For each tenth of the films by forecast: where the truth fell, and which way it was missed.

    `bias_log10` is log10 of the median of actual / forecast, `bias_usd` the mean difference.
    """
    rank = answers["model"].rank(method="first") - 1
    decile = (rank * DECILES // len(answers)).astype(int) + 1
    return [_decile(int(str(name)), films) for name, films in answers.groupby(decile)]


def _decile(decile: int, films: pd.DataFrame) -> dict[str, float]:
    truth, forecast = films[TARGET], films["model"]
    below, above = truth < films["low"], truth > films["high"]
    return rounded(
        decile=decile,
        films=len(films),
        forecast=forecast.median(),
        coverage=1 - (below | above).mean(),
        below_interval=below.mean(),
        below_forecast=(~below & (truth < forecast)).mean(),
        above_forecast=(~above & (truth >= forecast)).mean(),
        above_interval=above.mean(),
        bias_log10=np.log10((truth / forecast.clip(lower=1)).median()),
        bias_usd=(truth - forecast).mean(),
    )
