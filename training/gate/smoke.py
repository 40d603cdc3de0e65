"""What a model forecasts of films that anyone can judge."""

from service.errors import BoxOfficeError, InvalidFilm
from service.films.fields import reached
from service.model.encoding import Columns
from service.model.predictor import Predictor
from service.validation import columns, film_from_dict
from training.common import params
from training.gate.verdict import SmokeFinding


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
