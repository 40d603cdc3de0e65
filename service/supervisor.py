"""What the process that starts the workers does: look at the gRPC port, and at the workers."""

import socket
from typing import Any

from service.errors import BoxOfficeError

_SECONDS = 1.0


def check_port(host: str, port: int) -> None:
    """Raise BoxOfficeError where somebody else listens on the gRPC port.

    The workers share the port, and would share it with another server too.
    """
    if not port:
        return
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise BoxOfficeError(
                f"gRPC cannot listen on {host}:{port} ({error.strerror}): set BOX_OFFICE_GRPC_PORT "
                "to a free port, or to 0 for none."
            ) from None


def look_often() -> None:
    """Replace a worker that died within a second; BentoML looks every ten, and cannot be told."""
    from circus.arbiter import Arbiter

    original = Arbiter.__init__

    def init(self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options | {"check_delay": _SECONDS})

    Arbiter.__init__ = init
