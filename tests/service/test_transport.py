"""Answers over HTTP reach the client as one packet, which is half of what sending them costs."""

import socket
import struct
from http import HTTPStatus

import httpx
import pytest

from tests.support.honest import FILM
from tests.support.http1 import Answer, Connection, request
from tests.support.server import Server

_DATA_SEGS_IN = 152  # where tcp_info of linux/tcp.h has how many packets with bytes have come

ANSWERED = {
    "a forecast": ("/v1/prediction", FILM, HTTPStatus.OK),
    "a refusal": ("/v1/prediction", b"{", HTTPStatus.BAD_REQUEST),
    "no endpoint": ("/nowhere", b"", HTTPStatus.NOT_FOUND),
}


def packets(connection: Connection) -> int:
    """How many packets with bytes a connection has received."""
    info = connection.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    count: int = struct.unpack_from("I", info, _DATA_SEGS_IN)[0]
    return count


@pytest.mark.parametrize("asked", ANSWERED.values(), ids=ANSWERED)
def test_an_answer_is_one_packet(server: Server, asked: tuple[str, bytes, int]) -> None:
    path, body, status = asked

    with Connection(server.port) as connection:
        answers = connection.exchange([request(path, body)], answers=1)

        assert [status] == [answer.status for answer in answers]
        assert packets(connection) == 1


def test_an_answer_of_many_packets_arrives_whole(server: Server) -> None:
    body = b"[" + b",".join([FILM] * 1000) + b"]"

    with Connection(server.port) as connection:
        (answer,) = connection.exchange([request("/v1/predictions", body)], answers=1)

    assert len(answer.body) > 1 << 17
    assert len(answer.json()) == 1000


def test_an_answer_without_a_body_is_not_kept(server: Server) -> None:
    with httpx.Client(base_url=server.http, timeout=5) as client:
        answers = [client.head("/livez"), client.head("/nowhere"), client.get("/livez")]

    assert [200, 404, 200] == [answer.status_code for answer in answers]


def test_a_client_that_waits_to_be_told_to_go_on_is_told_so_at_once(server: Server) -> None:
    whole = request("/v1/prediction", FILM, expect="100-continue")
    head = whole.removesuffix(FILM)

    with Connection(server.port) as connection:
        connection.socket.setblocking(True)
        connection.socket.settimeout(5)
        connection.socket.sendall(head)
        told = connection.socket.recv(1000)
        connection.socket.setblocking(False)
        answers: list[Answer] = connection.exchange([FILM], answers=1)

    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert [HTTPStatus.OK] == [answer.status for answer in answers]
