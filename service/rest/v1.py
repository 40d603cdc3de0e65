"""The REST interface: films as JSON under /v1."""

from typing import Any

from pydantic_core import to_json

from service import parameters
from service.dataplane import Dataplane
from service.errors import BoxOfficeError, InvalidFilm, WrongMediaType
from service.rest.endpoint import Answer, Endpoint, Headers
from service.rest.query import in_query
from service.validation import (
    columns,
    comparables_count,
    film_from_json,
    films_from_json,
    outcomes_from_json,
)

_JSON = b"application/json"


def endpoints(dataplane: Dataplane) -> dict[str, Endpoint]:
    """The endpoints for one film and for many, by path."""

    singles = dataplane.singles("rest")

    async def one(body: bytes, headers: Headers, query: bytes) -> Answer:
        _check_media_type(headers)
        asked = parameters.asked(in_query(query, *parameters.NAMES))
        return Answer(200, to_json(await singles.answer(film_from_json(body), asked)))

    async def many(body: bytes, headers: Headers, query: bytes) -> Answer:
        _check_media_type(headers)
        asked = parameters.asked(in_query(query, *parameters.NAMES))
        films = films_from_json(body, dataplane.limits)
        ids, forecast = await dataplane.forecast("rest_batch", films, asked)
        return Answer(200, to_json(dataplane.answers.predictions(ids, forecast, asked)))

    return {
        "/v1/prediction": Endpoint("rest", dataplane, one, error_body),
        "/v1/predictions": Endpoint("rest_batch", dataplane, many, error_body),
        **_beside(dataplane),
    }


def _beside(dataplane: Dataplane) -> dict[str, Endpoint]:
    """What is beside a forecast: why it is so, which films are comparable, and what came true."""

    async def explanation(body: bytes, headers: Headers, query: bytes) -> Answer:
        _check_media_type(headers)
        in_query(query)
        film = columns([film_from_json(body)])
        return Answer(200, to_json(await dataplane.explain("rest_explanation", film)))

    async def explanations(body: bytes, headers: Headers, query: bytes) -> Answer:
        _check_media_type(headers)
        in_query(query)
        films = films_from_json(body, dataplane.limits.explained)
        return Answer(200, to_json(await dataplane.explain_all("rest_explanations", films)))

    async def comparables(body: bytes, headers: Headers, query: bytes) -> Answer:
        _check_media_type(headers)
        count = comparables_count(in_query(query, "count").get("count"))
        film = columns([film_from_json(body)])
        answer = dataplane.compare("rest_comparables", film, count)
        return Answer(200, to_json(answer))

    async def outcomes(body: bytes, headers: Headers, query: bytes) -> Answer:
        dataplane.memory.register.check(headers.get(b"authorization", b"").decode("latin-1"))
        _check_media_type(headers)
        in_query(query)
        told = outcomes_from_json(body, dataplane.limits)
        return Answer(202, to_json(dataplane.learn("rest_outcomes", told)))

    slow: Any = {"error_body": error_body, "long": True}
    return {
        "/v1/explanation": Endpoint("rest_explanation", dataplane, explanation, **slow),
        "/v1/explanations": Endpoint("rest_explanations", dataplane, explanations, **slow),
        "/v1/comparables": Endpoint("rest_comparables", dataplane, comparables, **slow),
        "/v1/outcomes": Endpoint("rest_outcomes", dataplane, outcomes, error_body),
    }


def error_body(text: str, error: BoxOfficeError | None = None) -> dict[str, Any]:
    """The shape of an error under /v1: a sentence, and each field at fault."""
    details = error.details if isinstance(error, InvalidFilm) else []
    return {"error": text, "details": [detail.as_dict() for detail in details]}


def _check_media_type(headers: Headers) -> None:
    media_type = headers.get(b"content-type", _JSON)
    if media_type != _JSON and media_type.split(b";")[0].strip().lower() != _JSON:
        told = media_type.decode("latin-1")
        raise WrongMediaType(f"Content-Type must be {_JSON.decode()}, not {told}.")
