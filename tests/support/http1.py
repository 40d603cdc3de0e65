"""HTTP/1.1 as bytes: what a client without manners sends, and what it is answered."""

import json
import selectors
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn, Self

import h11

_GONE = (ConnectionResetError, BrokenPipeError)
_CHUNK = 1 << 18


@dataclass(frozen=True)
class Answer:
    """A whole response."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, which must be JSON as the standard has it: without NaN and without Infinity."""
        return json.loads(self.body, parse_constant=_refuse)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def request(path: str, body: bytes = b"", method: str = "POST", **headers: object) -> bytes:
    """A whole request; a header that is None is left out."""
    usual = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": len(body)}
    given = usual | {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in given.items() if value is not None]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + body


class Connection:
    """A connection whose client sends what it likes, and reads while it sends."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.setblocking(False)
        self.answers: list[Answer] = []
        self.sent = 0
        self.received = 0
        self.ended = False
        self._answering = _Answering()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def exchange(
        self, chunks: Iterable[bytes], answers: int | None = None, seconds: float = 20
    ) -> list[Answer]:
        """Send until the server has ended the connection, or has given so many answers."""
        left, waiting = iter(chunks), b""
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            while not self.ended and (answers is None or len(self.answers) < answers):
                assert time.monotonic() < deadline, f"open {seconds} s, after {self.sent} bytes"
                assert self.received < 1 << 26, "there is no end of the answers"
                waiting = waiting or next(left, b"")
                write = selectors.EVENT_WRITE if waiting else 0
                selector.modify(self.socket, selectors.EVENT_READ | write)
                for _, events in selector.select(0.1):
                    with suppress(BlockingIOError):
                        if events & selectors.EVENT_READ:
                            self._read()
                        elif events & selectors.EVENT_WRITE:
                            waiting = waiting[self._write(waiting) :]
        return self.answers

    def _read(self) -> None:
        try:
            data = self.socket.recv(1 << 20)
        except _GONE:
            data = b""
        self.received += len(data)
        self.ended = not data
        self.answers += self._answering.feed(data)

    def _write(self, data: bytes) -> int:
        try:
            count = self.socket.send(data[:_CHUNK])
        except _GONE:
            # What the server has said before it closed may still be there to be read.
            return len(data)
        self.sent += count
        return count


class _Answering:
    """Bytes to responses, however many come together; the end of the bytes is b""."""

    def __init__(self) -> None:
        self._body = b""
        self._begun = False
        self._connection = h11.Connection(h11.CLIENT)
        # h11 reads an answer only to a request that it knows of.
        self._connection.send(h11.Request(method="POST", target="/", headers=[("Host", "x")]))
        self._connection.send(h11.EndOfMessage())

    def feed(self, data: bytes) -> list[Answer]:
        self._begun = self._begun or bool(data)
        if not self._begun:
            return []
        self._connection.receive_data(data)
        while (event := self._connection.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Response):
                self._head = event
            elif isinstance(event, h11.Data):
                self._body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return self._finish()
        return []

    def _finish(self) -> list[Answer]:
        headers = {name.decode(): value.decode() for name, value in self._head.headers}
        answer = Answer(self._head.status_code, headers, self._body)
        rest, _ = self._connection.trailing_data
        self.__init__()
        return [answer, *(self.feed(rest) if rest else [])]


def ask(port: int, *chunks: bytes, answers: int | None = 1, seconds: float = 20) -> list[Answer]:
    """What is answered on a connection of its own, up to a number of answers or to its end."""
    with Connection(port) as connection:
        return connection.exchange(chunks, answers, seconds)
