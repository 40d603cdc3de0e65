"""Numbers at the edge: over every transport they are refused by name, or answered in numbers."""

import json
import math
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import grpc
import pytest

from service.rpc.box_office_pb2 import Movie
from tests.support.honest import INFERENCE, PREDICTOR, code
from tests.support.http1 import Answer, ask, request
from tests.support.server import Server
from tests.support.wire import message

ENORMOUS = [1e39, 1e300, sys.float_info.max]
EDGE = [5e-324, 1e-30, 0.5, 1e4, 1e6, 1e9, 1e12, 1e15, 1e19, 1e25, 1e32, 1e38]


class Outcome(NamedTuple):
    """Whether a film was refused, and in which words."""

    refused: bool
    words: str


Ask = Callable[[Server, int, str, float], Outcome]


def of_answer(answer: Answer) -> Outcome:
    assert answer.status in {200, 400}
    return Outcome(answer.status == 400, json.dumps(answer.json()))


def of_call(server: Server, path: str, data: bytes) -> Outcome:
    with grpc.insecure_channel(server.grpc) as channel:
        status, words = code(channel, path, data)
    assert status in {"OK", "INVALID_ARGUMENT"}, (status, words)
    return Outcome(status != "OK", words)


def rest(server: Server, _: int, name: str, value: float) -> Outcome:
    [answer] = ask(server.port, request("/v1/prediction", json.dumps({name: value}).encode()))
    return of_answer(answer)


def rest_batch(server: Server, _: int, name: str, value: float) -> Outcome:
    [answer] = ask(
        server.port, request("/v1/predictions", json.dumps([{}, {name: value}]).encode())
    )
    return of_answer(answer)


def tensor(name: str, **given: Any) -> dict[str, Any]:
    return {"name": name, "datatype": "FP64", "shape": [1], **given}


def oip_rest(server: Server, _: int, name: str, value: float) -> Outcome:
    body = json.dumps({"inputs": [tensor(name, data=[value])]}).encode()
    [answer] = ask(server.port, request("/v2/models/box_office/infer", body))
    return of_answer(answer)


def oip_rest_binary(server: Server, _: int, name: str, value: float) -> Outcome:
    described = {"inputs": [tensor(name, parameters={"binary_data_size": 8})]}
    head = json.dumps(described).encode()
    length = {"inference_header_content_length": len(head)}
    body = head + struct.pack("<d", value)
    [answer] = ask(server.port, request("/v2/models/box_office/infer", body, **length))
    return of_answer(answer)


def unary(server: Server, number: int, _: str, value: float) -> Outcome:
    data = message((1, message((number, value))))
    return of_call(server, f"{PREDICTOR}/Predict", data)


def batch(server: Server, number: int, _: str, value: float) -> Outcome:
    data = message((1, b""), (1, message((number, value))))
    return of_call(server, f"{PREDICTOR}/PredictBatch", data)


def infer(server: Server, _: int, name: str, value: float) -> Outcome:
    contents = message((7, struct.pack("<d", value)))
    described = message((1, name), (2, "FP64"), (3, 1), (5, contents))
    data = message((1, "box_office"), (5, described))
    return of_call(server, f"{INFERENCE}/ModelInfer", data)


def infer_raw(server: Server, _: int, name: str, value: float) -> Outcome:
    described = message((1, name), (2, "FP64"), (3, 1))
    data = message((1, "box_office"), (5, described), (7, struct.pack("<d", value)))
    return of_call(server, f"{INFERENCE}/ModelInfer", data)


TRANSPORTS = [rest, rest_batch, oip_rest, oip_rest_binary, unary, batch, infer, infer_raw]


@pytest.fixture(scope="module")
def numbers(target: Server) -> dict[str, int]:
    """The numeric fields of a film, and their numbers in messages."""
    [answer] = ask(target.port, request("/v1/model", method="GET"))
    fields = answer.json()["fields"].items()
    places = Movie.DESCRIPTOR.fields_by_name
    return {n: places[n].number for n, field in fields if field["unit"] != "label"}


@pytest.mark.parametrize("transport", TRANSPORTS, ids=lambda transport: transport.__name__)
def test_an_enormous_value_of_any_field_is_refused_by_name(
    target: Server, numbers: dict[str, int], transport: Ask
) -> None:
    outcomes = {
        (name, value): transport(target, number, name, value)
        for name, number in numbers.items()
        for value in ENORMOUS
    }

    assert {} == {at: o for at, o in outcomes.items() if not (o.refused and at[0] in o.words)}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -5e-324, -1.0, -1e300])
@pytest.mark.parametrize("transport", TRANSPORTS, ids=lambda transport: transport.__name__)
def test_what_is_no_amount_is_refused_by_name(
    target: Server, numbers: dict[str, int], transport: Ask, value: float
) -> None:
    name = "duration"
    outcome = transport(target, numbers[name], name, value)

    assert (True, True) == (outcome.refused, name in outcome.words)


def test_whatever_a_field_holds_the_answer_is_in_numbers(
    target: Server, numbers: dict[str, int]
) -> None:
    films = [{name: value} for name in numbers for value in EDGE]
    together = [dict.fromkeys(numbers, value) for value in EDGE]
    opened = [{"opening_gross": 1e6, name: value} for name in numbers for value in EDGE]

    assert [] == list(wrong(target, films + together + opened))


def wrong(server: Server, films: list[dict[str, float]]) -> Iterator[tuple[dict[str, float], str]]:
    """The films that are answered in anything but numbers in their order, each with its answer."""
    requests = [request("/v1/prediction", json.dumps(film).encode()) for film in films]
    for film, answer in zip(films, ask(server.port, *requests, answers=len(films)), strict=True):
        if answer.status == 400:
            continue
        try:
            forecast = answer.json()
        except ValueError:
            yield film, answer.body.decode()
            continue
        low, high = forecast["interval"]["low"], forecast["interval"]["high"]
        if not 0 <= low <= forecast["worldwide_gross"] <= high < math.inf:
            yield film, answer.body.decode()


@pytest.mark.parametrize(
    ("datatype", "raw"),
    [("UINT64", b"\xff" * 8), ("INT64", b"\xff" * 7 + b"\x7f"), ("FP32", b"\xff\xff\x7f\x7f")],
)
def test_the_largest_number_of_a_datatype_is_answered_in_numbers_or_refused(
    target: Server, numbers: dict[str, int], datatype: str, raw: bytes
) -> None:
    for name in numbers:
        size = {"binary_data_size": len(raw)}
        described = {"inputs": [tensor(name, parameters=size) | {"datatype": datatype}]}
        head = json.dumps(described).encode()
        length = {"inference_header_content_length": len(head)}
        [answer] = ask(target.port, request("/v2/models/box_office/infer", head + raw, **length))

        assert answer.status in {200, 400}
        assert answer.json()
