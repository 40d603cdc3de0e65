"""Puts a worker together: its endpoints and pages in one application, with its start and its end.

BentoML has an application for a service, too. Beside what is here it would load clients, a proxy
and a supervisor, which takes longer than all else at a start, and answer with pages of its own.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import bentoml
from _bentoml_sdk.service import set_current_service
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.config import HTTP_PROTOCOLS

from service.dataplane import Dataplane
from service.limits import affordable_connections
from service.rest import v1, v2
from service.rest.connection import Connection
from service.rest.docs import docs
from service.rest.endpoint import Endpoint, Endpoints
from service.rest.headers import SecurityHeaders
from service.rest.pages import OneErrorShape, pages
from service.settings import Settings

_log = logging.getLogger("bentoml.box_office")


def endpoints(dataplane: Dataplane) -> dict[str, Endpoint]:
    """Every endpoint for POST requests, by path."""
    return {**v1.endpoints(dataplane), **v2.endpoints(dataplane)}


def application(service: bentoml.Service[Any], settings: Settings) -> ASGIApp:
    """The application of one worker, for uvicorn, whose connections it limits.

    Endpoints come before all else, unless requests are traced: then each is a span.
    """
    _limit_connections(settings)
    service.inject_config()  # what BentoML's configuration says of monitoring
    shape = [Middleware(SecurityHeaders), Middleware(OneErrorShape)]
    if settings.otlp_endpoint:
        shape = [_traced(), Middleware(Endpoints), *shape]
    app = Starlette(
        routes=[*_routes(service), *pages.routes, *docs.routes],
        middleware=shape,
        lifespan=partial(_life, service),
    )
    app.router.redirect_slashes = False  # to an address that the client has made up
    return app if settings.otlp_endpoint else Endpoints(app)


def _traced() -> Middleware:
    """What traces REST, as BentoML's configuration of this service says."""
    from bentoml._internal.configuration.containers import BentoMLContainer
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

    provider = BentoMLContainer.tracer_provider.get()
    return Middleware(OpenTelemetryMiddleware, tracer_provider=provider)


def _limit_connections(settings: Settings) -> None:
    """Let uvicorn, which BentoML starts without a choice of these, limit connections as we do."""
    most, _ = affordable_connections(settings.max_connections)
    connection: Any = partial(Connection, settings.timeout, most)
    HTTP_PROTOCOLS["auto"] = connection


@asynccontextmanager
async def _life(service: bentoml.Service[Any], _: Starlette) -> AsyncIterator[None]:
    """Load the model and start; at the end of the server, stop."""
    instance: Any = service()
    _log.info("Service %s initialized", service.name)
    await instance.start()
    set_current_service(instance)
    yield
    await instance.stop()
    set_current_service(None)


def _routes(service: bentoml.Service[Any]) -> list[Route]:
    """What BentoML's own clients and its probes ask, and that endpoints have but one method."""

    async def schema(_: Request) -> Response:
        return JSONResponse(service.schema())

    return [
        Route("/livez", _live),
        Route("/healthz", _live),
        Route("/readyz", _ready),
        Route("/schema.json", schema),
        *(Route(api.route, _no_endpoint, methods=["POST"]) for api in service.apis.values()),
    ]


async def _live(_: Request) -> Response:
    return PlainTextResponse("\n")


async def _ready(_: Request) -> Response:
    if not bentoml.get_current_service().dataplane.ready():
        raise HTTPException(503, "The worker cannot forecast, or ends.")
    return PlainTextResponse("\n")


async def _no_endpoint(_: Request) -> Response:
    raise HTTPException(404)  # of what BentoML knows, there is an endpoint for everything
