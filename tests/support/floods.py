"""Clients that hold connections: each sends some bytes and no more, and comes again when ended."""

import resource
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self


@contextmanager
def many_files() -> Iterator[None]:
    """Let this process open as many sockets as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Flood:
    """So many connections to a port that each send these bytes, and that are renewed when ended."""

    def __init__(self, port: int, count: int, data: bytes) -> None:
        self._port = port
        self._data = data
        self._selector = selectors.DefaultSelector()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._renew)
        for _ in range(count):
            self._open()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(20)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _open(self) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=20)
        connection.sendall(self._data)
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ)

    def _renew(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(0.1):
                if _ended(key.fileobj):
                    self._selector.unregister(key.fileobj)
                    key.fileobj.close()
                    with suppress(OSError):
                        self._open()


def _ended(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1 << 16)
    except ConnectionResetError:
        return True
