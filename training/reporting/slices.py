"""Films in groups that matter to those who ask: budget tier, decade, genre; and the worst ones."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_error, root_mean_squared_log_error

from training.evaluation.metrics import log_error, rounded

Slice = dict[str, Any]
UNKNOWN = "unknown"


def slices(answers: pd.DataFrame, edges: Sequence[float]) -> dict[str, list[Slice]]:
    """For each grouping its slices in order: name, films, MAE in USD, RMSLE and coverage.

    A grouping that is known of no film is left out.
    """
    decade = answers["title_year"] // 10 * 10
    groupings = {
        "budget": budget_tiers(answers["production_budget"], edges),
        "decade": decade.map("{:.0f}s".format, na_action="ignore"),
        "genre": answers["genre"],
    }
    known = {name: labels for name, labels in groupings.items() if labels.notna().any()}
    return {name: _slices(answers, labels) for name, labels in known.items()}


def budget_tiers(budgets: "pd.Series[float]", edges: Sequence[float]) -> "pd.Series[str]":
    """The tier of each budget in USD; a budget on an edge is in the tier above it."""
    names = [f"under {_short(edges[0])}"]
    names += [f"{_short(a)} to {_short(b)}" for a, b in pairwise(edges)]
    names += [f"{_short(edges[-1])} and more"]
    return pd.cut(budgets, [-np.inf, *edges, np.inf], right=False, labels=names)


def _short(usd: float) -> str:
    return f"{usd / 1e6:g} M$"


def _slices(answers: pd.DataFrame, labels: "pd.Series[Any]") -> list[Slice]:
    known = [_slice(str(name), films) for name, films in answers.groupby(labels, observed=True)]
    rest = answers[labels.isna()]
    return [*known, _slice(UNKNOWN, rest)] if len(rest) else known


def _slice(name: str, films: pd.DataFrame) -> Slice:
    truth, forecast = films["worldwide_gross"], films["model"]
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
    """The films that were missed by most, by the factor and by the dollars, each once."""
    errors = answers.assign(
        factor=np.exp(log_error(answers)),
        error=(answers["worldwide_gross"] - answers["model"]).abs(),
    )
    tops = [_top(errors, by, count) for by in ("factor", "error")]
    films = pd.concat(tops)
    return [_worst(film) for film in films[~films.index.duplicated()].to_dict("records")]


def _top(errors: pd.DataFrame, by: str, count: int) -> pd.DataFrame:
    return errors.sort_values([by, "movie_title"], ascending=[False, True]).head(count)


def _worst(film: dict[Any, Any]) -> Slice:
    names = ("worldwide_gross", "model", "low", "high", "factor", "error")
    year = film["title_year"]
    return {
        "title": film["movie_title"],
        "year": None if np.isnan(year) else int(year),
        **rounded(**{name: film[name] for name in names}),
    }
