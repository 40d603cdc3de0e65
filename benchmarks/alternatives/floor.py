"""A bare ASGI application and a bare method of grpc.aio, which answer a constant.

They are the upper limits for servers on uvicorn and on gRPC, in one process.
"""

import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from service.films.schema import EXAMPLE, EXPECTED, HORIZONS, TARGET
from service.rpc import box_office_pb2 as pb

_ANSWER: dict[str, Any] = {
    TARGET: 128678290.0,
    EXPECTED: 163207114.0,
    "interval": {"low": 24015565.0, "high": 436423284.0, "coverage": 0.9},
    "horizon": HORIZONS[0],
    "used": [*EXAMPLE],
    "warnings": [],
    "model": "box_office:0000000000000000",
    "id": "0" * 26,
}
_BODY = json.dumps(_ANSWER, separators=(",", ":")).encode()
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(_BODY)),
    ],
}
_MESSAGE = pb.PredictResponse(
    prediction={**_ANSWER, "horizon": 1}  # enumerations are numbers
).SerializeToString()


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer one request, or be there from the start to the end."""
    if scope["type"] == "lifespan":
        return await _live(receive, send)
    while (await receive()).get("more_body", False):
        pass
    await send(_START)
    await send({"type": "http.response.body", "body": _BODY})


async def _live(receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Any]) -> None:
    server = grpc.aio.server()
    handler: Any = grpc.unary_unary_rpc_method_handler(_predict)
    methods = grpc.method_handlers_generic_handler("boxoffice.v1.Predictor", {"Predict": handler})
    server.add_generic_rpc_handlers([methods])
    server.add_insecure_port(f"127.0.0.1:{os.environ['FLOOR_GRPC_PORT']}")
    await receive()
    await server.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await server.stop(None)
    await send({"type": "lifespan.shutdown.complete"})


async def _predict(_: bytes, __: Any) -> bytes:
    return _MESSAGE
