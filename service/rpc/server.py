"""The gRPC server: in every worker beside REST, or alone with `python -m service.rpc.server`."""

import asyncio
import logging
import signal
import sys
from operator import methodcaller
from typing import Any

import grpc
import uvloop
from bentoml._internal.log import configure_server_logging
from bentoml.exceptions import NotFound
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import DecodeError
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from service.dataplane import Dataplane
from service.errors import BoxOfficeError
from service.limits import Limits
from service.rpc import box_office_pb2, open_inference_pb2
from service.rpc.address import cannot_listen, check_free, joined
from service.rpc.forecasts import Predictor
from service.rpc.inference import Inference
from service.settings import SERVING, Settings, misspelt
from service.store import readable
from service.telemetry import logs
from service.telemetry.tracing import interceptors

_log = logging.getLogger("bentoml.box_office")
_SERVICES = (
    box_office_pb2.DESCRIPTOR.services_by_name["Predictor"],
    open_inference_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"],
)
_METADATA = 64 * 1024  # bytes of the headers of a call
_PENDING = 10_000  # calls
_MINUTES = 5  # until an idle connection ends, and one whose client is gone
_SECONDS, _LOOKS = 1.0, 20
_NAMES = tuple(service.full_name for service in _SERVICES)


class RpcServer:
    """A gRPC server with health and reflection; `port` is where it listens."""

    def __init__(self, dataplane: Dataplane, spans: tuple[Any, ...] = ()) -> None:
        logging.getLogger("grpc._cython.cygrpc").addFilter(_is_ours)
        self._limits = dataplane.limits
        self._server = grpc.aio.server(options=_options(dataplane.limits), interceptors=spans)
        self._health = health.aio.HealthServicer()
        servicers = zip(_SERVICES, (Predictor(dataplane), Inference(dataplane)), strict=True)
        self._server.add_generic_rpc_handlers([_methods(*each) for each in servicers])
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (*_NAMES, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)

    async def start(self, host: str, port: int) -> None:
        """Listen on the port, which the workers share, and report SERVING."""
        try:
            self.port = self._server.add_insecure_port(joined(host, port))
        except RuntimeError as error:
            raise cannot_listen(host, port, "the reason is in the log") from error
        await self._server.start()
        for name in ("", *_NAMES):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self) -> None:
        """Report NOT_SERVING, refuse new calls, and let those in flight finish."""
        await self._health.enter_graceful_shutdown()
        await self._settle()
        await self._server.stop(self._limits.grace)

    async def _settle(self) -> None:
        """Let what has arrived become a call in flight, before the library refuses what is not."""
        begun = -1
        for _ in range(_LOOKS):
            await asyncio.sleep(_SECONDS / _LOOKS)
            if self._limits.idle() and self._limits.begun == begun:
                return
            begun = self._limits.begun


def _is_ours(record: logging.LogRecord) -> bool:
    # Health and reflection come with the library, which logs a traceback for bytes it cannot read.
    return not record.exc_info or not isinstance(record.exc_info[1], DecodeError)


def _options(limits: Limits) -> list[tuple[str, int]]:
    """What one client, or all of them, may have from the library; see grpc_types.h of gRPC."""
    return [
        ("grpc.so_reuseport", 1),
        ("grpc.max_receive_message_length", limits.max_body),
        ("grpc.max_send_message_length", -1),
        ("grpc.absolute_max_metadata_size", _METADATA),
        ("grpc.max_allowed_incoming_connections", limits.max_rpc_connections),
        ("grpc.server_handshake_timeout_ms", int(limits.timeout * 1000)),
        ("grpc.max_connection_idle_ms", _MINUTES * 60_000),
        ("grpc.keepalive_time_ms", _MINUTES * 60_000),
        # Above its own limit, of 1,000 calls, the library cancels some without a reason.
        ("grpc.server.max_pending_requests", _PENDING),
        ("grpc.server.max_pending_requests_hard_limit", _PENDING),
    ]


def _methods(service: ServiceDescriptor, servicer: object) -> grpc.GenericRpcHandler:
    """The methods of a service, which read bytes from their context.

    The library itself would wait for a message without an end, and answer one that it cannot read
    with the name of a class, and with a traceback in the log.
    """
    handlers: dict[str, Any] = {
        method.name: (
            grpc.stream_stream_rpc_method_handler
            if method.client_streaming
            else grpc.stream_unary_rpc_method_handler
        )(getattr(servicer, method.name), response_serializer=methodcaller("SerializeToString"))
        for method in service.methods
    }
    return grpc.method_handlers_generic_handler(service.full_name, handlers)


async def serve(settings: Settings) -> None:
    """Serve gRPC alone until SIGTERM or SIGINT."""
    host, port = settings.grpc_host, settings.platform_port or settings.grpc_port
    check_free(host, port)
    model = readable(settings.model)
    dataplane = Dataplane.load(model.path_of(SERVING), str(model.tag), settings)
    server = RpcServer(dataplane, interceptors(settings.otlp_endpoint))
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await server.start(host, port)
    _log.info("%s is ready: gRPC on %s", model.tag, joined(host, server.port))
    await stopping.wait()
    dataplane.stopping = True
    await server.stop()
    await asyncio.to_thread(dataplane.memory.close)


def main() -> int:
    """Serve gRPC alone, on PORT if a platform sets it, or else on BOX_OFFICE_GRPC_PORT."""
    try:
        settings = Settings.from_env()
        configure_server_logging()  # as BentoML does for its servers
        logs.configure(settings.log)
        for sentence in misspelt():
            _log.warning(sentence)
        uvloop.run(serve(settings))
    except (BoxOfficeError, NotFound) as error:
        print(f"box_office: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
