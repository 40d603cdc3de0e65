"""gRPC messages and frames that no library sends: each call ends with a fitting code."""

import gzip
import struct
from collections.abc import Iterator
from contextlib import ExitStack

import grpc
import pytest

from tests.support.floods import Flood, many_files
from tests.support.honest import INFERENCE, MOVIE, PREDICTOR, all_answered, answered, code
from tests.support.http1 import ask, request
from tests.support.http2 import PREFACE, Calls
from tests.support.memory import MIB
from tests.support.pouring import Pouring
from tests.support.refusals import BODY, FILMS, TOLD, little_memory
from tests.support.server import Server
from tests.support.wire import Value, field, framed, message

PREDICT, BATCH, STREAM = (f"{PREDICTOR}/Predict{kind}" for kind in ("", "Batch", "Stream"))
INFER = f"{INFERENCE}/ModelInfer"
DETAILS = 4000  # bytes of a refusal that reach every client
INVALID, TOO_MUCH = 3, 8
REFUSED = {"INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "NOT_FOUND"}


@pytest.fixture(scope="module", autouse=True)
def _many_files() -> Iterator[None]:
    with many_files():
        yield


@pytest.fixture(scope="module")
def channel(target: Server) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(target.grpc) as channel:
        yield channel


def counted(server: Server, outcome: str) -> float:
    """How many requests with an outcome the metrics have, over all endpoints."""
    [answer] = ask(server.port, request("/metrics", method="GET"))
    lines = answer.body.decode().splitlines()
    found = [line for line in lines if f'outcome="{outcome}"' in line and "requests_total" in line]
    return sum(float(line.rpartition(" ")[2]) for line in found)


GARBAGE = {
    "a tag without a value": b"\x08",
    "a length beyond the end": b"\x0a\xff\xff\xff\xff\x0f",
    "a varint without an end": b"\xff" * 100,
    "a group that is not closed": b"\x0b" * 200,
    "a wire type that there is not": b"\x0f",
    "field number 0": b"\x00\x01",
}
BESIDE = [f"{PREDICTOR}/Explain", f"{PREDICTOR}/Comparables"]
ALL = [PREDICT, BATCH, STREAM, INFER, *BESIDE]


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
def test_bytes_that_are_no_message_are_an_invalid_argument_and_counted_once(
    target: Server, channel: grpc.Channel, path: str, data: bytes
) -> None:
    before = counted(target, "InvalidRequest")
    status, words = code(channel, path, data)

    assert "INVALID_ARGUMENT" == status
    assert "<class" not in words
    assert before + 1 == counted(target, "InvalidRequest")


LIBRARY = [
    "/grpc.health.v1.Health/Check",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
]
METHODS = [
    *ALL,
    *(f"{INFERENCE}/{name}" for name in ("ModelReady", "ModelMetadata")),
    *(f"{INFERENCE}/{name}" for name in ("ServerLive", "ServerReady", "ServerMetadata")),
    *LIBRARY,
]


@pytest.mark.parametrize("path", METHODS)
def test_bytes_that_are_no_message_are_not_told_to_the_log(
    target: Server, channel: grpc.Channel, path: str
) -> None:
    before = target.log.read_text()
    status, _ = code(channel, path, b"\xff" * 100)

    assert ("UNKNOWN" if path in LIBRARY else "INVALID_ARGUMENT") == status
    assert "Traceback" not in target.log.read_text().removeprefix(before)


def test_bytes_in_a_stream_that_are_no_message_end_it_after_the_answers_before(
    channel: grpc.Channel,
) -> None:
    call = channel.stream_stream(STREAM)(iter([field(1, b""), b"\xff"]), timeout=20)

    assert next(call)
    with pytest.raises(grpc.RpcError) as caught:
        next(call)
    assert grpc.StatusCode.INVALID_ARGUMENT == caught.value.code()


def test_headers_of_a_call_that_are_too_large_are_refused(channel: grpc.Channel) -> None:
    call = channel.unary_unary(PREDICT)
    with pytest.raises(grpc.RpcError) as caught:
        call(MOVIE, timeout=20, metadata=[("x", "x" * 200_000)])

    assert grpc.StatusCode.RESOURCE_EXHAUSTED == caught.value.code()
    assert call(MOVIE, timeout=20, metadata=[("x", "x" * 4000)])


def infer(*fields: tuple[int, Value]) -> bytes:
    return message((1, "box_office"), *fields)


def tensor(name: str, datatype: str, films: int, contents: bytes = b"") -> bytes:
    described = message((1, name), (2, datatype), (3, films))
    return described + (field(5, contents) if contents else b"")


def fill(part: bytes, size: int = BODY - 1000) -> bytes:
    """As many copies of a part as fit into a message."""
    return part * (size // len(part))


DURATION = tensor("duration", "FP64", 1, field(7, struct.pack("<d", 90)))
COLUMN = b"\xff" * FILMS
UNKNOWN = b"".join(field(5, tensor(f"field {n}", "UINT8", FILMS)) for n in range(200))
NAMES = {
    "of a megabyte": "x" * MIB,
    "beyond ASCII": "é" * 50_000,
    "of line feeds": "\n" * 50_000,
    "of NULs": "\0" * 50_000,
}
ODD = {
    "a film with a text of a megabyte": (PREDICT, field(1, field(11, "x" * MIB))),
    "a film with an enormous value": (PREDICT, field(1, field(6, 1e300))),
    "a text that is not UTF-8": (PREDICT, field(1, field(11, b"\xff"))),
    "half a surrogate": (PREDICT, field(1, field(11, b"\xed\xa0\x80"))),
    "130 wrong films": (BATCH, field(1, field(6, -1.0)) * 130),
    "10,000 wrong films": (BATCH, field(1, field(6, -1.0)) * FILMS),
    "130 wrong films in a stream": (STREAM, field(1, field(6, -1.0)) * 130),
    "four million films": (BATCH, fill(field(1, b""))),
    "four million films in a stream": (STREAM, fill(field(1, b""))),
    "films with a value": (BATCH, fill(field(1, field(6, 90.0)))),
    "four million inputs": (INFER, infer() + fill(field(5, b""))),
    "four million outputs": (INFER, infer((5, DURATION)) + fill(field(6, b""))),
    "four million raw inputs": (INFER, infer((5, DURATION)) + fill(field(7, b""))),
    "a million parameters": (
        INFER,
        infer() + b"".join(field(4, field(1, f"{number:x}")) for number in range(400_000)),
    ),
    "two million texts": (
        INFER,
        infer((5, tensor("genre", "BYTES", 2_000_000, fill(field(8, b""))))),
    ),
    "a million texts of no bytes": (
        INFER,
        infer((5, tensor("genre", "BYTES", 1_000_000)), (7, bytes(4_000_000))),
    ),
    "a text of four gigabytes": (INFER, infer((5, tensor("genre", "BYTES", 1)), (7, b"\xff" * 4))),
    "four million numbers": (
        INFER,
        infer((5, tensor("duration", "INT32", 4_000_000, field(2, bytes(4_000_000))))),
    ),
    "a shape of two to the 31": (
        INFER,
        infer((5, tensor("duration", "FP64", 1 << 31)), (7, bytes(8))),
    ),
    "a shape of -1": (INFER, infer((5, tensor("duration", "FP64", -1)), (7, bytes(8)))),
    "a million sides": (
        INFER,
        infer((5, message((1, "duration"), (2, "FP64"), (3, b"\1" * MIB))), (7, bytes(8))),
    ),
    "a negative INT8": (INFER, infer((5, tensor("duration", "INT8", 1)), (7, b"\xff"))),
    "a wrong value in each film": (
        INFER,
        infer((5, tensor("imdb_score", "UINT8", FILMS)), (7, COLUMN)),
    ),
    "200 unknown fields of 10,000 films": (INFER, infer() + UNKNOWN + field(7, COLUMN) * 200),
    **{f"a model {kind}": (INFER, message((1, name))) for kind, name in NAMES.items()},
    **{f"a version {kind}": (INFER, infer((2, name))) for kind, name in NAMES.items()},
    **{
        f"an input {kind}": (INFER, infer((5, tensor(name, "FP64", 1)), (7, bytes(8))))
        for kind, name in NAMES.items()
    },
    **{
        f"a datatype {kind}": (INFER, infer((5, tensor("duration", name, 1)), (7, bytes(8))))
        for kind, name in NAMES.items()
    },
    **{
        f"an output {kind}": (INFER, infer((5, DURATION), (6, field(1, name))))
        for kind, name in NAMES.items()
    },
}


@pytest.mark.parametrize(("path", "data"), ODD.values(), ids=ODD)
def test_an_odd_message_is_refused_in_few_words(
    target: Server, channel: grpc.Channel, path: str, data: bytes
) -> None:
    assert len(data) <= BODY
    with little_memory(target):
        status, words = code(channel, path, data)

    assert status in REFUSED
    # What the library says in place of words that it could not deliver.
    assert "metadata" not in words
    assert 0 < len(words.encode()) <= DETAILS


@pytest.mark.parametrize("count", [130, FILMS])
def test_of_many_wrong_films_a_few_are_told_and_the_rest_are_counted(
    channel: grpc.Channel, count: int
) -> None:
    status, words = code(channel, BATCH, field(1, field(6, -1.0)) * count)
    told = words.count("duration")

    assert "INVALID_ARGUMENT" == status
    assert TOLD >= told > 0
    assert any(str(number) in words.replace(",", "") for number in (count, count - told))


def test_films_that_are_too_many_are_counted_before_one_is_judged(channel: grpc.Channel) -> None:
    status, _ = code(channel, BATCH, field(1, field(6, -1.0)) * (FILMS + 1))

    assert "RESOURCE_EXHAUSTED" == status


ALLOWED = {
    "fields that there are not": (PREDICT, field(1, field(99, 1) * 100_000)),
    "the same film a million times": (PREDICT, field(1, b"") * 1_000_000),
    "an id of a megabyte": (INFER, infer((3, "x" * MIB), (5, DURATION))),
    "10,000 films with doubts": (BATCH, field(1, field(6, 1e5)) * FILMS),
    "10,000 films in a stream": (STREAM, field(1, field(6, 1e5)) * FILMS),
}


@pytest.mark.parametrize(("path", "data"), ALLOWED.values(), ids=ALLOWED)
def test_what_the_format_allows_is_answered_or_refused_and_costs_little(
    target: Server, path: str, data: bytes
) -> None:
    options = [("grpc.max_receive_message_length", -1)]
    with little_memory(target), grpc.insecure_channel(target.grpc, options) as channel:
        status, _ = code(channel, path, data)

    assert status in {"OK", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"}


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A compressed message."""
    return b"\1" + framed(gzip.compress(bytes(192 * MIB)))[1:]


@pytest.mark.parametrize("path", ALL)
def test_a_message_that_unpacks_to_192_megabytes_is_refused(
    target: Server, path: str, bomb: bytes
) -> None:
    with little_memory(target), Calls(target.grpc_port) as calls:
        stream = calls.start(path, bomb, end=True, grpc_encoding="gzip")
        calls.read_until(lambda: stream in calls.statuses)

    assert calls.statuses[stream] in {INVALID, TOO_MUCH, "reset"}


HALVES = {
    "no message": b"",
    "half a prefix": b"\0\0",
    "half a message": framed(b"", size=100) + b"\x0a",
    "a message of eight megabytes": framed(b"", size=BODY - 1) + bytes(1000),
    "a message of four gigabytes": framed(b"", size=(1 << 32) - 1) + bytes(1000),
}


@pytest.mark.parametrize("data", HALVES.values(), ids=HALVES)
@pytest.mark.parametrize("path", [PREDICT, INFER, STREAM])
def test_beside_half_sent_messages_honest_callers_are_answered(
    target: Server, path: str, data: bytes
) -> None:
    with little_memory(target), ExitStack() as stack:
        for _ in range(3):
            calls = stack.enter_context(Calls(target.grpc_port))
            for _ in range(100):
                calls.start(path, data)
            calls.arrive()

        assert all_answered(3) == answered(target, 3)


FLOODS = {
    "silent connections": (300, b""),
    "1,200 silent connections": (1200, b""),
    "half a preface": (300, PREFACE[:10]),
    "nothing after the preface": (300, PREFACE),
    "HTTP/1.1": (300, request("/v1/prediction", b"{}")),
    "half a request of HTTP/1.1": (300, b"POST / HTTP/1.1\r\n"),
    "TLS": (300, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)),
    "zeros": (300, bytes(1000)),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_beside_a_flood_of_the_port_honest_callers_are_answered(
    target: Server, flood: tuple[int, bytes]
) -> None:
    with Flood(target.grpc_port, *flood):
        assert all_answered(5) == answered(target, 5)


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    """A frame of HTTP/2."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


HEADERS = frame(1, 0, 1, b"\x83\x86")  # POST and http, with more headers to come
FRAMES = {
    "pings": frame(6, payload=bytes(8)),
    "settings": frame(4),
    "priorities": frame(2, 0, 1, bytes(5)),
    "windows": frame(8, payload=b"\0\0\0\1"),
    "empty data": frame(0, 0, 1),
    "frames of no kind": frame(0xEE, payload=bytes(100)),
}


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
def test_beside_a_flood_of_frames_honest_callers_are_answered(target: Server, data: bytes) -> None:
    with little_memory(target), Pouring(target.grpc_port, PREFACE, data * 1000):
        assert all_answered(5) == answered(target, 5)


def test_headers_that_go_on_without_an_end_cost_little(target: Server) -> None:
    more = frame(9, 0, 1, b"\x00\x01x\x7f\x80\x07" + b"x" * 1023) * 100
    with little_memory(target), Pouring(target.grpc_port, PREFACE + HEADERS, more):
        assert all_answered(5) == answered(target, 5)


def test_calls_that_are_given_up_at_once_keep_nobody_out(target: Server) -> None:
    with little_memory(target), Calls(target.grpc_port) as calls:
        for _ in range(2000):
            calls.reset(calls.start(PREDICT, framed(MOVIE), end=True))

        assert all_answered(5) == answered(target, 5)


def test_a_client_that_never_reads_its_answers_costs_little(target: Server) -> None:
    batch = framed(field(1, b"") * FILMS)
    with little_memory(target), Calls(target.grpc_port, reads=False) as calls:
        for _ in range(5):
            calls.start(STREAM, batch * 2)

        assert all_answered(5) == answered(target, 5)
