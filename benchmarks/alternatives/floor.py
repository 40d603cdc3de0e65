"""A bare ASGI application that answers a constant: the upper limit for servers on uvicorn."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from service.films.schema import EXAMPLE, EXPECTED, HORIZONS, TARGET

_BODY = json.dumps(
    {
        TARGET: 128678290.0,
        EXPECTED: 163207114.0,
        "interval": {"low": 24015565.0, "high": 436423284.0, "coverage": 0.9},
        "horizon": HORIZONS[0],
        "used": [*EXAMPLE],
        "warnings": [],
        "model": "box_office:0000000000000000",
    },
    separators=(",", ":"),
).encode()
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(_BODY)),
    ],
}


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer one request."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    await send(_START)
    await send({"type": "http.response.body", "body": _BODY})
