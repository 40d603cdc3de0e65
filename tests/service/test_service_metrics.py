"""What is counted: GET /metrics gives exact sums over all endpoints and all workers."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import grpc
import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.rpc import box_office_pb2 as films_pb
from service.rpc import messages
from service.rpc import open_inference_pb2 as inference_pb
from service.rpc.box_office_pb2_grpc import PredictorStub
from service.rpc.open_inference_pb2_grpc import GRPCInferenceServiceStub
from tests.support.server import Server

pytestmark = pytest.mark.parametrize("server", ["two workers"], indirect=True)

EARLY, LATE, BAD = {"duration": 90}, {"opening_gross": 9e6}, {"duration": -1}
SINGLES = [EARLY, LATE, EARLY, BAD]
BATCHES = [[EARLY, LATE, EARLY], [LATE], [EARLY, BAD]]
ROUNDS = 5
OF_ONE = ["rest", "grpc", "rest_explanation", "rest_comparables", "grpc_comparables"]
OF_MANY = [
    "rest_batch",
    "grpc_batch",
    "grpc_stream",
    "oip_rest",
    "oip_grpc",
    "rest_explanations",
    "grpc_explain",
]
OIP = "/v2/models/box_office/infer"
Counts = Counter[tuple[str, str, str]]


def counts(server: Server) -> Counts:
    """What is counted so far, by name, endpoint, and outcome or horizon or upper bound."""
    text = httpx2.get(f"{server.http}/metrics").text
    found: Counts = Counter()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith("box_office_") and "endpoint" in sample.labels:
                endpoint, *others = sample.labels.values()
                name = sample.name.removeprefix("box_office_")
                found[name, endpoint, "".join(others)] = int(sample.value)
    return found


@contextmanager
def a_channel(server: Server) -> Iterator[grpc.Channel]:
    """A connection that no other channel of this process shares."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(server.grpc, options) as channel:
        yield channel


def message(films: list[dict[str, Any]]) -> films_pb.PredictBatchRequest:
    return films_pb.PredictBatchRequest(movies=[films_pb.Movie(**film) for film in films])


def tensors(films: list[dict[str, Any]], **given: Any) -> list[dict[str, Any]]:
    return [
        {"name": name, "datatype": "FP64", "shape": [len(films)]}
        | {key: wrap([film.get(name, 0) for film in films]) for key, wrap in given.items()}
        for name in ("duration", "opening_gross")
    ]


def send_over_http(server: Server) -> None:
    """Each request has a connection of its own, so that any worker may get it."""
    for film in SINGLES:
        for name in ("prediction", "explanation", "comparables"):
            httpx2.post(f"{server.http}/v1/{name}", json=film)
    for films in BATCHES:
        httpx2.post(f"{server.http}/v1/predictions", json=films)
        httpx2.post(f"{server.http}/v1/explanations", json=films)
        httpx2.post(server.http + OIP, json={"inputs": tensors(films, data=list)})


def send_over_grpc(server: Server) -> None:
    for film in SINGLES:
        with a_channel(server) as channel, suppress(grpc.RpcError):
            PredictorStub(channel).Predict(films_pb.PredictRequest(movie=film), timeout=20)
        with a_channel(server) as channel, suppress(grpc.RpcError):
            PredictorStub(channel).Comparables(messages.comparables_request(film), timeout=20)
    with a_channel(server) as channel, suppress(grpc.RpcError):
        list(PredictorStub(channel).PredictStream(map(message, BATCHES), timeout=20))
    for films in BATCHES:
        with a_channel(server) as channel, suppress(grpc.RpcError):
            PredictorStub(channel).PredictBatch(message(films), timeout=20)
        with a_channel(server) as channel, suppress(grpc.RpcError):
            PredictorStub(channel).Explain(messages.explain_request(films), timeout=20)
        contents = tensors(films, contents=lambda values: {"fp64_contents": values})
        infer = inference_pb.ModelInferRequest(model_name="box_office", inputs=contents)
        with a_channel(server) as channel, suppress(grpc.RpcError):
            GRPCInferenceServiceStub(channel).ModelInfer(infer, timeout=20)


