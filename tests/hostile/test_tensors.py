"""Tensors of the Open Inference Protocol that are too much, or are not what they say they are."""

import json
from typing import Any

import pytest

from service.oip import OUTPUTS
from tests.support.http1 import ask, request
from tests.support.refusals import FILMS, LONGEST, TOLD, answered, refused
from tests.support.server import Server

INFER = "/v2/models/box_office/infer"


def tensor(name: str = "duration", datatype: str = "FP64", **given: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [1], "data": [90], **given}


def inputs(*tensors: Any, **given: Any) -> bytes:
    return json.dumps({"inputs": tensors, **given}, separators=(",", ":")).encode()


SHAPES = {
    "of two to the 31": [2**31],
    "of two to the 63": [2**63],
    "of a number of 1,000 digits": [10**1000],
    "of any number": [-1],
    "of half a film": [1.5],
    "of nothing": [],
    "of two films": [2],
    "of a million sides": [1] * 1_000_000,
    "of no list": 1,
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_shape_that_is_not_that_of_the_data_is_refused(target: Server, shape: Any) -> None:
    refused(target, INFER, inputs(tensor(shape=shape)))


ODD = {
    "200,000 inputs": inputs(*[{"name": "", "datatype": "", "shape": []}] * 200_000),
    "100,000 outputs": inputs(tensor(), outputs=[{"name": "low"}] * 100_000 + [{"name": "x"}]),
    "100,000 parameters": inputs(
        tensor(parameters={"binary_data_size": -1} | {f"p{n}": n for n in range(100_000)})
    ),
    "lists 10,000 deep": b'{"inputs":[{"name":"duration","datatype":"FP64","shape":[1],"data":'
    + b"[" * 10_000
    + b"]" * 10_000
    + b"}]}",
    "films in rows of rows": inputs(tensor(data=[[[90]]], shape=[1, 1, 1])),
    "INT8 of -1": inputs(tensor(datatype="INT8", data=[-1])),
    "UINT8 of -1": inputs(tensor(datatype="UINT8", data=[-1])),
    "an INT64 of 10,000 digits": inputs(tensor(datatype="INT64", data=[0])).replace(
        b"[0]", b"[%s]" % (b"9" * 10_000)
    ),
    "truth": inputs(tensor(datatype="BOOL", data=[True])),
    "NaN": inputs(tensor(data=[float("nan")])),
    "Infinity": inputs(tensor(data=[float("inf")])),
    "texts in place of numbers": inputs(tensor(data=["90"])),
    "numbers in place of texts": inputs(tensor("genre", "BYTES")),
    "objects": inputs(tensor(data=[{"a": 1}])),
    "no data": inputs(tensor(data=None)),
    "the same input twice": inputs(tensor(), tensor()),
    "a name of a megabyte": inputs(tensor("x" * (1 << 20))),
    "a datatype of a megabyte": inputs(tensor(datatype="x" * (1 << 20))),
    "an output of a megabyte": inputs(tensor(), outputs=[{"name": "x" * (1 << 20)}]),
    "10,000 wrong values": inputs(tensor(data=[-1] * FILMS, shape=[FILMS])),
    "100,000 unknown fields": inputs(*(tensor(f"field {n}") for n in range(100_000))),
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_an_odd_request_is_refused(target: Server, body: bytes) -> None:
    refused(target, INFER, body)


def binary(raw: bytes, *tensors: dict[str, Any]) -> tuple[bytes, int]:
    """A body in binary form, and the length of its JSON."""
    head = inputs(*({n: v for n, v in tensor.items() if n != "data"} for tensor in tensors))
    return head + raw, len(head)


def raw_tensor(name: str, datatype: str, films: int, size: Any) -> dict[str, Any]:
    return tensor(name, datatype, shape=[films], parameters={"binary_data_size": size})


COLUMN = b"\xff" * FILMS
RAW = {
    "two million films": binary(
        b"\xff" * (1 << 21), raw_tensor("imdb_score", "UINT8", 1 << 21, 1 << 21)
    ),
    "a wrong value in each film": binary(COLUMN, raw_tensor("imdb_score", "UINT8", FILMS, FILMS)),
    "200 unknown fields of 10,000 films": binary(
        COLUMN * 200, *(raw_tensor(f"field {n}", "UINT8", FILMS, FILMS) for n in range(200))
    ),
    "a known field among 200": binary(
        COLUMN * 200,
        raw_tensor("imdb_score", "UINT8", FILMS, FILMS),
        *(raw_tensor(f"field {n}", "UINT8", FILMS, FILMS) for n in range(199)),
    ),
    "a million empty texts": binary(
        bytes(4_000_000), raw_tensor("genre", "BYTES", 1_000_000, 4_000_000)
    ),
    "a million empty texts for one film": binary(
        bytes(4_000_000), raw_tensor("genre", "BYTES", 1, 4_000_000)
    ),
    "a text of four gigabytes": binary(b"\xff\xff\xff\xff", raw_tensor("genre", "BYTES", 1, 4)),
    "a text that is cut off": binary(b"\x05\0\0\0Dra", raw_tensor("genre", "BYTES", 1, 7)),
    "a length that is cut off": binary(b"\x05\0", raw_tensor("genre", "BYTES", 1, 2)),
    "a negative INT8": binary(b"\xff", raw_tensor("duration", "INT8", 1, 1)),
    "a NaN": binary(b"\xff" * 8, raw_tensor("duration", "FP64", 1, 8)),
    "a negative size": binary(bytes(8), raw_tensor("duration", "FP64", 1, -8)),
    "a size of two to the 70": binary(bytes(8), raw_tensor("duration", "FP64", 1, 2**70)),
    "a size that is a text": binary(bytes(8), raw_tensor("duration", "FP64", 1, "8")),
    "a size of half a byte": binary(bytes(8), raw_tensor("duration", "FP64", 1, 7.5)),
    "a size beyond the body": binary(bytes(8), raw_tensor("duration", "FP64", 2, 16)),
    "bytes beyond the size": binary(bytes(16), raw_tensor("duration", "FP64", 1, 8)),
    "bytes of no film": binary(bytes(8), raw_tensor("duration", "FP64", 0, 8)),
}


@pytest.mark.parametrize("case", RAW.values(), ids=RAW)
def test_odd_bytes_are_refused(target: Server, case: tuple[bytes, int]) -> None:
    body, head = case
    refused(target, INFER, body, inference_header_content_length=head)


@pytest.mark.parametrize("head", ["-1", "+9", "1_0", "9" * 30, "9" * 5000, "x", "", "0x10", "1, 2"])
def test_a_length_of_the_json_that_is_none_is_refused(target: Server, head: str) -> None:
    refused(target, INFER, inputs(tensor()), inference_header_content_length=head)


def test_of_many_wrong_values_a_few_are_told(target: Server) -> None:
    body = inputs(tensor("imdb_score", data=[255] * FILMS, shape=[FILMS]))
    words = refused(target, INFER, body).json()["error"]

    assert TOLD >= words.count("imdb_score") > 0


def test_a_negative_value_names_its_field(target: Server) -> None:
    body, head = binary(b"\xff", raw_tensor("duration", "INT8", 1, 1))
    answer = refused(target, INFER, body, inference_header_content_length=head)

    assert "duration" in answer.json()["error"]


@pytest.mark.parametrize(("data", "shape"), [([[90], [100]], [2, 1]), ([90, 100], [2])])
def test_rows_of_one_value_are_films(target: Server, data: list[Any], shape: list[int]) -> None:
    answer = answered(target, INFER, inputs(tensor(data=data, shape=shape)))

    assert 200 == answer.status
    assert [[2]] * len(OUTPUTS) == [output["shape"] for output in answer.json()["outputs"]]


def test_a_batch_at_the_limit_is_answered_and_costs_little(target: Server) -> None:
    names = ["duration", "production_budget", "title_year", "aspect_ratio"]
    body = inputs(*(tensor(name, data=[90] * FILMS, shape=[FILMS]) for name in names))
    answer = answered(target, INFER, body)

    assert 200 == answer.status
    assert [FILMS] * len(OUTPUTS) == [len(output["data"]) for output in answer.json()["outputs"]]


@pytest.mark.parametrize("length", [10_000, 1 << 20])
def test_a_long_name_of_a_model_is_not_found_or_not_read(target: Server, length: int) -> None:
    answers = ask(target.port, request(f"/v2/models/{'x' * length}/infer", b"{}"))

    assert {answer.status for answer in answers} <= {400, 404, 414, 431}
    assert all(len(answer.body) <= LONGEST for answer in answers)
