"""How good forecasts are in each group of films, and which films were missed by most."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_error, root_mean_squared_log_error

from service.films.schema import TARGET, TITLE
from training.common.numbers import rounded
from training.evaluation.metrics import log_error
from training.films.groups import groupings, named

Slice = dict[str, Any]
UNKNOWN = "unknown"


def slices(answers: pd.DataFrame, edges: Sequence[float]) -> dict[str, list[Slice]]:
    """For each grouping its slices in order: name, films, MAE, RMSLE and coverage.

    A grouping that is known of no film is left out.
    """
    groups = groupings(answers, edges)
    known = {name: labels for name, labels in groups.items() if labels.notna().any()}
    return {name: _slices(answers, labels) for name, labels in known.items()}


def _slices(answers: pd.DataFrame, labels: "pd.Series[Any]") -> list[Slice]:
    known = [_slice(str(name), films) for name, films in answers.groupby(labels, observed=True)]
    rest = answers[labels.isna()]
    return [*known, _slice(UNKNOWN, rest)] if len(rest) else known


def _slice(name: str, films: pd.DataFrame) -> Slice:
    truth, forecast = films[TARGET], films["model"]
    return {
        "slice": name,
        **rounded(
            films=len(films),
            mae=mean_absolute_error(truth, forecast),
            rmsle=root_mean_squared_log_error(truth, forecast),
            coverage=truth.between(films["low"], films["high"]).mean(),
        ),
    }


def worst(answers: pd.DataFrame, count: int) -> list[Slice]:
    """The films that were missed by most, by the factor and by the amount, each once."""
    errors = answers.assign(
        factor=np.exp(log_error(answers)),
        error=(answers[TARGET] - answers["model"]).abs(),
    )
    tops = [_top(errors, by, count) for by in ("factor", "error")]
    films = pd.concat(tops)
    return [_worst(film) for film in films[~films.index.duplicated()].to_dict("records")]


def _top(errors: pd.DataFrame, by: str, count: int) -> pd.DataFrame:
    return errors.sort_values([by, TITLE], ascending=[False, True]).head(count)


def _worst(film: dict[Any, Any]) -> Slice:
    names = (TARGET, "model", "low", "high", "factor", "error")
    return {**named(film), **rounded(**{name: film[name] for name in names})}
