"""Two models on the same held-out films, and one of them on films that anyone can judge."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.errors import BoxOfficeError, InvalidFilm
from service.films.fields import reached
from service.films.schema import HORIZONS, TARGET, TITLE, Horizon
from service.model.encoding import Columns
from service.model.predictor import Predictor
from service.validation import columns, film_from_dict
from training.common import params
from training.common.numbers import six_digits
from training.evaluation.crossval import at_horizon, forecasts
from training.evaluation.metrics import log_error
from training.films.groups import tiers
from training.films.join import title_key
from training.gate.bootstrap import Floats, draws, worsening
from training.gate.verdict import METRICS, Comparison, Coverage, HorizonFinding, Slice, SmokeFinding

_STANDARD_ERRORS = 3


def compare(
    champion: Predictor | None,
    candidate: Predictor,
    films: pd.DataFrame,
    rules: params.Promote,
    edges: Sequence[float],
) -> dict[Horizon, HorizonFinding]:
    """What the held-out films say about each horizon that either model has."""
    findings: dict[Horizon, HorizonFinding] = {}
    for horizon in HORIZONS:
        new = horizon in candidate.manifest.horizons
        old = champion is not None and horizon in champion.manifest.horizons
        if old and not new:
            findings[horizon] = HorizonFinding(status="lost")
        elif new:
            shown = at_horizon(films, horizon)
            findings[horizon] = _finding(champion if old else None, candidate, shown, rules, edges)
    return findings


def _finding(
    champion: Predictor | None,
    candidate: Predictor,
    films: pd.DataFrame,
    rules: params.Promote,
    edges: Sequence[float],
) -> HorizonFinding:
    if films.empty:
        return HorizonFinding(status="compared" if champion else "new")
    after = _forecasts(candidate, films)
    covered = coverage(films, after, candidate.manifest.coverage, rules.coverage_tolerance)
    if champion is None:
        return HorizonFinding(status="new", coverage=covered)
    compared = slices(films, _forecasts(champion, films), after, rules, edges)
    return HorizonFinding(status="compared", coverage=covered, slices=compared)


def _forecasts(predictor: Predictor, films: pd.DataFrame) -> pd.DataFrame:
    answers = forecasts(predictor, films)
    if not np.isfinite(answers.to_numpy()).all():
        raise BoxOfficeError("A forecast of a held-out film is not a number: the model is damaged.")
    return answers


def coverage(
    films: pd.DataFrame, answers: pd.DataFrame, promised: float, tolerance: float
) -> Coverage:
    """The share of films inside the interval, and how far from the promise it may be.

    That is the tolerance, or 3 standard errors where few films make those larger.
    """
    inside = films[TARGET].between(answers["low"], answers["high"])
    error = float(np.sqrt(promised * (1 - promised) / len(films)))
    allowed = max(tolerance, _STANDARD_ERRORS * error)
    return Coverage(
        films=len(films),
        share=six_digits(inside.mean()),
        low=six_digits(max(0, promised - allowed)),
        high=six_digits(min(1, promised + allowed)),
    )


def slices(
    films: pd.DataFrame,
    before: pd.DataFrame,
    after: pd.DataFrame,
    rules: params.Promote,
    edges: Sequence[float],
) -> dict[str, Slice]:
    """The errors of both models' forecasts, on all films and on each tier with enough of them."""
    drawn = draws(title_key(films[TITLE]), rules.resamples, rules.seed)
    old, new = _errors(films, before), _errors(films, after)
    compared = {}
    for name, rows in judged(films, edges, rules.min_films).items():
        parts = {m: _compared(old[m], new[m], drawn, rows, rules.confidence) for m in METRICS}
        compared[name] = Slice(films=int(rows.sum()), **parts)
    return compared


def judged(films: pd.DataFrame, edges: Sequence[float], least: int) -> dict[str, NDArray[np.bool_]]:
    """All films, and those of each tier that has at least so many."""
    tier = tiers(films, edges)
    parts = {str(name): (tier == name).to_numpy(bool) for name in tier.cat.categories}
    enough = {name: rows for name, rows in parts.items() if rows.sum() >= least}
    return {"all": np.ones(len(films), dtype=bool), **enough}


def _errors(films: pd.DataFrame, answers: pd.DataFrame) -> dict[str, Floats]:
    answers = answers.assign(**{TARGET: films[TARGET]})
    absolute = (answers["model"] - answers[TARGET]).abs()
    return {"log_error": log_error(answers).to_numpy(), "mae": absolute.to_numpy(np.float64)}


def _compared(
    old: Floats, new: Floats, drawn: Floats, rows: NDArray[np.bool_], confidence: float
) -> Comparison:
    worse = worsening(old[rows], new[rows], drawn[:, rows], confidence)
    return Comparison(
        champion=six_digits(old[rows].mean()),
        candidate=six_digits(new[rows].mean()),
        worse=six_digits(worse.share),
        low=six_digits(worse.low),
        high=six_digits(worse.high),
    )


def smoke(candidate: Predictor, films: list[params.Smoke]) -> list[SmokeFinding]:
    """Forecasts of the smoke films; one of a later horizon needs a model that has it.

    Raises BoxOfficeError naming the film that the API would refuse.
    """
    findings = []
    for film in films:
        if reached(film.film) not in candidate.manifest.horizons:
            continue
        answer = candidate.predict(_columns(film))
        findings.append(
            SmokeFinding(
                name=film.name,
                horizon=answer.horizon[0],
                forecast=float(answer.point[0]),
                low=film.low,
                high=film.high,
            )
        )
    return findings


def _columns(film: params.Smoke) -> Columns:
    try:
        return columns([film_from_dict(film.film)])
    except InvalidFilm as error:
        raise BoxOfficeError(f"promote.smoke: {film.name}: {error}") from error
