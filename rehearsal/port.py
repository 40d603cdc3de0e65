"""Ports of this machine's loopback, for servers of rehearsals, tests and benchmarks."""

import random
import socket
import time
from contextlib import suppress

from service.errors import BoxOfficeError


def free_port() -> int:
    """A port that nothing listens on now.

    It is below 32768, because the kernel may give a higher one to another process at any time.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(host: str, port: int, seconds: float = 20.0) -> None:
    """Wait until something listens there; raises BoxOfficeError if nothing does in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise BoxOfficeError(f"Nothing listens on {host}:{port} after {seconds:.0f} s.")
