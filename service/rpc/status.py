"""The gRPC code of every error."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from service import errors
from service.dataplane import Dataplane
from service.errors import UNEXPECTED, BoxOfficeError, InvalidRequest, TooSlow
from service.limits import Memory
from service.telemetry.requests import Counted

_log = logging.getLogger("bentoml.box_office")
_CODES: dict[type[BoxOfficeError], grpc.StatusCode] = {
    errors.InvalidFilm: grpc.StatusCode.INVALID_ARGUMENT,
    errors.InvalidRequest: grpc.StatusCode.INVALID_ARGUMENT,
    errors.Unauthorized: grpc.StatusCode.UNAUTHENTICATED,
    errors.Closed: grpc.StatusCode.PERMISSION_DENIED,
    errors.TooSlow: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.UnknownModel: grpc.StatusCode.NOT_FOUND,
    errors.TooLarge: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.Overloaded: grpc.StatusCode.RESOURCE_EXHAUSTED,
}
_BYTES = 2000

Context = grpc.aio.ServicerContext[Any, Any]


@asynccontextmanager
async def request(
    dataplane: Dataplane,
    endpoint: str,
    context: Context,
    raw: bytes | None = None,
    long: bool = False,
) -> AsyncIterator[bytes]:
    """One message of a stream, or else the one of a call, read here.

    A `long` one waits for others that are, however few its bytes. An error ends the call with a
    code and a sentence.
    """
    limits, memory = dataplane.limits, Memory(dataplane.limits)
    try:
        with Counted(endpoint):
            if raw is None:
                raw = await _message(context, limits.timeout)
            memory.read(len(raw))
            async with limits.turn(len(raw), long):
                yield raw
    except BoxOfficeError as error:
        code = _CODES.get(type(error), grpc.StatusCode.INTERNAL)
        await context.abort(code, _fitting(str(error)))
    except Exception:
        _log.exception("%s failed", endpoint)
        await context.abort(grpc.StatusCode.INTERNAL, UNEXPECTED)
    finally:
        memory.free()


async def _message(context: Context, timeout: float) -> bytes:
    """The one message of a call; raises TooSlow, or InvalidRequest where there is none."""
    try:
        async with asyncio.timeout(timeout):
            raw = await context.read()
    except TimeoutError:
        raise TooSlow(f"The message did not arrive within {timeout:g} s.") from None
    if not isinstance(raw, bytes):
        raise InvalidRequest("The call has no message.")
    return raw


def _fitting(sentence: str) -> str:
    """A sentence that fits into metadata, where what is not ASCII takes three times as much."""
    return sentence.encode()[:_BYTES].decode(errors="ignore")
