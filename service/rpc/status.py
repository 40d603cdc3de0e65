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

Context = grpc.aio.ServicerContext[Any, Any]


@asynccontextmanager
async def request(dataplane: Dataplane, endpoint: str, context: Context) -> AsyncIterator[None]:
    """One request to an endpoint; an error ends the call with a code and a sentence."""
    try:
        with dataplane.request(endpoint):
            yield
    except BoxOfficeError as error:
        await context.abort(_CODES.get(type(error), grpc.StatusCode.INTERNAL), str(error))
    except Exception:
        _log.exception("%s failed", endpoint)
        await context.abort(grpc.StatusCode.INTERNAL, UNEXPECTED)