@pytest.fixture(scope="module")
def added(server: Server) -> Counts:
    """What some rounds of the same requests through every endpoint have added."""
    before = counts(server)
    for _ in range(ROUNDS):
        send_over_http(server)
        send_over_grpc(server)
    return counts(server) - before


@pytest.mark.parametrize(
    ("endpoint", "good"), [*((d, 3) for d in OF_ONE), *((d, 2) for d in OF_MANY)]
)
def test_requests_are_counted_by_endpoint_and_outcome(
    added: Counts, endpoint: str, good: int
) -> None:
    assert {
        ("requests_total", endpoint, "ok"): good * ROUNDS,
        ("requests_total", endpoint, "InvalidFilm"): ROUNDS,
    } == {key: count for key, count in added.items() if key[:2] == ("requests_total", endpoint)}


@pytest.mark.parametrize(
    ("endpoint", "requests"), [*((d, 4) for d in OF_ONE), *((d, 3) for d in OF_MANY)]
)
def test_the_time_of_every_request_is_counted(added: Counts, endpoint: str, requests: int) -> None:
    assert requests * ROUNDS == added["request_duration_seconds_count", endpoint, ""]
    assert requests * ROUNDS == added["request_duration_seconds_bucket", endpoint, "+Inf"]


@pytest.mark.parametrize("endpoint", OF_MANY)
def test_the_films_of_answered_batches_are_counted(added: Counts, endpoint: str) -> None:
    assert 2 * ROUNDS == added["batch_films_count", endpoint, ""]
    assert 4 * ROUNDS == added["batch_films_sum", endpoint, ""]
    assert ROUNDS == added["batch_films_bucket", endpoint, "1.0"]


@pytest.mark.parametrize(
    ("endpoint", "early", "late"), [*((d, 2, 1) for d in OF_ONE), *((d, 2, 2) for d in OF_MANY)]
)
def test_forecasts_are_counted_by_horizon(
    added: Counts, endpoint: str, early: int, late: int
) -> None:
    assert {
        ("forecasts_total", endpoint, "pre_release"): early * ROUNDS,
        ("forecasts_total", endpoint, "post_opening"): late * ROUNDS,
    } == {key: count for key, count in added.items() if key[:2] == ("forecasts_total", endpoint)}


def test_nothing_is_counted_at_other_endpoints(added: Counts) -> None:
    assert {*OF_ONE, *OF_MANY} == {endpoint for _, endpoint, _ in added}


def test_every_worker_tells_the_same(server: Server, added: Counts) -> None:
    first, *others = (counts(server) for _ in range(10))

    assert [first] * 9 == others


def wrong_kind(server: Server) -> None:
    httpx2.post(f"{server.http}/v1/prediction", content=b"{}", headers={"Content-Type": "text/csv"})


def too_large(server: Server) -> None:
    httpx2.post(f"{server.http}/v1/predictions", json=[{}] * 10_001)


def no_inputs(server: Server) -> None:
    httpx2.post(server.http + OIP, json={"inputs": []})


def other_model(server: Server) -> None:
    with a_channel(server) as channel, suppress(grpc.RpcError):
        infer = inference_pb.ModelInferRequest(model_name="other")
        GRPCInferenceServiceStub(channel).ModelInfer(infer, timeout=20)


@pytest.mark.parametrize(
    ("send", "endpoint", "outcome"),
    [
        (wrong_kind, "rest", "WrongMediaType"),
        (too_large, "rest_batch", "TooLarge"),
        (no_inputs, "oip_rest", "InvalidRequest"),
        (other_model, "oip_grpc", "UnknownModel"),
    ],
)
def test_a_refused_request_is_counted_with_its_reason(
    server: Server, send: Callable[[Server], None], endpoint: str, outcome: str
) -> None:
    before = counts(server)
    send(server)
    added = counts(server) - before

    assert 1 == added["requests_total", endpoint, outcome]
    assert 1 == sum(added[key] for key in added if key[0] == "requests_total")
    assert not [key for key in added if key[0] == "forecasts_total"]
