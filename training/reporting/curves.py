"""The cross-validated forecasts as data for `dvc plots`, whose templates are in .dvc/plots."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from service.films.schema import TARGET
from training.common.sample import sample
from training.films.groups import SIZE

Answers = Mapping[str, pd.DataFrame]
Point = dict[str, float]

_DRAWN = 400  # forecasts of a horizon: enough to see their shape, and few enough to commit
_SHARES = np.arange(1, 20) / 20
_BINS = 10
_SPREAD = (0.1, 0.5, 0.9)


def curves(answers: Answers) -> dict[str, str]:
    """Lists of points as JSON, a line each, by file name; the same answers, the same bytes."""
    made: dict[str, Callable[[pd.DataFrame], Iterator[Point]]] = {
        "forecast.json": _forecast,
        "calibration.json": _calibration,
        "residual.json": _residual,
    }
    return {name: _lines(_named(answers, points)) for name, points in made.items()}


def _forecast(films: pd.DataFrame) -> Iterator[Point]:
    """What was forecast of some films, and what they were, drawn with a seed."""
    for film in sample(films, _DRAWN, seed=0)[["model", TARGET]].to_numpy(float):
        yield _rounded(forecast=max(film[0], 1), actual=film[1])


def _calibration(films: pd.DataFrame) -> Iterator[Point]:
    """How often films were below quantiles, which should be as often as the quantiles say."""
    pit = films["pit"].to_numpy()
    for share in _SHARES:
        yield _rounded(promised=share, observed=np.mean(pit <= share))


def _residual(films: pd.DataFrame) -> Iterator[Point]:
    """How many times the forecast films were, in groups of one size and as many films."""
    ratio = films[TARGET] / films["model"].clip(lower=1)
    sized = pd.DataFrame({"size": films[SIZE], "ratio": ratio}).dropna()
    group = (sized["size"].rank(method="first") - 1) * _BINS // len(sized)
    for _, rows in sized.groupby(group):
        low, middle, high = rows["ratio"].quantile(_SPREAD)
        yield _rounded(size=rows["size"].median(), low=low, median=middle, high=high)


def _rounded(**values: float) -> Point:
    return {name: float(f"{value:.4g}") for name, value in values.items()}


def _named(
    answers: Answers, points: Callable[[pd.DataFrame], Iterator[Point]]
) -> Iterator[dict[str, Any]]:
    for horizon, films in answers.items():
        for point in points(films):
            yield {"horizon": horizon, **point}


def _lines(points: Iterable[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(json.dumps(point) for point in points) + "\n]\n"
