"""What OpenAPI says of the pages for GET that programs read."""

from collections.abc import Mapping

from service.rest.deployed import Deployed
from service.rest.openapi import TEXT, Body, Operation
from service.rest.shapes import Refusal


def _get(path: str, tag: str, summary: str, answers: Mapping[int, Body]) -> Operation:
    name = path.rpartition("/")[2]
    return Operation(
        "get", path, name=name, tag=tag, summary=summary, answers=answers, error=Refusal
    )


_LIVES = "Whether the worker lives"
_ALIVE = {200: Body(str, "It lives.", TEXT)}
_READY = {200: Body(str, "It is ready.", TEXT), 503: Body(Refusal, "It cannot forecast, or ends.")}
_DEPLOYED = {200: Body(Deployed, "Where the model comes from, how good it is, what it knows.")}
_METRICS = {200: Body(str, "The text format of Prometheus, version 0.0.4.", TEXT)}
# What OpenAPI says of these pages, and of those of BentoML that stay.
operations = [
    _get("/v1/model", "Forecasts", "What is deployed", _DEPLOYED),
    _get("/livez", "Operation", _LIVES, _ALIVE),
    _get("/healthz", "Operation", _LIVES, _ALIVE),
    _get("/readyz", "Operation", "Whether the worker can forecast", _READY),
    _get("/metrics", "Operation", "Counts and times of all workers, for Prometheus", _METRICS),
]
