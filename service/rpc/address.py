"""Where REST and gRPC listen: HOST:PORT, which must be of this machine and free."""

import errno
import socket

from service.errors import BoxOfficeError
from service.settings import Settings

_HOST = "BOX_OFFICE_GRPC_HOST to an address of this machine"
_PORT = "BOX_OFFICE_GRPC_PORT to a free port, or to 0 for none"


def joined(host: str, port: int) -> str:
    """HOST:PORT, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def addresses(host: str, port: int, settings: Settings) -> str:
    """Where a server listens for REST, as is given, and for gRPC, as a sentence has it."""
    grpc = f", gRPC on {joined(settings.grpc_host, settings.grpc_port)}"
    return f"REST on {joined(host, port)}{grpc if settings.grpc_port else ''}"


def probe(host: str, port: int) -> None:
    """Raise OSError where nobody could listen now."""
    family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)


def check_free(host: str, port: int) -> None:
    """Raise BoxOfficeError where gRPC could not listen, or somebody else does.

    The workers share the port, and would share it with another server too.
    """
    try:
        probe(host, port)
    except (socket.gaierror, UnicodeError):
        raise cannot_listen(host, port, "no such host", _HOST) from None
    except OSError as error:
        remedy = _HOST if error.errno == errno.EADDRNOTAVAIL else _PORT
        raise cannot_listen(host, port, str(error.strerror), remedy) from None


def cannot_listen(host: str, port: int, reason: str, remedy: str = _PORT) -> BoxOfficeError:
    """That gRPC cannot listen there, why, and what to set."""
    return BoxOfficeError(f"gRPC cannot listen on {joined(host, port)} ({reason}): set {remedy}.")


def rest_cannot_listen(host: str, port: int, reason: str) -> BoxOfficeError:
    """That REST cannot listen there, why, and what to do."""
    return BoxOfficeError(
        f"REST cannot listen on {joined(host, port)} ({reason}): start it with another --host or "
        "--port."
    )
