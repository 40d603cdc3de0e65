"""The gRPC code of every error."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from service import errors
from service.dataplane import Dataplane
from service.errors import UNEXPECTED, BoxOfficeError

_log = logging.getLogger("bentoml.box_office")
_CODES: dict[type[BoxOfficeError], grpc.StatusCode] = {
    errors.InvalidFilm: grpc.StatusCode.INVALID_ARGUMENT,
    errors.InvalidRequest: grpc.StatusCode.INVALID_ARGUMENT,
    errors.UnknownModel: grpc.StatusCode.NOT_FOUND,
    errors.TooLarge: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.Overloaded: grpc.StatusCode.RESOURCE_EXHAUSTED,
}
_BYTES = 2000

Context = grpc.aio.ServicerContext[Any, Any]


@asynccontextmanager
async def request(
    dataplane: Dataplane, endpoint: str, context: Context, raw: bytes
) -> AsyncIterator[None]:
    """One request that has arrived; an error ends it with a code and a sentence."""
    limits = dataplane.limits
    try:
        with dataplane.counted(endpoint), limits.memory() as memory:
            memory.read(len(raw))
            async with limits.turn(len(raw)):
                yield
    except BoxOfficeError as error:
        code = _CODES.get(type(error), grpc.StatusCode.INTERNAL)
        await context.abort(code, _fitting(str(error)))
    except Exception:
        _log.exception("%s failed", endpoint)
        await context.abort(grpc.StatusCode.INTERNAL, UNEXPECTED)


def _fitting(sentence: str) -> str:
    """A sentence that fits into metadata, where what is not ASCII takes three times as much."""
    return sentence.encode()[:_BYTES].decode(errors="ignore")
