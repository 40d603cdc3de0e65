"""What /docs.json says is so: judged by Schemathesis, and by what is sent and answered."""

import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Mount, Route

from service.rest import openapi
from service.rest.openapi import Operation, Parameter
from service.rest.shapes import Refusal
from tests.support.dataplane import dataplane_of
from tests.support.http1 import ask, request
from tests.support.server import Server, running

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
SEED, CASES = "14", "40"  # for each operation
# What serves this document, and people instead of programs, is not in it.
PAGES = {"/", "/web/{version}/{name}", "/docs", "/docs.json", "/schema.json"}
JSON = "application/json"
NOTHING = {"schema": {"type": "null"}, "examples": {"nothing": {"value": None}}}
MIB = 1 << 20
BEARER = "Bearer a-token-of-nobody"


class Sent(NamedTuple):
    """A request that the document shows, and what it says of this and of the answer."""

    method: str
    path: str
    body: Any
    asked: dict[str, Any]
    status: int
    answered: dict[str, Any]


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def server(
    request: pytest.FixtureRequest, model_tag: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that takes outcomes, with one worker and with two."""
    folder = tmp_path_factory.mktemp("server")
    with running(folder, BOX_OFFICE_WORKERS=str(request.param), **open_to(folder)) as server:
        yield server


def open_to(folder: Path) -> dict[str, str]:
    return {
        "BOX_OFFICE_JOURNAL": str(folder / "journal"),
        "BOX_OFFICE_OUTCOMES_TOKEN": BEARER.split()[1],
    }


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx2.Client]:
    headers = {"Authorization": BEARER}
    with httpx2.Client(base_url=server.http, timeout=30, headers=headers) as http:
        yield http


@pytest.fixture(scope="module")
def document(http: httpx2.Client) -> dict[str, Any]:
    document: dict[str, Any] = http.get("/docs.json").json()
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path with the parameters that it shows, and operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", []):
                path = path.replace(f"{{{parameter['name']}}}", str(parameter.get("example")))
            yield method, path, operation


def shown(document: dict[str, Any]) -> Iterator[Sent]:
    """Every request that the document shows, and those that need no body."""
    for method, path, operation in operations(document):
        media = operation.get("requestBody", {"content": {JSON: NOTHING}})["content"][JSON]
        status = next(status for status in operation["responses"] if status.startswith("2"))
        answered = next(iter(operation["responses"][status]["content"].values()))["schema"]
        for example in media["examples"].values():
            yield Sent(method, path, example["value"], media["schema"], int(status), answered)


def posted(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, each) for method, path, each in operations(document) if method == "post"]


def wrong(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with an answer, also that it holds what the document does not name."""
    components = deepcopy(document["components"])
    for each in components["schemas"].values():
        each.setdefault("additionalProperties", False)
    validator = Draft202012Validator({**schema, "components": components})
    return [error.message for error in validator.iter_errors(value)]


def test_the_document_is_openapi(document: dict[str, Any]) -> None:
    assert [] == list(OpenAPIV31SpecValidator(document).iter_errors())
    assert ("3.1.0", "Box Office") == (document["openapi"], document["info"]["title"])


def test_a_list_in_the_query_has_commas() -> None:
    many = Parameter("many", "Numbers.", {"type": "array", "items": {"type": "number"}})
    operation = Operation(
        "get", "/", name="", tag="", summary="", error=Refusal, answers={}, parameters=(many,)
    )
    [described] = openapi.document([operation], "")["paths"]["/"]["get"]["parameters"]

    assert ("query", False, False) == tuple(described[k] for k in ("in", "required", "explode"))


def test_schemathesis_finds_nothing(
    server: Server, document: dict[str, Any], tmp_path: Path
) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    command = [program, "--config-file", CONFIGURATION, "run", f"{server.http}/docs.json"]
    words = [
        "--header",
        f"Authorization: {BEARER}",
        "--seed",
        SEED,
        "--max-examples",
        CASES,
        "--continue-on-failure",
        "--no-color",
    ]
    words += ["--phases", "examples,coverage,fuzzing"]  # nothing here has a state
    run = subprocess.run(
        [*command, *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )

    assert 0 == run.returncode, run.stdout + run.stderr
    assert f"Tested: {len([*operations(document)])}\n" in run.stdout


def test_every_request_that_is_shown_is_answered_as_is_said(
    http: httpx2.Client, document: dict[str, Any]
) -> None:
    assert "/v1/prediction" in {sent.path for sent in shown(document)}
    for sent in shown(document):
        answer = http.request(sent.method, sent.path, json=sent.body)
        assert sent.status == answer.status_code, (sent, answer.text)
        value = answer.json() if JSON in answer.headers["content-type"] else answer.text
        assert [] == wrong(document, sent.asked, sent.body), sent.path
        assert [] == wrong(document, sent.answered, value), sent.path


def test_every_path_that_is_answered_is_in_the_document(
    document: dict[str, Any], model_folder: Path
) -> None:
    from service.service import BoxOffice
    from service.worker import endpoints

    routes = BoxOffice.to_asgi().app.router.routes
    mounted = [route for mount in routes if isinstance(mount, Mount) for route in mount.app.routes]
    answered = {route.path for route in (*routes, *mounted) if isinstance(route, Route)}
    posted = {path for path in endpoints(dataplane_of(model_folder)) if "/versions/" not in path}

    assert answered == {*document["paths"], *PAGES}
    assert posted <= {path for _, path, _ in operations(document)}


@pytest.fixture(scope="module")
def impatient(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that does not wait long for a request."""
    folder = tmp_path_factory.mktemp("impatient")
    with running(folder, BOX_OFFICE_TIMEOUT="0.2", **open_to(folder)) as server:
        yield server


REFUSED = {
    400: lambda path: request(path, b"{", authorization=BEARER),
    405: lambda path: request(path, b"", "PUT"),
    408: lambda path: request(path, b"", content_length=9),
    413: lambda path: request(path, b"", content_length=5 * MIB),
    415: lambda path: request(
        path, b"{}", content_type="text/html", content_encoding="gzip", authorization=BEARER
    ),
    431: lambda path: request(path, b"{}", x_long="x" * 70_000),
}


def test_every_status_that_is_said_is_known_to_be_answered(document: dict[str, Any]) -> None:
    """With 401 and 404 below, with 403 in test_outcomes.py, and with 429 in
    tests/hostile/test_crowds.py; 500 is nobody's wish.
    """
    said = {int(status) for _, operation in posted(document) for status in operation["responses"]}

    assert {200, 202, *REFUSED, 401, 403, 404, 429, 500} == said


def test_what_asks_for_a_token_says_so(server: Server, document: dict[str, Any]) -> None:
    secured = {path for _, path, operation in operations(document) if operation.get("security")}

    assert {"/v1/outcomes"} == secured
    for path, operation in posted(document):
        answer = httpx2.post(server.http + path, content=b"{}", headers={"Content-Type": JSON})
        assert (path in secured) == (401 == answer.status_code)
        if said := operation["responses"].get("401"):
            assert {*map(str.lower, said["headers"])} <= {*answer.headers}
            assert [] == wrong(document, said["content"][JSON]["schema"], answer.json())


def test_a_model_that_is_not_deployed_is_refused_as_is_said(
    http: httpx2.Client, document: dict[str, Any]
) -> None:
    for method, path, operation in operations(document):
        if said := operation["responses"].get("404"):
            answer = http.request(method, path.replace("box_office", "other"))

            assert 404 == answer.status_code
            assert [] == wrong(document, said["content"][JSON]["schema"], answer.json())


def test_a_method_that_a_path_does_not_answer_is_refused_as_is_said(
    http: httpx2.Client, document: dict[str, Any]
) -> None:
    for method, path, operation in operations(document):
        said = operation["responses"]["405"]
        answer = http.request("DELETE", path)

        assert 405 == answer.status_code
        assert method.upper() in answer.headers["allow"]
        assert [] == wrong(document, said["content"][JSON]["schema"], answer.json())


@pytest.mark.parametrize("status", REFUSED)
def test_what_is_refused_is_refused_as_is_said(
    impatient: Server, document: dict[str, Any], status: int
) -> None:
    for path, operation in posted(document):
        [answer] = ask(impatient.port, REFUSED[status](path))
        said = operation["responses"][str(status)]

        assert status == answer.status, (path, answer.body)
        assert {*map(str.lower, said.get("headers", {}))} <= {*answer.headers}
        assert [] == wrong(document, said["content"][JSON]["schema"], answer.json())
