"""A client that sends the same bytes for as long as the server takes them."""

import socket
import threading
from contextlib import suppress
from typing import Self


class Pouring:
    """Sends some bytes, and then others without an end, on connections that are renewed."""

    def __init__(self, port: int, begin: bytes, more: bytes) -> None:
        self._address = "127.0.0.1", port
        self._begin = begin
        self._more = more
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._pour)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(20)

    def _pour(self) -> None:
        while not self._stopping.is_set():
            with (
                suppress(OSError),
                socket.create_connection(self._address, timeout=0.5) as connection,
            ):
                connection.sendall(self._begin)
                while not self._stopping.is_set():
                    connection.send(self._more)
                    _drain(connection)


def _drain(connection: socket.socket) -> None:
    with suppress(BlockingIOError):
        while connection.recv(1 << 18, socket.MSG_DONTWAIT):
            pass
