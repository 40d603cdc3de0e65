"""REST beside the endpoints of BentoML: one shape for every error, and what is deployed."""

import json
from typing import Any

import bentoml
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import InvalidFilm


class JsonOnly:
    """Middleware that refuses bodies that do not say that they are JSON, with 415."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is not a POST to /v1, or comes as application/json."""
        if scope["type"] == "http" and scope["method"] == "POST" and "/v1/" in scope["path"]:
            said = Headers(scope=scope).get("content-type", "application/json")
            if said.split(";")[0].strip().lower() != "application/json":
                text = f"Content-Type must be application/json, not {said}."
                return await JSONResponse({"error": text}, 415)(scope, receive, send)
        await self.app(scope, receive, send)


class OneErrorShape:
    """Middleware that answers every 4xx and 5xx as {"error": text, "details": [...]}."""

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
                    answer = JSONResponse(error_body(body), start["status"])
                    await answer(scope, receive, send)

        await self.app(scope, receive, shaped)


def error_body(body: bytes) -> dict[str, Any]:
    """The one error shape, from any that BentoML, Starlette or this service answers with."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = {"error": body.decode(errors="replace").strip()}
    if isinstance(answer, list):
        answer = answer[0]
    if "detail" not in answer:
        return {"error": answer["error"], "details": []}
    refusal = InvalidFilm.from_pydantic(answer["detail"])
    details = [{"field": field, "message": message} for field, message in refusal.details]
    return {"error": str(refusal), "details": details}


async def _model(_: Request) -> JSONResponse:
    return JSONResponse(bentoml.get_current_service().describe())


routes = Starlette(routes=[Route("/model", _model, methods=["GET"])])
