"""Requests in flight: they have begun and are not complete when the server gets SIGTERM."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from service.errors import BoxOfficeError
from service.films.schema import TARGET
from service.rpc import box_office_pb2 as pb
from service.rpc import box_office_pb2_grpc as pb_grpc
from service.rpc import messages

Finish = Callable[[], float]
_SECONDS = 20


@contextmanager
def rest(address: str, film: dict[str, Any]) -> Iterator[Finish]:
    """Begin to post a film; what is given ends the request and returns the forecast."""
    body = json.dumps(film).encode()
    connection = http.client.HTTPConnection(address, timeout=_SECONDS)

    def finish() -> float:
        with _sentence():
            connection.send(body[5:])
            answer = connection.getresponse()
            words = answer.read()
        if answer.status != 200:
            raise BoxOfficeError(f"A request under way was answered {answer.status}: {words!r}.")
        return float(json.loads(words)[TARGET])

    try:
        with _sentence():
            connection.putrequest("POST", "/v1/prediction")
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body[:5])
        yield finish
    finally:
        connection.close()


@contextmanager
def rpc(address: str, film: dict[str, Any]) -> Iterator[Finish]:
    """Begin a stream with a film; what is given ends it with another and returns its forecast."""
    asked = threading.Event()
    request = messages.batch_request([film])

    def requests() -> Iterator[pb.PredictBatchRequest]:
        yield request
        asked.wait(_SECONDS)
        yield request

    def finish() -> float:
        asked.set()
        with _sentence():
            return messages.point(next(answers).predictions[0])

    with grpc.insecure_channel(address) as channel:
        stub = pb_grpc.PredictorStub(channel)  # type: ignore[no-untyped-call]
        answers = stub.PredictStream(requests(), timeout=_SECONDS)
        with _sentence():
            next(answers)
        yield finish


@contextmanager
def _sentence() -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException, grpc.RpcError, StopIteration) as error:
        raise BoxOfficeError(f"A request was dropped under way: {type(error).__name__}.") from error
