"""Connections that are held, dripped into or flooded: they end, and honest callers are answered."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain, repeat
from pathlib import Path

import pytest

from tests.support.floods import Flood, many_files
from tests.support.honest import FILM, all_answered, answered
from tests.support.http1 import Answer, Connection, ask, request
from tests.support.memory import MIB
from tests.support.nameless import nameless
from tests.support.refusals import BODY, FILMS, little_memory
from tests.support.server import WAYS, Server, running, wait_until

TIMEOUT = 2  # seconds for a request to arrive
ENDED = 15  # seconds within which whatever lasts too long has ended
FILES = 1024
LOCAL = b"Host: localhost\r\n"
HEAD = b"POST /v1/prediction HTTP/1.1\r\n" + LOCAL
LONG = HEAD + b"Content-Length: 1000\r\n\r\n{"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
NOWHERE = b"POST /nowhere HTTP/1.1\r\n" + LOCAL
PAGE = b"GET /livez HTTP/1.1\r\n" + LOCAL
ANSWERED = request("/v1/prediction", FILM)
BATCH = request("/v1/predictions", b"[" + b",".join([b"{}"] * FILMS) + b"]")


@pytest.fixture(scope="module", autouse=True)
def _many_files() -> Iterator[None]:
    with many_files():
        yield


@pytest.fixture(scope="module", params=WAYS)
def server(
    request: pytest.FixtureRequest, model_tag: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("connections")
    with running(folder, way=request.param, BOX_OFFICE_TIMEOUT=str(TIMEOUT)) as server:
        yield server


FLOODS = {
    "260 half-sent bodies": (260, LONG),
    "1,000 half-sent bodies": (1000, LONG),
    "1,000 half-sent batches": (1000, LONG.replace(b"prediction", b"predictions")),
    "1,000 half-sent chunks": (1000, CHUNKED + b"5\r\n{"),
    "1,000 half-sent heads": (1000, HEAD),
    "1,000 half-sent bodies for no endpoint": (1000, NOWHERE + b"Content-Length: 9\r\n\r\n{"),
    "1,000 silent connections": (1000, b""),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_beside_a_flood_of_connections_honest_callers_are_answered(
    server: Server, flood: tuple[int, bytes]
) -> None:
    with Flood(server.port, *flood):
        assert all_answered() == answered(server)


def test_silent_connections_that_take_all_files_keep_nobody_out_and_are_logged(
    model_tag: str, tmp_path: Path
) -> None:
    limit = ("sh", "-c", f'ulimit -n {FILES} && exec "$@"', "sh")
    timeout = {"BOX_OFFICE_TIMEOUT": str(TIMEOUT)}
    with running(tmp_path, under=limit, **timeout) as server, ExitStack() as stack:
        before = server.log.read_text()
        for _ in range(FILES + 200):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))

        assert all_answered() == answered(server)
        wait_until(lambda: before != server.log.read_text(), ENDED)


SLOW = {
    "nothing": (b"", b""),
    "half a line": (b"POST /v1/pre", b""),
    "half a head": (HEAD, b""),
    "half a body": (LONG, b""),
    "a method letter by letter": (b"", b"P"),
    "an address letter by letter": (b"POST /", b"v"),
    "a header letter by letter": (HEAD, b"x"),
    "one header after the other": (HEAD, b"x: x\r\n"),
    "empty lines": (b"", b"\r\n"),
    "a body letter by letter": (LONG, b" "),
    "chunks of one letter": (CHUNKED, b"1\r\n \r\n"),
    "a chunk size digit by digit": (CHUNKED, b"0"),
    "a chunk extension letter by letter": (CHUNKED + b"2;", b"x"),
    "one trailer after the other": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"x: x\r\n"),
    "a body for no endpoint": (NOWHERE + b"Content-Length: 1000\r\n\r\n", b" "),
    "a body for a page": (PAGE + b"Content-Length: 1000\r\n\r\n", b" "),
    "nothing after an answer": (ANSWERED, b""),
    "half a head after an answer": (ANSWERED + HEAD, b""),
    "a head letter by letter after an answer": (ANSWERED + HEAD, b"x"),
    "a body letter by letter after an answer": (ANSWERED + LONG, b" "),
}


@pytest.fixture(scope="module")
def slow(server: Server) -> Iterator[dict[str, Future[list[Answer]]]]:
    """What each slow client is answered until its end; all at once, because they take seconds."""
    with ThreadPoolExecutor(len(SLOW)) as pool:
        yield {name: pool.submit(drip, server.port, *data) for name, data in SLOW.items()}


def drip(port: int, begin: bytes, drop: bytes) -> list[Answer]:
    """Send some bytes, and then slowly more without an end."""

    def drops() -> Iterator[bytes]:
        yield begin
        while True:
            time.sleep(TIMEOUT / 10)
            yield drop

    with Connection(port) as connection:
        return connection.exchange(drops(), seconds=ENDED)


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_connection_is_ended(slow: dict[str, Future[list[Answer]]], name: str) -> None:
    statuses = [answer.status for answer in slow[name].result()]

    assert [] == [status for status in statuses if status >= 500]
    assert 200 in statuses or not SLOW[name][0].startswith(ANSWERED)


ENDLESS = {
    "a header": (HEAD + b"x: ", b"x" * MIB),
    "a name of a header": (HEAD, b"x" * MIB),
    "headers": (HEAD, b"x: x\r\n" * 100_000),
    "headers of a page": (PAGE, b"x: %s\r\n" % (b"x" * 8000) * 100),
    "an address": (b"GET /", b"x" * MIB),
    "a method": (b"", b"X" * MIB),
    "empty lines": (b"", b"\r\n" * (MIB // 2)),
    "a chunked body": (CHUNKED, b"100000\r\n%s\r\n" % (b" " * MIB)),
    "chunks of one letter": (CHUNKED, b"1\r\n \r\n" * 100_000),
    "a chunk size": (CHUNKED, b"0" * MIB),
    "a chunk extension": (CHUNKED + b"2;", b"x" * MIB),
    "extensions of small chunks": (CHUNKED, b"1;%s\r\n \r\n" % (b"x" * 16_000) * 50),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"x: x\r\n" * 100_000),
    "a chunked body for no endpoint": (
        NOWHERE + b"Transfer-Encoding: chunked\r\n\r\n",
        b"100000\r\n%s\r\n" % (b" " * MIB),
    ),
    "a long body for no endpoint": (NOWHERE + b"Content-Length: 1%s\r\n\r\n" % (b"0" * 15), LONG),
    "a long body for a page": (PAGE + b"Content-Length: 1%s\r\n\r\n" % (b"0" * 15), b" " * MIB),
}


@pytest.mark.parametrize(("begin", "more"), ENDLESS.values(), ids=ENDLESS)
def test_a_connection_without_end_is_ended(server: Server, begin: bytes, more: bytes) -> None:
    with little_memory(server), Connection(server.port) as connection:
        answers = connection.exchange(chain([begin], repeat(more)), seconds=ENDED)

    # A body in chunks of one letter is six times as long, and some lies in the kernel's buffers.
    assert connection.sent < 6 * BODY + 50 * MIB
    assert [] == [answer.status for answer in answers if answer.status >= 500]


HEADS = {
    "a header of 100 kB": HEAD + b"x: %s\r\n" % (b"x" * 100_000),
    "1,000 headers of 100 bytes": HEAD + b"x: %s\r\n" % (b"x" * 95) * 1000,
    "10,000 small headers": HEAD + b"x:x\r\n" * 10_000,
    "an address of 100 kB": HEAD.replace(b"/v1/prediction", b"/" + b"x" * 100_000),
    "a query of 100 kB": HEAD.replace(b"prediction", b"prediction?" + b"x" * 100_000),
    "a method of 100 kB": HEAD.replace(b"POST", b"X" * 100_000),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_head_that_is_too_large_is_refused(server: Server, head: bytes) -> None:
    answers = ask(server.port, head + b"Content-Length: 2\r\n\r\n{}", answers=None)

    assert {answer.status for answer in answers} <= {400, 405, 414, 431}


def test_a_large_head_of_an_honest_caller_is_read(server: Server) -> None:
    cookies = {f"x_{number}": "x" * 400 for number in range(20)}
    [answer] = ask(server.port, request("/v1/prediction", FILM, **cookies))

    assert 200 == answer.status


def test_a_client_that_never_reads_its_answers_is_ended(server: Server) -> None:
    with little_memory(server), socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.settimeout(20)
        client.sendall(BATCH * 10)
        port = client.getsockname()[1]

        wait_until(lambda: port in peers(server))
        wait_until(lambda: port not in peers(server), ENDED)


def peers(server: Server) -> set[int]:
    """The ports of the clients that the worker is connected to."""
    connections = server.workers()[0].net_connections("tcp4")
    return {connection.raddr.port for connection in connections if connection.raddr}


def test_requests_that_come_together_are_answered_in_their_order(server: Server) -> None:
    sizes = list(range(100))
    batches = (request("/v1/predictions", b"[" + b",".join([b"{}"] * n) + b"]") for n in sizes)
    answers = ask(server.port, b"".join(batches), answers=len(sizes))

    assert sizes == [len(answer.json()) for answer in answers]


def in_chunks_of_one_byte(body: bytes) -> bytes:
    return CHUNKED + b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"


def test_a_film_in_chunks_of_one_byte_is_answered_as_in_one_piece(server: Server) -> None:
    [pieces] = ask(server.port, in_chunks_of_one_byte(FILM))
    [whole] = ask(server.port, request("/v1/prediction", FILM))

    assert nameless(whole.json()) == nameless(pieces.json())


def test_half_a_million_chunks_of_one_byte_cost_little(server: Server) -> None:
    with little_memory(server):
        [answer] = ask(server.port, in_chunks_of_one_byte(FILM + b" " * 500_000))

    assert answer.status in {200, 400, 408, 413}


SECOND = PAGE + b"\r\n"
SMUGGLED = {
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}" + SECOND,
    "two lengths in one": HEAD + b"Content-Length: 2, 60\r\n\r\n{}" + SECOND,
    "a length and chunks": HEAD
    + b"Content-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SECOND,
    "chunks and a length": HEAD
    + b"Transfer-Encoding: chunked\r\nContent-Length: 60\r\n\r\n0\r\n\r\n"
    + SECOND,
    "chunks that are no chunks": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SECOND,
    "chunks before something else": HEAD
    + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"
    + SECOND,
    "chunks twice": HEAD
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
    + SECOND,
    "a length with a sign": HEAD + b"Content-Length: +2\r\n\r\n{}" + SECOND,
    "a negative length": HEAD + b"Content-Length: -2\r\n\r\n{}" + SECOND,
    "a length in hexadecimal": HEAD + b"Content-Length: 0x2\r\n\r\n{}" + SECOND,
    "a length beyond 64 bits": HEAD + b"Content-Length: 18446744073709551618\r\n\r\n{}" + SECOND,
    "a blank before the colon": HEAD + b"Content-Length : 2\r\n\r\n{}" + SECOND,
    "a folded length": HEAD + b"Content-Length:\r\n 2\r\n\r\n{}" + SECOND,
    "a NUL in a header": HEAD + b"x: \0\r\nContent-Length: 2\r\n\r\n{}" + SECOND,
    "a bare line feed": HEAD + b"x: x\nContent-Length: 2\r\n\r\n{}" + SECOND,
    "a bare carriage return": HEAD + b"x: x\rContent-Length: 2\r\n\r\n{}" + SECOND,
    "a chunk size beyond 64 bits": CHUNKED + b"10000000000000002\r\n{}\r\n0\r\n\r\n" + SECOND,
    "a negative chunk size": CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n" + SECOND,
    "a chunk longer than its size": CHUNKED + b"1\r\n{}\r\n0\r\n\r\n" + SECOND,
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
}


@pytest.mark.parametrize("data", SMUGGLED.values(), ids=SMUGGLED)
def test_a_request_with_two_readings_is_refused_once_and_ends(server: Server, data: bytes) -> None:
    assert [400] == [answer.status for answer in ask(server.port, data, answers=None)]


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nowhere", "POST", 404),
        ("/v1/model", "POST", 405),
        ("/v1/prediction", "PUT", 405),
        ("/v1/prediction", "POST", 400),
        ("/livez", "GET", 200),
    ],
)
def test_a_body_is_not_the_next_request(
    server: Server, path: str, method: str, status: int
) -> None:
    hidden = request("/v1/model", method="GET")
    data = request(path, hidden, method) + request("/livez", method="GET", connection="close")
    statuses = [answer.status for answer in ask(server.port, data, answers=None)]

    assert statuses in ([status], [status, 200])


@pytest.mark.parametrize("path", ["/nowhere", "/v1/predictions"])
def test_a_body_of_50_megabytes_is_refused_and_ends(server: Server, path: str) -> None:
    data = request(path, b" " * (50 * MIB))
    with little_memory(server):
        answers = ask(server.port, data, answers=None)

    assert {answer.status for answer in answers} <= {404, 413}
