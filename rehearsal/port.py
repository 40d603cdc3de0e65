"""Ports of this machine's loopback, for servers of rehearsals, tests and benchmarks."""

import random
import socket
import time
from contextlib import suppress

from service.errors import BoxOfficeError


def free_port() -> int:
    """A port that nothing listens on now.

    It is not one of those (32768 and up) that the kernel gives to others before it is used.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(host: str, port: int, seconds: float = 20.0) -> None:
    """Return when something listens there; raises BoxOfficeError when nothing does in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise BoxOfficeError(f"Nothing listens on {host}:{port} after {seconds:.0f} s.")
