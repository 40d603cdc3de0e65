"""Many callers at once: nobody waits for another's batch, and nobody is cut off."""

import asyncio
import json
import signal
import statistics
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest

from service.settings import Settings
from tests.support.callers import Caller, Crowd, GrpcCaller, RestCaller
from tests.support.honest import FILM, MOVIE, OPTIONS, PREDICTOR
from tests.support.http1 import Connection, request
from tests.support.http2 import Calls
from tests.support.refusals import FILMS
from tests.support.server import WAYS, Server, running
from tests.support.wire import field, framed

SECONDS = 2
MANY = "/v1/predictions"
DOUBTFUL = json.dumps([{"duration": 100_000}] * FILMS).encode()
WRONG = json.dumps([{"duration": -1}] * FILMS).encode()
MESSAGE = field(1, field(6, 1e5)) * FILMS
FULL = {"production_budget": 2e7, "opening_gross": 9e6, "screens": 900, "title_year": 2001}
FULL |= {"duration": 100, "release_month": 6, "genre": "Drama", "mpaa_rating": "R"}
EXPLAINED = json.dumps([FULL] * Settings().max_explained).encode()

CROWDS: dict[str, Callable[[Server], Caller]] = {
    "REST": lambda server: RestCaller(server, MANY, DOUBTFUL),
    "REST, wrong films": lambda server: RestCaller(server, MANY, WRONG),
    "gRPC": lambda server: GrpcCaller(server, f"{PREDICTOR}/PredictBatch", MESSAGE),
    "explanations": lambda server: RestCaller(server, "/v1/explanations", EXPLAINED),
    "comparable films": lambda server: RestCaller(server, "/v1/comparables?count=50", FILM),
}
SINGLES: dict[str, Callable[[Server], Caller]] = {
    "/livez": lambda server: RestCaller(server, "/livez", None),
    "one film over REST": lambda server: RestCaller(server, "/v1/prediction", FILM),
    "one film over gRPC": lambda server: GrpcCaller(server, f"{PREDICTOR}/Predict", MOVIE),
}
REFUSED = {"400", "413", "429", "RESOURCE_EXHAUSTED"}


@pytest.mark.parametrize("name", CROWDS)
def test_beside_forty_callers_with_batches_at_the_limit_single_films_do_not_wait(
    target: Server, name: str
) -> None:
    with Crowd(40, lambda: CROWDS[name](target)) as crowd, ExitStack() as stack:
        waits: dict[str, list[float]] = {single: [] for single in SINGLES}
        singles = {single: SINGLES[single](target) for single in SINGLES}
        for caller in singles.values():
            stack.callback(caller.close)
            caller.ask()  # a channel connects only now
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for single, caller in singles.items():
                begun = time.monotonic()
                assert caller.ask() in {"200", "OK"}
                waits[single].append(time.monotonic() - begun)

    assert {"200", "OK"} | REFUSED >= set(crowd.outcomes)
    # Half a second is the promise, which the forty callers beside may break now and then.
    assert {} == {n: w for n, w in waits.items() if statistics.quantiles(w, n=4)[-1] > 0.5}


@pytest.mark.parametrize("channels", [1, 50])
def test_thousands_of_calls_at_once_are_answered_or_refused(target: Server, channels: int) -> None:
    outcomes = asyncio.run(call_at_once(target, channels, 3000))

    assert {"OK", "RESOURCE_EXHAUSTED"} >= set(outcomes)
    assert outcomes["OK"] > 0


async def call_at_once(server: Server, channels: int, calls: int) -> Counter[str]:
    """How so many calls end, over some channels."""
    opened = [grpc.aio.insecure_channel(server.grpc, OPTIONS) for _ in range(channels)]
    ask = [channel.unary_unary(f"{PREDICTOR}/Predict") for channel in opened]

    async def outcome(number: int) -> str:
        try:
            await ask[number % channels](MOVIE, timeout=60)
        except grpc.aio.AioRpcError as error:
            return error.code().name
        return "OK"

    outcomes = await asyncio.gather(*(outcome(number) for number in range(calls)))
    for channel in opened:
        await channel.close()
    return Counter(outcomes)


@pytest.mark.parametrize("way", WAYS)
def test_batches_that_had_arrived_when_the_server_is_told_to_end_are_answered(
    model_tag: str, tmp_path: Path, way: str
) -> None:
    films, rpc, rest = 1000, 48, 16
    batch = request(MANY, json.dumps([{}] * films).encode())
    message = framed(field(1, b"") * films)
    with (
        running(tmp_path, way=way, BOX_OFFICE_TIMEOUT="10") as server,
        Calls(server.grpc_port) as calls,
        ExitStack() as stack,
    ):
        callers = [stack.enter_context(Connection(server.port)) for _ in range(rest)]
        for caller in callers:
            caller.exchange([request("/livez", method="GET")], answers=1)
        for caller in callers:
            caller.socket.sendall(batch)
        for _ in range(rpc):
            calls.start(f"{PREDICTOR}/PredictBatch", message, end=True)
        calls.arrive()
        server.process.send_signal(signal.SIGTERM)
        calls.read_until(lambda: len(calls.statuses) == rpc)
        answered = [caller.exchange([], answers=2) for caller in callers]

        assert {0: rpc} == Counter(calls.statuses.values())
        assert {200: 2 * rest} == Counter(a.status for answers in answered for a in answers)
