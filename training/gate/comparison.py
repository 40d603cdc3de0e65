"""The answers of two models about the same films, which neither of them had seen."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.errors import BoxOfficeError
from service.films.schema import HORIZONS, TARGET, TITLE, Horizon
from training.common import params
from training.common.numbers import six_digits
from training.evaluation.metrics import log_error
from training.films.groups import tiers
from training.films.join import row_key, title_key
from training.gate.bootstrap import Floats, resampled, worsening
from training.gate.verdict import METRICS, Comparison, Coverage, HorizonFinding, Slice

_STANDARD_ERRORS = 3


def compare(
    champion: pd.DataFrame | None,
    candidate: pd.DataFrame,
    promised: float,
    rules: params.Promote,
    edges: Sequence[float],
) -> dict[Horizon, HorizonFinding]:
    """What answers about films unseen say about each horizon that either model has."""
    before, after = ({} if t is None else _by_horizon(t) for t in (champion, candidate))
    findings: dict[Horizon, HorizonFinding] = {}
    for horizon in HORIZONS:
        if horizon in after:
            findings[horizon] = _finding(
                before.get(horizon), after[horizon], promised, rules, edges
            )
        elif horizon in before:
            findings[horizon] = HorizonFinding(status="lost")
    return findings


def _by_horizon(answers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    if not np.isfinite(answers[["model", "low", "high"]].to_numpy(float)).all():
        raise BoxOfficeError("A forecast in the answers is not a number: the model is damaged.")
    return {str(horizon): rows for horizon, rows in answers.groupby("horizon")}


def _finding(
    before: pd.DataFrame | None,
    after: pd.DataFrame,
    promised: float,
    rules: params.Promote,
    edges: Sequence[float],
) -> HorizonFinding:
    covered = coverage(after, promised, rules.coverage_tolerance)
    if before is None:
        return HorizonFinding(status="new", coverage=covered)
    both = paired(before, after)
    return HorizonFinding(
        status="compared",
        coverage=covered,
        slices=slices(both, rules, edges) if len(both) else {},
        new=int(both["new"].sum()),
        left_out=len(after) - len(both),
    )


def paired(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The candidate's answers with the champion's about the same films, where it has some.

    Films that share title and year cannot be told apart, and are left out.
    """
    old, new = (table.set_index(row_key(table)) for table in (before, after))
    old, new = (table[~table.index.duplicated(keep=False)] for table in (old, new))
    champion = old[["model", "new"]].rename(columns={"model": "champion"})
    return new.join(champion, how="inner")


def coverage(answers: pd.DataFrame, promised: float, tolerance: float) -> Coverage:
    """The share of films inside the interval, and how far from the promise it may be.

    That is the tolerance, or 3 standard errors where few films make those larger.
    """
    inside = answers[TARGET].between(answers["low"], answers["high"])
    error = float(np.sqrt(promised * (1 - promised) / len(answers)))
    allowed = max(tolerance, _STANDARD_ERRORS * error)
    return Coverage(
        films=len(answers),
        share=six_digits(inside.mean()),
        low=six_digits(max(0, promised - allowed)),
        high=six_digits(min(1, promised + allowed)),
    )


def slices(both: pd.DataFrame, rules: params.Promote, edges: Sequence[float]) -> dict[str, Slice]:
    """The errors of both models' forecasts, on all films and on each tier with enough of them."""
    errors = _errors(both)
    parts = judged(both, edges, rules.min_films)
    columns = [errors[metric] * rows[:, None] for rows in parts.values() for metric in METRICS]
    titles = title_key(both[TITLE])
    sums = resampled(np.hstack(columns), titles, rules.resamples, rules.seed)
    each = iter(zip(columns, np.hsplit(sums, len(columns)), strict=True))
    compared = {}
    for name, rows in parts.items():
        films = int(rows.sum())
        found = {m: _compared(*next(each), films, rules.confidence) for m in METRICS}
        compared[name] = Slice(films=films, **found)
    return compared


def judged(films: pd.DataFrame, edges: Sequence[float], least: int) -> dict[str, NDArray[np.bool_]]:
    """All films, and those of each tier that has at least so many."""
    tier = tiers(films, edges)
    parts = {str(name): (tier == name).to_numpy(bool) for name in tier.cat.categories}
    enough = {name: rows for name, rows in parts.items() if rows.sum() >= least}
    return {"all": np.ones(len(films), dtype=bool), **enough}


def _errors(both: pd.DataFrame) -> dict[str, Floats]:
    """The errors (n, 2) of champion and candidate, by metric."""
    models = [both.assign(model=both[whose]) for whose in ("champion", "model")]
    absolute = [(answers["model"] - answers[TARGET]).abs() for answers in models]
    logs = [log_error(answers) for answers in models]
    return {"log_error": np.column_stack(logs), "mae": np.column_stack(absolute)}


def _compared(errors: Floats, sums: Floats, films: int, confidence: float) -> Comparison:
    total = errors.sum(axis=0)
    worse = worsening(total, sums, confidence)
    champion, candidate = total / films
    return Comparison(
        champion=six_digits(champion),
        candidate=six_digits(candidate),
        worse=six_digits(worse.share),
        low=six_digits(worse.low),
        high=six_digits(worse.high),
    )
