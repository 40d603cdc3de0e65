"""REST and gRPC in one process: `python -m service`, the shortest way to a first answer.

It runs the application that `bentoml serve` runs, without a process that starts it and watches over
it: that does whoever starts containers.
"""

import argparse
import gc
import logging
import signal
import socket
import sys
from contextlib import AbstractAsyncContextManager
from typing import Any

from service.errors import BoxOfficeError

_PORT = 3000
_BACKLOG = 2048
_COMMAND = "python -m service"
_log = logging.getLogger("bentoml.box_office")


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 1 after a sentence where that cannot be."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # At once: the first process of a container does not hear what nobody has asked for.
        signal.signal(number, lambda *_: sys.exit(0))
    asked = options(argv)
    # Or to look for garbage among modules takes a tenth of the start.
    gc.set_threshold(20_000, 20, 20)
    from bentoml.exceptions import BentoMLException

    try:
        _start(asked.host, asked.port)
    except (BoxOfficeError, BentoMLException) as error:
        print(f"box_office: {error}", file=sys.stderr)
        return 1
    return 0


def options(argv: list[str] | None) -> argparse.Namespace:
    """What the command line says: `host` and `port`, which is None unless it is given."""
    parser = argparse.ArgumentParser(prog=_COMMAND, description=__doc__.partition("\n")[0])
    parser.add_argument("--host", default="0.0.0.0", help="of REST, %(default)s unless it is given")
    parser.add_argument("--port", type=_port, help=f"of REST, PORT or {_PORT} unless it is given")
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def _start(host: str, port: int | None) -> None:
    """Take the ports, and serve in this process; raises what is wrong as a sentence."""
    # Imported when signals are heard, and logging as in a worker of BentoML is there.
    import uvloop
    from bentoml._internal.log import configure_server_logging

    configure_server_logging()  # type: ignore[no-untyped-call]
    from service.rpc.address import check_free
    from service.service import BoxOffice, found, settings
    from service.settings import misspelt
    from service.store import check

    for sentence in misspelt():
        _log.warning(sentence)
    if settings.workers > 1:
        raise BoxOfficeError(
            f"BOX_OFFICE_WORKERS is {settings.workers}, and `{_COMMAND}` is one process: start "
            "`bentoml serve service.service:BoxOffice`, or unset it."
        )
    port = settings.platform_port or _PORT if port is None else port
    with listener(host, port) as rest:
        if settings.grpc_port:
            check_free(settings.grpc_host, settings.grpc_port)
        check(found)  # before BentoML would say a second time what is wrong with it
        service: Any = BoxOffice
        _introduce(service)
        uvloop.run(_serve(service.to_asgi(), rest))


def listener(host: str, port: int) -> socket.socket:
    """Listen for REST, from now on, so that nobody else can; raises BoxOfficeError."""
    from service.rpc.address import rest_cannot_listen

    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise rest_cannot_listen(host, port, "no such host") from None
    rest = socket.socket(family, kind)
    try:
        rest.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        rest.bind(address)
        rest.listen(_BACKLOG)
    except OSError as error:
        rest.close()
        raise rest_cannot_listen(host, port, str(error.strerror)) from None
    return rest


def _introduce(service: Any) -> None:
    """Say to BentoML what it serves, as its worker does: its log and its monitor have it."""
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.context import server_context

    BentoMLContainer.development_mode.set(False)
    server_context.service_type = "entry_service"
    server_context.service_name = server_context.bento_name = service.name
    server_context.bento_version = "not available"
    server_context.worker_index = 1


async def _serve(app: Any, rest: socket.socket) -> None:
    """Start what the application needs, answer until a signal, and end with what is under way."""
    import bentoml
    import uvicorn

    from service.rpc.address import addresses
    from service.service import settings

    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=settings.ending,
    )
    server = uvicorn.Server(config)

    def end(*_: Any) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    async with _lifespan(app):
        host, port = rest.getsockname()[:2]
        where = addresses(host, port, settings)
        _log.info("%s is ready: %s", bentoml.get_current_service().dataplane.tag, where)
        await server.serve(sockets=[rest])


def _lifespan(app: Any) -> AbstractAsyncContextManager[Any]:
    """The start and the end of an application; uvicorn would turn what it raises into a log."""
    starlette = getattr(app, "app", app)
    context: AbstractAsyncContextManager[Any] = starlette.router.lifespan_context(starlette)
    return context


if __name__ == "__main__":
    sys.exit(main())
