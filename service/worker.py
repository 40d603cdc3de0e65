"""Puts a worker together: its endpoints and pages, in BentoML's application."""

from functools import partial
from typing import Any

import bentoml
from starlette.applications import Starlette
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

_BENTOML = {"index", "openapi-spec", "static_content"}  # what it calls its pages


def endpoints(dataplane: Dataplane) -> dict[str, Endpoint]:
    """Every endpoint for POST requests, by path."""
    return {**v1.endpoints(dataplane), **v2.endpoints(dataplane)}


def limit_connections(settings: Settings) -> None:
    """Let uvicorn, which BentoML starts without a choice of these, limit connections as we do."""
    most, _ = affordable_connections(settings.max_connections)
    connection: Any = partial(Connection, settings.timeout, most)
    HTTP_PROTOCOLS["auto"] = connection


def add_pages(service: bentoml.Service[Any]) -> None:
    """Add our pages to BentoML's application, our shape to its errors, and headers for browsers."""
    service.mount_apps[:] = [(pages, "/", None), (docs, "/", None)]
    service.middlewares[:] = [(SecurityHeaders, {}), (OneErrorShape, {})]


def remove_pages(app: Starlette) -> None:
    """Remove BentoML's own pages, one of which would load a tracker."""
    app.router.routes[:] = [r for r in app.router.routes if getattr(r, "name", "") not in _BENTOML]


def add_endpoints(service: bentoml.Service[Any]) -> None:
    """Add the endpoints to BentoML's application, inside the span that it makes of a request."""
    service.middlewares.insert(0, (Endpoints, {}))
