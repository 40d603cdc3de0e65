"""The interface as OpenAPI for programs, /docs.json, and as a page for people, /docs."""

from functools import lru_cache
from typing import Any

import bentoml
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from service.dataplane import Dataplane
from service.films.schema import NOUN, TARGET
from service.rest.headers import POLICY

_JSON = "application/json"
_WORDS = (
    f"Forecasts the {TARGET.replace('_', ' ')} of {NOUN}s. An error has a sentence that says what "
    "to do. Any other path is answered with 404, as `Refusal`, and as `InferError` under /v2."
)


@lru_cache(maxsize=1)
def described(dataplane: Dataplane) -> dict[str, Any]:
    """The document of whatever is answered over HTTP: who adds an endpoint adds its operation.

    It is made when it is first asked for, so that a start does not wait for it.
    """
    from service.rest import pages_operations, v1_operations, v2_operations
    from service.rest.openapi import document

    operations = [
        *v1_operations.operations(dataplane.limits),
        *v2_operations.operations(dataplane.version),
        *pages_operations.operations,
    ]
    return document(operations, _WORDS)


def _dataplane() -> Dataplane:
    dataplane: Dataplane = bentoml.get_current_service().dataplane
    return dataplane


async def _json(_: Request) -> Response:
    return Response(to_json(described(_dataplane())), media_type=_JSON)


async def _page(_: Request) -> Response:
    # Imported here, so that a start does not wait for it either.
    from service.rest import docs_page

    page = docs_page.page(described(_dataplane()), _dataplane().tag)
    return HTMLResponse(page, headers={POLICY: docs_page.POLICY})


docs = Starlette(
    routes=[
        Route("/docs", _page, methods=["GET"]),
        Route("/docs.json", _json, methods=["GET"]),
    ]
)
