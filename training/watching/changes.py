"""Films of a journal through two models: what changes from the one to the other."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.films.fields import FIELDS
from service.films.schema import TITLE
from service.model.doubts import KINDS, kind
from service.model.predictor import Forecast, Predictor
from training.common import params
from training.common.numbers import six_digits
from training.watching.reference import columns
from training.watching.replayed import Change, Film, Replayed, Said, Warned

Floats = NDArray[np.float64]
Model = tuple[str, Predictor]  # with its tag

_LEVELS = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
_SHOWN = 10
_ALIKE = 0.01  # in logs: the last digits depend on the processor


def different(forecasts: pd.DataFrame, most: int) -> pd.DataFrame:
    """The films that were asked about last, each once, in the order of time."""
    return forecasts.drop_duplicates([*FIELDS], keep="last").tail(most).reset_index(drop=True)


def replay(
    films: pd.DataFrame, champion: Model, candidate: Model, rules: params.Replay
) -> Replayed:
    """Both models' answers about films of a journal.

    What the champion has answered is what the journal says that it has, where it was the one:
    this code may make another answer of the same model.
    """
    found = Replayed(champion=champion[0], candidate=candidate[0], films=len(films))
    if films.empty:
        return found
    again, now = (model.predict(columns(films)) for _, model in (champion, candidate))
    mine = (films["model"] == champion[0]).to_numpy(bool)
    before = _remembered(films, again, mine, champion[1].manifest.coverage)
    moved = np.abs(_logs(again.point) - _logs(before.point)) > _ALIKE
    change = _logs(now.point) - _logs(before.point)
    horizons = _named(before.horizon, now.horizon)
    groups = {name: np.array(horizons) == name for name in dict.fromkeys(horizons)}
    kinds = [[set(map(kind, each)) for each in said.warnings] for said in (before, now)]
    changes = {
        "remembered": int(mine.sum()),
        "otherwise": int(moved.sum()),
        "all": _change(change, before, now, np.ones(len(films), bool), rules),
        "horizons": {n: _change(change, before, now, rows, rules) for n, rows in groups.items()},
        "warnings": _warnings(*kinds),
        "warned": sum(bool(new - old) for old, new in zip(*kinds, strict=True)),
        "most_changed": [
            Film(fields=_fields(films, row), champion=_said(before, row), candidate=_said(now, row))
            for row in np.argsort(-np.abs(change), kind="stable")[:_SHOWN].tolist()
            if abs(change[row]) > _ALIKE
        ],
    }
    return found.model_copy(update=changes)


def _remembered(
    films: pd.DataFrame, again: Forecast, mine: NDArray[np.bool_], coverage: float
) -> Forecast:
    """The champion's answers, those in the journal where it has them, with its own coverage."""
    amounts = again.amounts.copy()
    amounts[0] = np.where(mine, films["forecast"], amounts[0])
    promised = mine & np.isclose(films["coverage"], coverage)
    for place, name in ((1, "low"), (2, "high")):
        amounts[place] = np.where(promised, films[name], amounts[place])
    return again._replace(amounts=amounts)


def _change(
    change: Floats,
    before: Forecast,
    now: Forecast,
    films: NDArray[np.bool_],
    rules: params.Replay,
) -> Change:
    ratios = np.exp(np.quantile(change[films], _LEVELS))
    widths = (float(np.median(_width(said)[films])) for said in (before, now))
    champion, candidate = map(six_digits, widths)
    return Change(
        films=int(films.sum()),
        changed=int((np.abs(change[films]) > np.log(rules.factor)).sum()),
        quantiles={f"{q:g}": six_digits(r) for q, r in zip(_LEVELS, ratios, strict=True)},
        champion=champion,
        candidate=candidate,
    )


def _logs(amounts: Floats) -> Floats:
    logs: Floats = np.log(np.maximum(amounts, 1))
    return logs


def _width(said: Forecast) -> Floats:
    return _logs(said.high) - _logs(said.low)


def _named(before: Sequence[str], now: Sequence[str]) -> list[str]:
    """The horizon of each film; of one that changes it, both."""
    return [a if a == b else f"{a} → {b}" for a, b in zip(before, now, strict=True)]


def _warnings(before: list[set[str]], now: list[set[str]]) -> dict[str, Warned]:
    pairs = list(zip(before, now, strict=True))
    old, new = (Counter(kind for each in side for kind in each) for side in (before, now))
    come = Counter(kind for a, b in pairs for kind in b - a)
    gone = Counter(kind for a, b in pairs for kind in a - b)
    return {
        each: Warned(champion=old[each], candidate=new[each], new=come[each], gone=gone[each])
        for each in KINDS
        if old[each] or new[each]
    }


def _fields(films: pd.DataFrame, row: int) -> dict[str, float | str]:
    told = {name: films[name].iloc[row] for name in (TITLE, *FIELDS)}
    return {n: v if isinstance(v, str) else float(v) for n, v in told.items() if pd.notna(v)}


def _said(said: Forecast, row: int) -> Said:
    return Said(
        forecast=float(said.point[row]),
        low=float(said.low[row]),
        high=float(said.high[row]),
        horizon=said.horizon[row],
        warnings=said.warnings[row],
    )
