"""Endpoints over HTTP: a whole body in, bytes out, within the limits of the dataplane.

They answer before all else in an application, whose middleware costs more than a forecast does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from bentoml import get_current_service
from pydantic_core import to_json
from starlette.types import ASGIApp, Receive, Scope, Send

from service import errors
from service.dataplane import Dataplane
from service.errors import UNEXPECTED, BoxOfficeError, TooSlow
from service.limits import Limits, Memory
from service.telemetry.requests import Counted

_log = logging.getLogger("bentoml.box_office")
ARRIVED = "arrived"  # where a connection says in the scope that the whole request is there
_CHUNK = 256 * 1024  # bytes
STATUS: dict[type[BoxOfficeError], int] = {
    errors.InvalidFilm: 400,
    errors.InvalidRequest: 400,
    errors.Unauthorized: 401,
    errors.Closed: 403,
    errors.UnknownModel: 404,
    errors.TooSlow: 408,
    errors.TooLarge: 413,
    errors.WrongMediaType: 415,
    errors.Overloaded: 429,
}
# What reading a body may raise, whatever it is about.
READING = (errors.TooSlow, errors.TooLarge, errors.Overloaded)


class Answer(NamedTuple):
    """A response: a status, a body, its media type and further headers."""

    status: int
    body: bytes
    media_type: bytes = b"application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()


Headers = Mapping[bytes, bytes]  # by names in small letters
# What answers a body, with its headers and the query of its address.
Handle = Callable[[bytes, Headers, bytes], Awaitable[Answer]]
ErrorBody = Callable[[str, BoxOfficeError | None], dict[str, Any]]


class Endpoint:
    """One path: a handler of whole bodies, and the shape of its errors.

    A handler that takes `long` waits for others that do, however few bytes it gets.
    """

    def __init__(
        self,
        name: str,
        dataplane: Dataplane,
        handle: Handle,
        error_body: ErrorBody,
        long: bool = False,
    ) -> None:
        self._name, self._long = name, long
        self._limits = dataplane.limits
        self._handle = handle
        self._error_body = error_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever goes wrong."""
        memory = Memory(self._limits)
        try:
            if answer := await self._answer(scope, receive, memory):
                memory.answer(len(answer.body))
                await send_answer(send, answer)
        finally:
            memory.free()

    async def _answer(self, scope: Scope, receive: Receive, memory: Memory) -> Answer | None:
        """An answer, or None if the client has disconnected."""
        try:
            with Counted(self._name):
                headers = dict(reversed(scope["headers"]))  # the first of a name counts
                body = await read_body(scope, headers, receive, self._limits, memory)
                if body is None:
                    return None
                async with self._limits.turn(len(body), self._long):
                    query = scope.get("query_string", b"")
                    return await self._handle(body, headers, query)
        except BoxOfficeError as error:
            return self._refusal(error)
        except Exception:
            _log.exception("%s failed", self._name)
            return Answer(500, to_json(self._error_body(UNEXPECTED, None)))

    def _refusal(self, error: BoxOfficeError) -> Answer:
        status = STATUS.get(type(error), 500)
        headers: tuple[tuple[bytes, bytes], ...] = ()
        if status == 401:
            headers += ((b"www-authenticate", b"Bearer"),)
        if status == 408:
            headers += ((b"connection", b"close"),)
        if status == 429:
            headers += ((b"retry-after", b"1"),)
        return Answer(status, to_json(self._error_body(str(error), error)), headers=headers)


class Endpoints:
    """Middleware that sends a POST to the endpoint of its path, and passes everything else on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route one request."""
        if scope["type"] == "http" and scope["method"] == "POST":
            endpoints: dict[str, Endpoint] = get_current_service().endpoints
            if endpoint := endpoints.get(scope["path"]):
                return await endpoint(scope, receive, send)
        await self.app(scope, receive, send)


def length(headers: Headers, name: bytes) -> int | None:
    """The number of bytes in a header, or None if there is no such number."""
    text = headers.get(name, b"")
    return int(text) if text.isdigit() and len(text) < 19 else None


def read_body(
    scope: Scope, headers: Headers, receive: Receive, limits: Limits, memory: Memory
) -> Awaitable[bytes | None]:
    """The whole body, or None if the client has disconnected.

    Raises TooLarge, TooSlow, or Overloaded where there is no memory for it.
    """
    limits.check_body(length(headers, b"content-length") or 0)
    read = _read(receive, limits, memory)
    return read if scope.get(ARRIVED) else _in_time(read, limits.timeout)


async def _in_time(read: Awaitable[bytes | None], timeout: float) -> bytes | None:
    try:
        async with asyncio.timeout(timeout):
            return await read
    except TimeoutError:
        raise TooSlow(f"The body did not arrive within {timeout:g} s.") from None


async def _read(receive: Receive, limits: Limits, memory: Memory) -> bytes | None:
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        limits.check_body(size)
        memory.read(size)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunk if len(chunks) == 1 else b"".join(chunks)


async def send_answer(send: Send, answer: Answer) -> None:
    """Send a whole response, as fast as the client reads it."""
    headers = [
        (b"content-type", answer.media_type),
        (b"content-length", b"%d" % len(answer.body)),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    for start in range(0, len(answer.body) - _CHUNK, _CHUNK):
        chunk = answer.body[start : start + _CHUNK]
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    last = answer.body[(len(answer.body) - 1) // _CHUNK * _CHUNK :]
    await send({"type": "http.response.body", "body": last})
