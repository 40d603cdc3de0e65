"""What is counted: GET /metrics gives exact sums over all doors and all workers."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import grpc
import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving import Addresses

from service.rpc import box_office_pb2 as films_pb
from service.rpc import open_inference_pb2 as inference_pb
from service.rpc.box_office_pb2_grpc import PredictorStub
from service.rpc.open_inference_pb2_grpc import GRPCInferenceServiceStub

pytestmark = pytest.mark.parametrize("server", [2], indirect=True, ids=["two workers"])

EARLY, LATE, BAD = {"duration": 90}, {"opening_gross": 9e6}, {"duration": -1}
OIP = "/v2/models/box_office/infer"
Counts = Counter[tuple[str, ...]]


def counts(server: Addresses) -> Counts:
    """What is counted so far: by name, door, and outcome, horizon or upper bound."""
    text = httpx2.get(f"{server.http}/metrics").text
    return Counter(
        {
            (sample.name.removeprefix("box_office_"), *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name.startswith("box_office_") and not sample.name.endswith("_created")
        }
    )


@pytest.fixture
def counted(server: Addresses) -> Iterator[Counts]:
    """Filled, at its end, with what the requests of a test have added."""


def post(server: Addresses, path: str, body: Any) -> None:
    """Send a request on a connection of its own, so that any worker may get it."""
    httpx2.post(server.http + path, json=body)


def tensor(*values: float) -> dict[str, Any]:
    return {"name": "duration", "datatype": "FP64", "shape": [len(values)]}


def send_everything(server: Addresses) -> None:
    """Six good films and a bad one through every door, in the same requests for each kind."""
    for film in (EARLY, LATE, EARLY, BAD):
        post(server, "/v1/prediction", film)
        with grpc.insecure_channel(server.grpc, OWN) as channel, suppress(grpc.RpcError):
            PredictorStub(channel).Predict(films_pb.PredictRequest(movie=film), timeout=20)
    for films in ([EARLY, LATE, EARLY], [LATE], [EARLY, BAD]):
        post(server, "/v1/predictions", films)
        message = films_pb.PredictBatchRequest(movies=[films_pb.Movie(**film) for film in films])
