"""Puts a worker together: a stored model, its dataplane, its endpoints."""

import gc
from typing import Any

import bentoml

from service.dataplane import Dataplane
from service.limits import Limits
from service.model.predictor import Predictor
from service.rest import v1, v2
from service.rest.endpoint import Endpoint, Endpoints
from service.rest.pages import OneErrorShape, pages
from service.settings import SERVING, Settings


def load_dataplane(settings: Settings, model: bentoml.Model) -> Dataplane:
    """Load a model within the limits of the settings; raises ModelUnavailable."""
    limits = Limits(
        settings.max_batch, settings.max_body, settings.max_concurrency, settings.timeout
    )
    dataplane = Dataplane(Predictor.load(model.path_of(SERVING)), str(model.tag), limits)
    # Garbage collection made the slowest 1 % of requests: collect rarely, never what is here now.
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)
    return dataplane


def endpoints(dataplane: Dataplane) -> dict[str, Endpoint]:
    """Every endpoint for POST requests, by path."""
    return {**v1.endpoints(dataplane), **v2.endpoints(dataplane)}


def add_pages(service: bentoml.Service[Any]) -> None:
    """Add our pages to BentoML's application, and our shape to its errors."""
    service.mount_apps[:] = [(pages, "/", None)]
    service.middlewares[:] = [(OneErrorShape, {})]


def add_endpoints(service: bentoml.Service[Any]) -> None:
    """Add the endpoints to BentoML's application, inside the span that it makes of a request."""
    service.middlewares.insert(0, (Endpoints, {}))
