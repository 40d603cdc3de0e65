"""The REST interface: films as JSON under /v1, what is deployed, and one shape for every error."""

import json
from typing import Any

import bentoml
from pydantic_core import to_json
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.asgi import Answer, Door
from service.desk import Desk
from service.errors import BoxOfficeError, InvalidFilm, WrongMediaType
from service.films import film_from_json, films_from_json


def doors(desk: Desk) -> dict[str, Door]:
    """The doors for one film and for many, by path."""

    singles = desk.singles("rest")

    async def one(body: bytes, headers: Headers) -> Answer:
        _check_media_type(headers)
        return Answer(200, to_json(await singles.answer(film_from_json(body))))

    async def many(body: bytes, headers: Headers) -> Answer:
        _check_media_type(headers)
        forecast = desk.forecast("rest_batch", films_from_json(body))
        return Answer(200, to_json(desk.answers(forecast)))

    return {
        "/v1/prediction": Door("rest", desk, one, error_body),
        "/v1/predictions": Door("rest_batch", desk, many, error_body),
    }


def error_body(text: str, error: BoxOfficeError | None = None) -> dict[str, Any]:
    """The one shape of an error: a sentence, and each field at fault."""
    details = error.details if isinstance(error, InvalidFilm) else []
    return {"error": text, "details": [detail.as_dict() for detail in details]}


def _check_media_type(headers: Headers) -> None:
    said = headers.get("content-type", "application/json")
    if said.split(";")[0].strip().lower() != "application/json":
        raise WrongMediaType(f"Content-Type must be application/json, not {said}.")


class OneErrorShape:
    """Middleware that answers every 4xx and 5xx of other paths as the doors do."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass good answers through untouched and hold back bad ones until they are whole."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        start: Message | None = None
        body = b""

        async def shaped(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and message["status"] >= 400:
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    answer = JSONResponse(error_body(_sentence(body)), start["status"])
                    await answer(scope, receive, send)

        await self.app(scope, receive, shaped)


def _sentence(body: bytes) -> str:
    """The text of an error, from the shapes that BentoML and Starlette answer with."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body.decode(errors="replace").strip()
    return str((answer[0] if isinstance(answer, list) else answer)["error"])


async def _model(_: Request) -> JSONResponse:
    return JSONResponse(bentoml.get_current_service().describe())


routes = [Route("/v1/model", _model, methods=["GET"])]
