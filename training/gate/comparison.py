"""Two models on the same held-out films, and one of them on films that anyone can judge."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from service.errors import BoxOfficeError, InvalidFilm
from service.films.schema import FIELDS, HORIZONS, Horizon, Movie
from service.model.predictor import Predictor
from training.common import params
from training.evaluate import at_horizon, forecasts
from training.gate.bootstrap import Floats, draws, worsening
from training.gate.verdict import METRICS, Comparison, Coverage, HorizonFinding, Slice, SmokeFinding
from training.prepare import title_key

_STANDARD_ERRORS = 3


def compare(
    champion: Predictor | None, candidate: Predictor, films: pd.DataFrame, rules: params.Promote
) -> dict[Horizon, HorizonFinding]:
    """What the held-out films say about each horizon that either model has."""
    findings: dict[Horizon, HorizonFinding] = {}
    for horizon in HORIZONS:
        new = horizon in candidate.manifest.horizons
        old = champion is not None and horizon in champion.manifest.horizons
        if old and not new:
            findings[horizon] = HorizonFinding(status="lost")
        elif new:
            known = at_horizon(films, horizon)
            findings[horizon] = _finding(champion if old else None, candidate, known, rules)
    return findings


def _finding(
    champion: Predictor | None, candidate: Predictor, films: pd.DataFrame, rules: params.Promote
) -> HorizonFinding:
    if films.empty:
        return HorizonFinding(status="compared" if champion else "new")
    after = _forecasts(candidate, films)
    covered = coverage(films, after, candidate.manifest.coverage, rules.coverage_tolerance)
    if champion is None:
        return HorizonFinding(status="new", coverage=covered)
    found = slices(films, _forecasts(champion, films), after, rules)
    return HorizonFinding(status="compared", coverage=covered, slices=found)


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
    inside = films["worldwide_gross"].between(answers["low"], answers["high"])
    error = float(np.sqrt(promised * (1 - promised) / len(films)))
    allowed = max(tolerance, _STANDARD_ERRORS * error)
    return Coverage(
        films=len(films),
        share=_rounded(inside.mean()),
        low=_rounded(max(0, promised - allowed)),
        high=_rounded(min(1, promised + allowed)),
    )


def slices(
    films: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, rules: params.Promote
) -> dict[str, Slice]:
    """The errors of both models' forecasts, on all films and on each tier with enough of them."""
    drawn = draws(title_key(films["movie_title"]), rules.resamples, rules.seed)
    old, new = _errors(films, before), _errors(films, after)
    found = {}
    for name, rows in tiers(films, rules).items():
        parts = {m: _compared(old[m], new[m], drawn, rows, rules.confidence) for m in METRICS}
        found[name] = Slice(films=int(rows.sum()), **parts)
    return found


def tiers(films: pd.DataFrame, rules: params.Promote) -> dict[str, NDArray[np.bool_]]:
    """All films, and those with a small, a medium and a large budget where they are enough."""
    budget = films["production_budget"].to_numpy(np.float64)
    small, large = rules.budget_edges
    parts = {
        "small": budget < small,
        "medium": (small <= budget) & (budget < large),
        "large": budget >= large,
    }
    enough = {name: rows for name, rows in parts.items() if rows.sum() >= rules.min_films}
    return {"all": np.ones(len(films), dtype=bool), **enough}


def _errors(films: pd.DataFrame, answers: pd.DataFrame) -> dict[str, Floats]:
    truth = films["worldwide_gross"].to_numpy(np.float64)
    gross = answers["model"].to_numpy(np.float64)
    logs = np.log(np.maximum(gross, 1)) - np.log(truth)
    return {"log_error": np.abs(logs), "mae": np.abs(gross - truth)}


def _compared(
    old: Floats, new: Floats, drawn: Floats, rows: NDArray[np.bool_], confidence: float
) -> Comparison:
    worse = worsening(old[rows], new[rows], drawn[:, rows], confidence)
    return Comparison(
        champion=_rounded(old[rows].mean()),
        candidate=_rounded(new[rows].mean()),
        worse=_rounded(worse.share),
        low=_rounded(worse.low),
        high=_rounded(worse.high),
    )


def smoke(candidate: Predictor, films: list[params.Smoke]) -> list[SmokeFinding]:
    """Forecasts of the smoke films; one with an opening needs a model with that horizon.

    Raises BoxOfficeError naming the film that the API would refuse.
    """
    found = []
    for film in films:
        known = _columns(film)
        opened = bool(known["opening_gross"][0])
        if opened and "post_opening" not in candidate.manifest.horizons:
            continue
        answer = candidate.predict(known)
        found.append(
            SmokeFinding(
                name=film.name,
                horizon=answer.horizon[0],
                forecast=float(answer.gross[0]),
                low=film.low,
                high=film.high,
            )
        )
    return found


def _columns(film: params.Smoke) -> dict[str, Any]:
    try:
        movie = Movie.model_validate(film.film)
    except ValidationError as error:
        refusal = InvalidFilm.from_pydantic([dict(part) for part in error.errors()])
        raise BoxOfficeError(f"promote.smoke: {film.name}: {refusal}") from error
    return {name: [getattr(movie, name)] for name in FIELDS}


def _rounded(value: float) -> float:
    return float(f"{float(value):.6g}")
