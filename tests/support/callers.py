"""Callers that ask all at once, again and again, until they are told to stop."""

import http.client
import socket
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, Self

import grpc

from tests.support.honest import OPTIONS, code
from tests.support.server import Server

WAIT = 15  # seconds for an answer


class Caller(Protocol):
    """Asks one question over a connection of its own."""

    def ask(self) -> str:
        """What came of it."""

    def close(self) -> None:
        """End the connection, also while a question is open."""


class RestCaller:
    """Posts a body to a path."""

    def __init__(self, server: Server, path: str, body: bytes | None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT)
        self._request = "POST" if body else "GET", path, body

    def ask(self) -> str:
        try:
            self._connection.request(*self._request)
            with self._connection.getresponse() as answer:
                answer.read()
        # Where another thread closes the connection meanwhile, http.client closes what is None.
        except (OSError, http.client.HTTPException, AttributeError) as error:
            self._connection.close()
            return type(error).__name__
        return str(answer.status)

    def close(self) -> None:
        if self._connection.sock:
            with suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()


class GrpcCaller:
    """Calls a method with a message."""

    def __init__(self, server: Server, path: str, data: bytes) -> None:
        options = [*OPTIONS, ("grpc.max_receive_message_length", -1)]
        self._channel = grpc.insecure_channel(server.grpc, options)
        self._call = path, data

    def ask(self) -> str:
        return code(self._channel, *self._call, seconds=WAIT)[0]

    def close(self) -> None:
        self._channel.close()


class Crowd:
    """So many callers of one kind; `outcomes` counts what they are answered."""

    def __init__(self, count: int, caller: Callable[[], Caller]) -> None:
        self.outcomes: Counter[str] = Counter()
        self._callers = [caller() for _ in range(count)]
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=[c]) for c in self._callers]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for caller in self._callers:
            caller.close()
        for thread in self._threads:
            thread.join(20)

    def _ask(self, caller: Caller) -> None:
        while not self._stopping.is_set():
            outcome = caller.ask()
            if not self._stopping.is_set():
                self.outcomes[outcome] += 1
