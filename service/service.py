"""BoxOffice, the class that BentoML runs: its endpoints, its start and its end."""

import asyncio
import logging
from typing import Any

import bentoml
from bentoml.exceptions import BentoMLException
from bentoml.models import BentoModel
from starlette.types import ASGIApp

from service import __version__
from service.errors import BoxOfficeError
from service.films.fields import FIELDS, KNOWN, MAXIMA, UNITS
from service.films.schema import (
    BREAK_EVEN,
    EXAMPLES,
    EXPECTED,
    NOUN,
    SERVICE,
    TARGET,
    UNIT,
    UNSAID,
    Outcome,
    Prediction,
    Row,
)
from service.heartbeat import beat
from service.settings import HEARTBEAT, METRICS, SERVING, Settings, handed_down, misspelt
from service.store import check, stored
from service.telemetry import logs, tracing

try:
    settings = Settings.from_env()
except BoxOfficeError as error:
    # BentoML prints its own exceptions as one sentence, without a traceback.
    raise BentoMLException(str(error)) from None
logs.configure(settings.log)
_log = logging.getLogger("bentoml.box_office")
found = stored(settings.model)


class Application(bentoml.Service):  # type: ignore[misc]
    """A BentoML service with an application of our own in place of BentoML's.

    BentoML's handling of a request costs several times what a forecast costs.
    """

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """The application of one worker."""
        # Imported here, because the process that starts the workers does not need it.
        from service.worker import application

        return application(self, settings)


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

    model = BentoModel(settings.model)

    def __init__(self) -> None:
        # Imported here, because the process that starts the workers does not need it.
        from service.dataplane import Dataplane
        from service.rpc.server import RpcServer
        from service.telemetry import metrics, monitoring
        from service.worker import endpoints

        if folder := handed_down(METRICS):
            metrics.share(folder)
        metrics.begin()
        model = found
        # Looked at again, because its files may have changed since the first worker was started.
        check(model)
        self.dataplane = Dataplane.load(
            model.path_of(SERVING), str(model.tag), settings, monitoring.configured()
        )
        self.endpoints = endpoints(self.dataplane)
        spans = tracing.interceptors(settings.otlp_endpoint)
        self.rpc = RpcServer(self.dataplane, spans) if settings.grpc_port else None

    @bentoml.on_deployment
    @staticmethod
    def before_the_workers() -> None:
        """Look at the model once for all workers, and let our supervisor start them."""
        from service.supervisor import supervise

        for sentence in misspelt():
            _log.warning(sentence)
        try:
            check(found)
            supervise(settings, str(found.tag))
        except BoxOfficeError as error:
            raise BentoMLException(str(error)) from None

    async def start(self) -> None:
        """Start gRPC in this worker, and tell the supervisor that it is ready."""
        if self.rpc:
            await self.rpc.start(settings.grpc_host, settings.grpc_port)
        if pipe := handed_down(HEARTBEAT):
            self.heart = asyncio.create_task(beat(int(pipe), settings.ending))

    async def stop(self) -> None:
        """Be ready no more, and stop gRPC when the calls in flight have finished."""
        self.dataplane.stopping = True
        if self.rpc:
            await self.rpc.stop()
        await asyncio.to_thread(self.dataplane.memory.close)

    # service/rest answers POST requests to these paths before BentoML reads them. BentoML's
    # clients and its OpenAPI page use these declarations.
    @bentoml.api(route="/v1/prediction")
    async def prediction(self, movie: Row, /) -> Prediction:
        """Forecast one film from what is known of it; see GET /v1/model for units and ranges."""
        raise NotImplementedError

    @bentoml.api(route="/v1/predictions")
    async def predictions(self, movies: list[Row], /) -> list[Prediction]:
        """Forecast many films, each as POST /v1/prediction does, all of them or none."""
        raise NotImplementedError

    @bentoml.api(route="/v1/explanation")
    async def explanation(self, movie: Row, /) -> dict[str, Any]:
        """Say what each field of one film does to its forecast: a base and factors."""
        raise NotImplementedError

    @bentoml.api(route="/v1/explanations")
    async def explanations(self, movies: list[Row], /) -> list[dict[str, Any]]:
        """Explain some films, each as POST /v1/explanation does, all of them or none."""
        raise NotImplementedError

    @bentoml.api(route="/v1/comparables")
    async def comparables(self, movie: Row, /) -> dict[str, Any]:
        """Name the films of the training data that are most like one; ?count= says how many."""
        raise NotImplementedError

    @bentoml.api(route="/v1/outcomes")
    async def outcomes(self, outcomes: list[Outcome], /) -> dict[str, Any]:
        """Tell what became of films, each by the id of a forecast, or by title and year."""
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """What is deployed: the answer of GET /v1/model."""
        info, manifest = self.model.info, self.dataplane.predictor.manifest
        return {
            "service": SERVICE,
            "version": __version__,
            "noun": NOUN,
            "model": str(info.tag),
            "trained_at": info.creation_time.isoformat(timespec="seconds"),
            "git_sha": info.metadata["git_sha"],
            "data_hash": manifest.data_hash,
            "target": {
                "name": TARGET,
                "mean": EXPECTED,
                "unit": UNIT,
                "description": Prediction.model_fields[TARGET].description,
            },
            "coverage": manifest.coverage,
            "limits": {"films": settings.max_batch, "bytes": settings.max_body},
            "break_even": BREAK_EVEN and dict(zip(("field", "multiple"), BREAK_EVEN, strict=True)),
            "examples": EXAMPLES,
            "horizons": {h: part.model_dump() for h, part in manifest.horizons.items()},
            "fields": {name: self._field(name) for name in FIELDS},
            "explanations": self.dataplane.reasons.describe(),
            "comparables": self.dataplane.comparables.describe(),
            "metrics": info.metadata["metrics"],
            "params": info.metadata["params"],
            "card": info.metadata["card"],
        }

    def _field(self, name: str) -> dict[str, Any]:
        manifest = self.dataplane.predictor.manifest
        seen = manifest.ranges.get(name)
        return {
            "description": Row.model_fields[name].description,
            "unit": UNITS[name],
            "unit_is_said": UNITS[name] not in UNSAID,
            "known": KNOWN[name],
            "used_by": [h for h, part in manifest.horizons.items() if name in part.fields],
            "maximum": MAXIMA.get(name),
            "training_range": seen and [seen.low, seen.high],
            "categories": manifest.categories.get(name),
        }
