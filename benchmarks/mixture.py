"""The mixture of a soak: requests of every transport, and callers that ask them."""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
import grpc

from benchmarks.check import WrongAnswer
from benchmarks.grpc_endpoints import (
    MODEL_INFER,
    PREDICT,
    PREDICT_BATCH,
    PREDICT_STREAM,
    GrpcEndpoint,
)
from benchmarks.material import Floats, Material
from benchmarks.rest_endpoints import OIP_BINARY, REST_MANY, REST_ONE, Body, RestEndpoint

TIMEOUT = 10.0  # seconds for an answer
CHECKED = 20  # one answer in so many is compared with the predictor's
MESSAGES = 5  # in a stream, each answered for itself


@dataclass(frozen=True)
class Kind:
    """Requests with so many films to an endpoint, and how many of them come in a round."""

    endpoint: RestEndpoint | GrpcEndpoint
    films: int
    share: int


KINDS = {
    "REST, one film": Kind(REST_ONE, 1, 20),
    "REST, 100 films": Kind(REST_MANY, 100, 2),
    "gRPC, one film": Kind(PREDICT, 1, 20),
    "gRPC, 100 films": Kind(PREDICT_BATCH, 100, 2),
    f"gRPC, a stream of {MESSAGES} x 20 films": Kind(PREDICT_STREAM, 20, 2),
    "OIP binary, 1,000 films": Kind(OIP_BINARY, 1000, 2),
    "OIP over gRPC, 1,000 films": Kind(MODEL_INFER, 1000, 2),
}


def rounds(seed: int) -> Iterator[str]:
    """The kinds in an order of the caller's own, again and again."""
    names = [name for name, kind in KINDS.items() for _ in range(kind.share)]
    random.Random(seed).shuffle(names)
    return itertools.cycle(names)


class Lost(Exception):
    """The connection ended before the answer came; whoever asked may ask once more."""


class Caller:
    """Asks one request after the other, over one connection for REST and one for gRPC."""

    def __init__(
        self, rest: aiohttp.ClientSession, rpc: grpc.aio.Channel, material: Material
    ) -> None:
        self._rest = rest
        self._rpc = rpc
        self._parts = {name: material.parts(kind.films)[0] for name, kind in KINDS.items()}
        self._requests = {n: k.endpoint.write(self._parts[n].films) for n, k in KINDS.items()}
        self._turns = itertools.count(1)

    async def ask(self, name: str, *, again: bool = False) -> None:
        """Ask for what a kind asks; raises Lost or WrongAnswer.

        Whoever asks again over gRPC waits for a connection: after one that was refused, the channel
        tries no other for a second.
        """
        endpoint, request = KINDS[name].endpoint, self._requests[name]
        try:
            if isinstance(request, Body):
                read = await self._post(endpoint, request)
            else:
                read = await self._call(endpoint, request, again)
        except TimeoutError:
            raise WrongAnswer(f"no answer within {TIMEOUT:g} s") from None
        if next(self._turns) % CHECKED == 0 and (wrong := self._parts[name].difference(read())):
            raise WrongAnswer(wrong)

    async def _post(self, endpoint: Any, body: Body) -> Callable[[], Floats]:
        try:
            async with self._rest.post(
                endpoint.path, data=body.data, headers=body.headers
            ) as response:
                data = await response.read()
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            raise Lost(repr(error)) from error
        if response.status != 200:
            raise WrongAnswer(f"status {response.status}: {data[:200]!r}")
        return partial(endpoint.read, data, response.headers)

    async def _call(self, endpoint: Any, message: bytes, wait: bool) -> Callable[[], Floats]:
        call: Any
        options: dict[str, Any] = {"timeout": TIMEOUT, "wait_for_ready": wait}
        try:
            if endpoint.messages > 1:
                call = self._rpc.stream_stream(endpoint.path)
                answers = [a async for a in call(iter([message] * MESSAGES), **options)]
            else:
                call = self._rpc.unary_unary(endpoint.path)
                answers = [await call(message, **options)]
        except grpc.aio.AioRpcError as error:
            kind = Lost if error.code() is grpc.StatusCode.UNAVAILABLE else WrongAnswer
            raise kind(f"{error.code().name}: {error.details()}") from None
        return partial(endpoint.read, answers[-1])
