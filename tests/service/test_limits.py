"""What is refused because there is too much of it, or because it comes too slowly."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import grpc
import httpx2
import numpy as np
import pytest
from starlette.datastructures import Headers
from starlette.types import Message

from service.dataplane import Dataplane
from service.limits import Memory
from service.model.predictor import Predictor
from service.rest import v1, v2
from service.rest.endpoint import Answer, Endpoint
from service.rpc import box_office_pb2 as films_pb
from service.rpc import open_inference_pb2 as inference_pb
from service.rpc.box_office_pb2_grpc import PredictorStub
from service.rpc.open_inference_pb2_grpc import GRPCInferenceServiceStub
from tests.support.dataplane import dataplane_of, serving_grpc
from tests.support.server import WAYS, Server, running

Receive = Callable[[], Awaitable[Message]]
OIP = "/v2/models/box_office/infer"


class Sent(NamedTuple):
    """A whole response."""

    status: int
    headers: dict[bytes, bytes]
    body: Any


async def knock(endpoint: Endpoint, receive: Receive, **headers: str) -> Sent | None:
    """Send one request through an endpoint; None where there is no answer."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    await endpoint({"type": "http", "headers": raw}, receive, send)
    if not sent:
        return None
    start, body = sent
    return Sent(start["status"], dict(start["headers"]), json.loads(body["body"]))


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a test, which does not hang where nobody is answered."""
    return asyncio.run(asyncio.wait_for(coroutine, 20))


def arriving(*chunks: bytes) -> Receive:
    """A body in chunks; reading beyond its end is an error."""
    messages = [{"type": "http.request", "body": c, "more_body": True} for c in chunks]
    messages[-1]["more_body"] = False
    left = iter(messages)

    async def receive() -> Message:
        return next(left)

    return receive


def bytes_of(count: int) -> Receive:
    return arriving(b"{}".ljust(count))


async def never() -> Message:
    return await asyncio.Future()


def all_endpoints(dataplane: Dataplane) -> dict[str, Endpoint]:
    return {**v1.endpoints(dataplane), **v2.endpoints(dataplane)}


def film_bodies(count: int) -> dict[str, bytes]:
    tensor = {"name": "duration", "datatype": "FP64", "shape": [count], "data": [90] * count}
    bodies = {"/v1/predictions": [{"duration": 90}] * count, OIP: {"inputs": [tensor]}}
    return {path: json.dumps(body).encode() for path, body in bodies.items()}


def grpc_calls(channel: grpc.Channel, films: int) -> dict[str, Callable[[], Any]]:
    """One call of each kind, about some films where a call may have several."""
    ours, theirs = PredictorStub(channel), GRPCInferenceServiceStub(channel)
    batch = films_pb.PredictBatchRequest(movies=[films_pb.Movie(duration=90)] * films)
    tensor = inference_pb.ModelInferRequest.InferInputTensor(
        name="duration", datatype="FP64", shape=[films], contents={"fp64_contents": [90] * films}
    )
    infer = inference_pb.ModelInferRequest(model_name="box_office", inputs=[tensor])
    return {
        "Predict": lambda: ours.Predict(films_pb.PredictRequest(), timeout=20),
        "PredictBatch": lambda: ours.PredictBatch(batch, timeout=20),
        "PredictStream": lambda: list(ours.PredictStream(iter([batch]), timeout=20)),
        "ModelInfer": lambda: theirs.ModelInfer(infer, timeout=20),
    }


def refusal(call: Callable[[], Any]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code(), caught.value.details()


@pytest.fixture(scope="module")
def small(model_folder: Path) -> Dataplane:
    """A dataplane for three films and a thousand bytes."""
    return dataplane_of(model_folder, max_batch=3, max_body=1000)


@pytest.fixture(scope="module")
def channel(small: Dataplane) -> Iterator[grpc.Channel]:
    with serving_grpc(small) as address, grpc.insecure_channel(address) as channel:
        yield channel


@pytest.mark.parametrize("path", ["/v1/prediction", "/v1/predictions", OIP])
def test_a_body_that_says_it_is_too_large_is_refused_unread(small: Dataplane, path: str) -> None:
    sent = run(knock(all_endpoints(small)[path], never, content_length="1001"))

    assert 413 == sent.status
    assert "A request may have 1,000 bytes: send several." == sent.body["error"]


@pytest.mark.parametrize("path", ["/v1/prediction", "/v1/predictions", OIP])
def test_a_body_that_grows_too_large_is_refused_where_it_does(small: Dataplane, path: str) -> None:
    chunks = arriving(b"x" * 600, b"x" * 401, b"never read")
    sent = run(knock(all_endpoints(small)[path], chunks))
    following = run(chunks())

    assert 413 == sent.status
    assert "A request may have 1,000 bytes: send several." == sent.body["error"]
    assert b"never read" == following["body"]


@pytest.mark.parametrize("chunks", [[b"{}".ljust(1000)], [b"{", b"}".ljust(999)]])
def test_a_body_of_the_limit_is_answered(small: Dataplane, chunks: list[bytes]) -> None:
    endpoint = all_endpoints(small)["/v1/prediction"]

    assert 200 == run(knock(endpoint, arriving(*chunks))).status


@pytest.mark.parametrize("path", ["/v1/predictions", OIP])
def test_too_many_films_are_refused_with_their_number(small: Dataplane, path: str) -> None:
    enough, sent = (
        run(knock(all_endpoints(small)[path], arriving(film_bodies(count)[path])))
        for count in (3, 4)
    )

    assert 200 == enough.status
    assert 413 == sent.status
    assert "A request may have 3 films, not 4: send several." == sent.body["error"]


@pytest.mark.parametrize("call", ["PredictBatch", "PredictStream", "ModelInfer"])
def test_too_many_films_are_refused_over_grpc_with_their_number(
    channel: grpc.Channel, call: str
) -> None:
    assert (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "A request may have 3 films, not 4: send several.",
    ) == refusal(grpc_calls(channel, 4)[call])
    assert grpc_calls(channel, 3)[call]()


@pytest.mark.parametrize("call", ["PredictBatch", "PredictStream", "ModelInfer"])
def test_a_message_that_is_too_large_is_refused_over_grpc(channel: grpc.Channel, call: str) -> None:
    code, words = refusal(grpc_calls(channel, 1000)[call])

    assert grpc.StatusCode.RESOURCE_EXHAUSTED == code
    assert "larger than max" in words


def test_a_body_that_does_not_arrive_is_given_up(model_folder: Path) -> None:
    endpoint = all_endpoints(dataplane_of(model_folder, timeout=0.01))["/v1/prediction"]
    sent = run(knock(endpoint, never))

    assert (408, b"close") == (sent.status, sent.headers[b"connection"])
    assert "The body did not arrive within 0.01 s." == sent.body["error"]


@pytest.mark.parametrize(
    "method",
    [
        "boxoffice.v1.Predictor/Predict",
        "boxoffice.v1.Predictor/PredictBatch",
        "inference.GRPCInferenceService/ModelInfer",
        "inference.GRPCInferenceService/ServerLive",
    ],
)
def test_a_message_that_does_not_arrive_is_given_up(model_folder: Path, method: str) -> None:
    over = Event()
    with (
        serving_grpc(dataplane_of(model_folder, timeout=0.1)) as address,
        grpc.insecure_channel(address) as channel,
    ):
        late = iter(over.wait, True)
        answer = refusal(lambda: channel.stream_unary(f"/{method}")(late, timeout=20))
        over.set()

    assert (
        grpc.StatusCode.DEADLINE_EXCEEDED,
        "The message did not arrive within 0.1 s.",
    ) == answer


def test_a_call_without_a_message_is_refused(channel: grpc.Channel) -> None:
    call = channel.stream_unary("/boxoffice.v1.Predictor/Predict")

    assert (
        grpc.StatusCode.INVALID_ARGUMENT,
        "The call has no message.",
    ) == refusal(lambda: call(iter([]), timeout=20))


def test_one_who_is_gone_is_not_answered(small: Dataplane) -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    assert run(knock(all_endpoints(small)["/v1/prediction"], gone)) is None


SIZES = {"short": 10, "long": 10_000}


@pytest.mark.parametrize("path", ["/v1/prediction", "/v1/predictions", OIP])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_more_requests_than_may_be_under_way_are_sent_away(
    model_folder: Path, path: str, size: int
) -> None:
    dataplane = dataplane_of(model_folder, max_concurrency=1)
    endpoint = all_endpoints(dataplane)[path]

    async def ask() -> tuple[Sent | None, ...]:
        async with dataplane.limits.turn(size):
            refused = await knock(endpoint, bytes_of(size))
        return refused, await knock(endpoint, bytes_of(size))

    refused, accepted = run(ask())

    assert (429, b"1") == (refused.status, refused.headers[b"retry-after"])
    assert "1 requests are under way: try again later." == refused.body["error"]
    assert 429 != accepted.status


@pytest.mark.parametrize("call", ["Predict", "PredictBatch", "PredictStream", "ModelInfer"])
def test_more_requests_than_may_be_under_way_are_sent_away_over_grpc(
    model_folder: Path, call: str
) -> None:
    dataplane = dataplane_of(model_folder, max_concurrency=1)
    with serving_grpc(dataplane) as address, grpc.insecure_channel(address) as channel:
        ask = grpc_calls(channel, 1)[call]
        turn = dataplane.limits.turn(SIZES["short"])
        with asyncio.Runner() as elsewhere:
            elsewhere.run(turn.__aenter__())
            refused = refusal(ask)
            elsewhere.run(turn.__aexit__(None, None, None))

        assert (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "1 requests are under way: try again later.",
        ) == refused
        assert ask()


def test_a_body_that_is_still_arriving_takes_no_room(model_folder: Path) -> None:
    endpoint = all_endpoints(dataplane_of(model_folder, max_concurrency=1))["/v1/prediction"]

    async def ask() -> Sent | None:
        arriving = [asyncio.ensure_future(knock(endpoint, never)) for _ in range(3)]
        await asyncio.sleep(0)
        answer = await knock(endpoint, bytes_of(2))
        for each in arriving:
            each.cancel()
        return answer

    assert 200 == run(ask()).status


def test_short_requests_do_not_wait_for_long_ones(model_folder: Path) -> None:
    dataplane = dataplane_of(model_folder)
    endpoints = all_endpoints(dataplane)

    async def ask() -> tuple[Sent | None, bool]:
        async with dataplane.limits.turn(SIZES["long"]):
            long = asyncio.ensure_future(
                knock(endpoints["/v1/predictions"], bytes_of(SIZES["long"]))
            )
            short = await knock(endpoints["/v1/prediction"], bytes_of(2))
            waits = not long.done()
        await long
        return short, waits

    short, waits = run(ask())

    assert 200 == short.status
    assert waits


BESIDE = ["/v1/explanation", "/v1/explanations", "/v1/comparables"]


@pytest.mark.parametrize("path", BESIDE)
def test_what_takes_long_waits_for_others_that_do_and_forecasts_wait_for_none(
    model_folder: Path, path: str
) -> None:
    dataplane = dataplane_of(model_folder)
    endpoints = all_endpoints(dataplane)
    body = arriving(b"[{}]" if path.endswith("explanations") else b"{}")

    async def ask() -> tuple[Sent | None, ...]:
        async with dataplane.limits.turn(SIZES["long"]):
            long = asyncio.ensure_future(knock(endpoints[path], body))
            short = await knock(endpoints["/v1/prediction"], bytes_of(2))
            assert not long.done()
        return short, await long

    assert [200, 200] == [answer.status for answer in run(ask())]


@pytest.mark.parametrize("path", BESIDE)
def test_more_that_take_long_than_may_be_under_way_are_sent_away(
    model_folder: Path, path: str
) -> None:
    dataplane = dataplane_of(model_folder, max_concurrency=1)

    async def ask() -> Sent | None:
        async with dataplane.limits.turn(SIZES["long"]):
            return await knock(all_endpoints(dataplane)[path], bytes_of(2))

    assert 429 == run(ask()).status


def test_large_requests_may_hold_so_many_bytes_together(model_folder: Path) -> None:
    dataplane = dataplane_of(model_folder, max_body=300_000, max_pending=200_000)
    endpoint = all_endpoints(dataplane)["/v1/predictions"]

    async def ask() -> tuple[Sent | None, ...]:
        memory = Memory(dataplane.limits)
        memory.read(150_000)
        refused = await knock(endpoint, bytes_of(200_000))
        small = await knock(endpoint, bytes_of(60_000))
        memory.free()
        return refused, small, await knock(endpoint, bytes_of(200_000))

    refused, small, accepted = run(ask())

    assert 429 == refused.status
    assert "Too many large requests are under way: try again later." == refused.body["error"]
    assert 400 == small.status == accepted.status


@pytest.mark.parametrize("body", [b"{}", b"not a film"])
def test_a_request_that_is_over_makes_room_whatever_became_of_it(
    model_folder: Path, body: bytes
) -> None:
    endpoint = all_endpoints(dataplane_of(model_folder, max_concurrency=1))["/v1/prediction"]

    first, second = (run(knock(endpoint, arriving(body))) for _ in range(2))

    assert [first.status] * 2 == [second.status, 200 if body == b"{}" else 400]


def test_one_who_gives_up_makes_room(model_folder: Path) -> None:
    endpoint = all_endpoints(dataplane_of(model_folder, max_concurrency=1))["/v1/prediction"]

    async def ask() -> Sent | None:
        first = asyncio.ensure_future(knock(endpoint, never))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        return await knock(endpoint, bytes_of(2))

    assert 200 == run(ask()).status


def test_an_unexpected_error_is_answered_without_its_words(small: Dataplane) -> None:
    async def fail(body: bytes, headers: Headers) -> Answer:
        raise ZeroDivisionError("a secret")

    sent = run(knock(Endpoint("broken", small, fail, v2.error_body), bytes_of(2)))

    assert (
        500,
        {"error": "Something went wrong that is not the fault of the request; it is in the log."},
    ) == (sent.status, sent.body)


@pytest.mark.parametrize("path", ["/v1/prediction", "/v1/predictions", OIP])
def test_a_forecast_that_is_not_finite_is_never_sent(model_folder: Path, path: str) -> None:
    dataplane = dataplane_of(model_folder)
    healthy = dataplane.predictor
    broken = {
        horizon: lambda matrix: np.full(len(matrix), np.nan)
        for horizon in healthy.manifest.horizons
    }
    dataplane.predictor = Predictor(healthy.manifest, broken)
    body = b"{}" if path == "/v1/prediction" else film_bodies(1)[path]

    assert 500 == run(knock(all_endpoints(dataplane)[path], arriving(body))).status
    with serving_grpc(dataplane) as address, grpc.insecure_channel(address) as channel:
        for call in grpc_calls(channel, 1).values():
            assert grpc.StatusCode.INTERNAL == refusal(call)[0]


@pytest.fixture(scope="module", params=WAYS)
def strict(
    request: pytest.FixtureRequest, model_tag: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with limits from the environment."""
    with running(
        tmp_path_factory.mktemp("strict"),
        way=request.param,
        BOX_OFFICE_MAX_BATCH="3",
        BOX_OFFICE_MAX_BODY="1000",
        BOX_OFFICE_TIMEOUT="0.2",
    ) as server:
        yield server


