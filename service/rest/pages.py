"""Pages for GET: the page, the model, metadata, metrics; and one shape for all other errors."""

import json

import bentoml
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.rest import v1, v2, web
from service.telemetry import metrics


class OneErrorShape:
    """Middleware that gives every 4xx and 5xx of BentoML and Starlette the shape of our errors."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass good answers through; collect an error completely, then send it in our shape."""
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
                    shape = v2 if scope["path"].startswith("/v2") else v1
                    allowed = {
                        n: v for n, v in Headers(raw=start["headers"]).items() if n == "allow"
                    }
                    error = shape.error_body(_sentence(body))
                    answer = JSONResponse(error, start["status"], headers=allowed)
                    await answer(scope, receive, send)

        await self.app(scope, receive, shaped)


def _sentence(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        return body.decode(errors="replace").strip()
    answer = answer[0] if isinstance(answer, list) and answer else answer
    sentence = answer.get("error") if isinstance(answer, dict) else None
    return str(sentence) if sentence else body.decode().strip()


async def _model(_: Request) -> JSONResponse:
    return JSONResponse(bentoml.get_current_service().describe())


async def _metrics(_: Request) -> Response:
    bentoml.get_current_service().dataplane.signs.count()
    return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")


pages = Starlette(
    routes=[
        Route("/v1/model", _model, methods=["GET"]),
        Route("/metrics", _metrics, methods=["GET"]),
        *v2.routes,
        *web.routes,
    ]
)
