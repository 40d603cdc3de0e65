"""BoxOffice, the BentoML service: it opens the doors and closes them."""

from typing import Annotated, Any

import bentoml
from pydantic import Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service import metrics, oip_rest, rest
from service.asgi import Door, Doors, Front
from service.films import columns, values
from service.opening import open_desk, stored
from service.rpc.server import RpcServer
from service.schema import FIELDS, KNOWN, UNITS, Movie, Prediction
from service.settings import Settings


async def _metrics(_: Request) -> Response:
    return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")


def _tracing(endpoint: str) -> dict[str, Any]:
    if not endpoint:
        return {"excluded_urls": [".*"]}
    otlp = {"endpoint": f"{endpoint.rstrip('/')}/v1/traces", "protocol": "http"}
    return {"exporter_type": "otlp", "sample_rate": 1.0, "otlp": otlp}


settings = Settings.from_env()
_routes = Starlette(
    routes=[*rest.routes, *oip_rest.routes, Route("/metrics", _metrics, methods=["GET"])]
)


@bentoml.service(
    name="box_office",
    workers=settings.workers,
    service_class=Front,
    # BentoML's own counting and logging of requests cost more than a forecast does.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing=_tracing(settings.otlp_endpoint),
)
@bentoml.asgi_app(_routes, path="/")
class BoxOffice:
    """Forecasts the worldwide gross of films, in USD, with an interval."""

    model = stored(settings.model)

    def __init__(self) -> None:
        self.desk = open_desk(settings, self.model)
        self.rpc = RpcServer(self.desk) if settings.grpc_port else None
        self.doors: dict[str, Door] = {
            **rest.doors(self.desk),
            **oip_rest.doors(self.desk),
        }

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
    async def predictions(
        self,
        movies: Annotated[list[Movie], Field(examples=[[Movie.example()]])],
        /,
    ) -> list[Prediction]:
        """Forecast many films, each as POST /v1/prediction does, all of them or none."""
        return self._predictions(movies)

    def _predictions(self, movies: list[Movie]) -> list[Prediction]:
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


def _with_middleware(service: Any) -> None:
    if settings.otlp_endpoint:
        service.add_asgi_middleware(Doors)
    service.add_asgi_middleware(rest.OneErrorShape)


_with_middleware(BoxOffice)