TOO_MUCH = [
    (4, "A request may have 3 films, not 4: send several."),
    (1000, "A request may have 1,000 bytes: send several."),
]


@pytest.mark.parametrize("path", ["/v1/predictions", OIP])
@pytest.mark.parametrize(("count", "words"), TOO_MUCH)
def test_a_server_refuses_what_is_too_large_in_films_or_bytes(
    strict: Server, path: str, count: int, words: str
) -> None:
    answer = httpx2.post(strict.http + path, content=film_bodies(count)[path])

    assert (413, words) == (answer.status_code, answer.json()["error"])


def test_a_server_refuses_chunks_that_never_said_how_large_they_are(strict: Server) -> None:
    chunks = iter([b"x" * 600] * 2)
    answer = httpx2.post(f"{strict.http}/v1/prediction", content=chunks)

    assert (413, TOO_MUCH[1][1]) == (answer.status_code, answer.json()["error"])


def test_a_server_gives_up_on_a_body_that_does_not_arrive(strict: Server) -> None:
    at = urlsplit(strict.http)
    with socket.create_connection((at.hostname, at.port), timeout=20) as slow:
        slow.sendall(b"POST /v1/prediction HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n{")
        answer = b"".join(iter(lambda: slow.recv(4096), b""))  # until it is closed

    assert answer.startswith(b"HTTP/1.1 408")
    assert answer.endswith(b'"error":"The body did not arrive within 0.2 s.","details":[]}')


def test_a_server_has_the_same_limits_over_grpc(strict: Server) -> None:
    with grpc.insecure_channel(strict.grpc) as channel:
        code, words = refusal(grpc_calls(channel, 4)["PredictBatch"])
        code_of_bytes, _ = refusal(grpc_calls(channel, 1000)["PredictBatch"])

    assert (grpc.StatusCode.RESOURCE_EXHAUSTED, TOO_MUCH[0][1]) == (code, words)
    assert grpc.StatusCode.RESOURCE_EXHAUSTED == code_of_bytes
