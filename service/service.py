"""BoxOffice, the BentoML service: it opens the doors and closes them."""

from typing import Any

import bentoml
from bentoml.exceptions import BentoMLException

from service.errors import BoxOfficeError
from service.films.schema import FIELDS, KNOWN, UNITS, Movie, Prediction
from service.front import Front, TracedFront
from service.settings import Settings
from service.store import stored
from service.telemetry import logs, tracing

try:
    settings = Settings.from_env()
except BoxOfficeError as error:
    # What BentoML raises itself, it shows as one sentence.
    raise BentoMLException(str(error)) from None
logs.configure(settings.log)


@bentoml.service(
    name="box_office",
    service_class=TracedFront if settings.otlp_endpoint else Front,
    workers=settings.workers,
    # BentoML's own counting and logging of requests cost more than a forecast does.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing=tracing.configuration(settings.otlp_endpoint),
)
class BoxOffice:
    """Forecasts the worldwide gross of films, in USD, with an interval."""

    model = stored(settings.model)

    def __init__(self) -> None:
        # Not at the top: the process that only starts the workers needs none of it.
        from service.rpc.server import RpcServer
        from service.worker import open_desk, open_doors

        self.desk = open_desk(settings, self.model)
        self.doors = open_doors(self.desk)
        spans = tracing.interceptors(settings.otlp_endpoint)
        self.rpc = RpcServer(self.desk, spans) if settings.grpc_port else None

    @bentoml.on_deployment
    @staticmethod
    def before_the_workers() -> None:
        """Look at the gRPC port while no worker shares it yet, and at the workers often."""
        from service import supervisor

        try:
            supervisor.check_port(settings.grpc_host, settings.grpc_port)
        except BoxOfficeError as error:
            raise BentoMLException(str(error)) from None
        supervisor.look_often()

    @bentoml.on_startup
    async def start_rpc(self) -> None:
        """Answer over gRPC too, in this worker as in the others."""
        if self.rpc:
            await self.rpc.start(settings.grpc_host, settings.grpc_port)

    @bentoml.on_shutdown
    async def stop_rpc(self) -> None:
        """Let the gRPC calls under way finish."""
        if self.rpc:
            await self.rpc.stop()

    @bentoml.api(route="/v1/prediction")
    async def prediction(self, movie: Movie, /) -> Prediction:
        """Forecast one film from what is known of it; see GET /v1/model for units and ranges."""
        return self._predictions([movie])[0]

    @bentoml.api(route="/v1/predictions")
    async def predictions(self, movies: list[Movie], /) -> list[Prediction]:
        """Forecast many films, each as POST /v1/prediction does, all of them or none."""
        return self._predictions(movies)

    def _predictions(self, movies: list[Movie]) -> list[Prediction]:
        from service.validation import columns, values

        forecast = self.desk.forecast("python", columns(map(values, movies)))
        return [Prediction.model_validate(answer) for answer in self.desk.answers(forecast)]

    def describe(self) -> dict[str, Any]:
        """What is deployed: the answer of GET /v1/model."""
        info, card = self.model.info, self.desk.predictor.card
        return {
            "model": str(info.tag),
            "trained_at": info.creation_time.isoformat(timespec="seconds"),
            "git_sha": info.metadata["git_sha"],
            "data_hash": card.data_hash,
            "coverage": card.coverage,
            "horizons": {h: part.model_dump() for h, part in card.horizons.items()},
            "fields": {name: self._field(name) for name in FIELDS},
            "metrics": info.metadata["metrics"],
            "params": info.metadata["params"],
            "card": info.metadata["card"],
        }

    def _field(self, name: str) -> dict[str, Any]:
        card = self.desk.predictor.card
        seen = card.ranges.get(name)
        return {
            "unit": UNITS[name],
            "known": KNOWN[name],
            "used_by": [h for h, part in card.horizons.items() if name in part.fields],
            "training_range": seen and [seen.low, seen.high],
            "categories": card.categories.get(name),
        }
