"""BoxOffice, the class that BentoML runs: its endpoints, its start and its end."""

from typing import Any

import bentoml
from bentoml.exceptions import BentoMLException
from starlette.types import ASGIApp

from service.errors import BoxOfficeError
from service.films.fields import FIELDS, KNOWN, UNITS
from service.films.schema import Prediction, Row
from service.settings import SERVING, Settings, hand_down
from service.store import readable, stored
from service.telemetry import logs, tracing

try:
    settings = Settings.from_env()
except BoxOfficeError as error:
    # BentoML prints its own exceptions as one sentence, without a traceback.
    raise BentoMLException(str(error)) from None
logs.configure(settings.log)


class Application(bentoml.Service):  # type: ignore[misc]
    """A BentoML service whose endpoints answer before BentoML's own request handling does.

    That handling costs several times what a forecast costs. If requests are traced, it comes first,
    so that each request is a span.
    """

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """The application of one worker."""
        # Imported here, because the process that starts the workers does not need it.
        from service import worker
        from service.rest.endpoint import Endpoints

        worker.limit_connections(settings)
        worker.add_pages(self)
        if settings.otlp_endpoint:
            worker.add_endpoints(self)
        app: Any = super().to_asgi(is_main)
        app.router.redirect_slashes = False  # to an address that the client has made up
        return app if settings.otlp_endpoint else Endpoints(app)


@bentoml.service(
    name="box_office",
    service_class=Application,
    workers=settings.workers,
    # BentoML's own metrics and access log cost more than a forecast.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing=tracing.configuration(settings.otlp_endpoint),
)
class BoxOffice:
    """Forecasts the worldwide gross of films, in USD, with an interval."""

    model = stored(settings.model)

    def __init__(self) -> None:
        # Imported here, because the process that starts the workers does not need it.
        from service.dataplane import Dataplane
        from service.rpc.server import RpcServer
        from service.worker import endpoints

        folder, tag = self.model.path_of(SERVING), str(self.model.tag)
        self.dataplane = Dataplane.load(folder, tag, settings)
        self.endpoints = endpoints(self.dataplane)
        spans = tracing.interceptors(settings.otlp_endpoint)
        self.rpc = RpcServer(self.dataplane, spans) if settings.grpc_port else None

    @bentoml.on_deployment
    @staticmethod
    def before_the_workers() -> None:
        """Look at the model and the gRPC port once for all workers, and at the workers often."""
        from service import supervisor

        try:
            # A worker that takes the place of another serves what that one did.
            hand_down(str(readable(settings.model).tag))
            supervisor.check_port(settings.grpc_host, settings.grpc_port)
        except BoxOfficeError as error:
            raise BentoMLException(str(error)) from None
        supervisor.look_often()

    @bentoml.on_startup
    async def start_rpc(self) -> None:
        """Start gRPC in this worker."""
        if self.rpc:
            await self.rpc.start(settings.grpc_host, settings.grpc_port)

    @bentoml.on_shutdown
    async def stop_rpc(self) -> None:
        """Stop gRPC when the calls in flight have finished."""
        if self.rpc:
            await self.rpc.stop()

    # service/rest answers POST requests to these two paths before BentoML reads them. BentoML's
    # clients and its OpenAPI page use these declarations.
    @bentoml.api(route="/v1/prediction")
    async def prediction(self, movie: Row, /) -> Prediction:
        """Forecast one film from what is known of it; see GET /v1/model for units and ranges."""
        raise NotImplementedError

    @bentoml.api(route="/v1/predictions")
    async def predictions(self, movies: list[Row], /) -> list[Prediction]:
        """Forecast many films, each as POST /v1/prediction does, all of them or none."""
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """What is deployed: the answer of GET /v1/model."""
        info, manifest = self.model.info, self.dataplane.predictor.manifest
        return {
            "model": str(info.tag),
            "trained_at": info.creation_time.isoformat(timespec="seconds"),
            "git_sha": info.metadata["git_sha"],
            "data_hash": manifest.data_hash,
            "coverage": manifest.coverage,
            "horizons": {h: part.model_dump() for h, part in manifest.horizons.items()},
            "fields": {name: self._field(name) for name in FIELDS},
            "metrics": info.metadata["metrics"],
            "params": info.metadata["params"],
            "card": info.metadata["card"],
        }

    def _field(self, name: str) -> dict[str, Any]:
        manifest = self.dataplane.predictor.manifest
        seen = manifest.ranges.get(name)
        return {
            "unit": UNITS[name],
            "known": KNOWN[name],
            "used_by": [h for h, part in manifest.horizons.items() if name in part.fields],
            "training_range": seen and [seen.low, seen.high],
            "categories": manifest.categories.get(name),
        }
