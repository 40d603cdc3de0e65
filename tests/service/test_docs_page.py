"""/docs: a page that asks no other host for anything, and whose commands work when pasted."""

import html
import json
import os
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

import pytest
from starlette.testclient import TestClient

from service.films.fields import FIELDS, UNITS
from service.rest.docs_page import page
from tests.support.server import Server, running

TOKEN = "a-token-of-nobody"
MARKUP = "<script>alert('`')</script>"


@pytest.fixture(scope="module")
def server(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    opened = {"BOX_OFFICE_JOURNAL": str(folder / "journal"), "BOX_OFFICE_OUTCOMES_TOKEN": TOKEN}
    with running(folder, BOX_OFFICE_GRPC_PORT="0", **opened) as server:
        yield server


@pytest.fixture(scope="module")
def client(model_tag: str) -> Iterator[TestClient]:
    from service.service import BoxOffice

    with TestClient(BoxOffice.to_asgi()) as client:
        yield client


def test_every_command_of_the_page_works_when_it_is_pasted(
    client: TestClient, server: Server
) -> None:
    shown = re.findall(r'<code class="curl">(.+?)</code>', client.get("/docs").text, re.S)
    commands = [html.unescape(re.sub(r"<[^>]+>", "", each)) for each in shown]
    assert len(client.get("/docs.json").json()["paths"]) == len(commands)

    for command in commands:
        here = command.replace("http://localhost:3000", server.http)
        run = subprocess.run(
            ["bash", "-c", here.replace("curl -s", "curl -sS --fail-with-body")],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env=os.environ | {"TOKEN": TOKEN},
        )
        assert 0 == run.returncode, (command, run.stdout, run.stderr)


def test_the_page_bears_our_name_and_what_is_deployed(client: TestClient, model_tag: str) -> None:
    text = client.get("/docs").text

    assert "<h1>Box Office 1.0.0</h1>" in text
    assert f"<code>{model_tag}</code>" in text
    assert "bentoml" not in text.lower().replace("bentoml model store", "")


def test_the_page_has_every_field_with_its_unit(client: TestClient) -> None:
    text = client.get("/docs").text
    rows = {name: re.search(rf"<td><code>{name}</code></td>.+", text) for name in FIELDS}

    for name, row in rows.items():
        assert row, name
        assert UNITS[name] in row[0]


def test_the_page_loads_nothing_and_runs_only_what_it_is_made_with(client: TestClient) -> None:
    answer = client.get("/docs")
    policy = answer.headers["content-security-policy"]
    inline = re.findall(r"<(style|script)>(.*?)</\1>", answer.text, re.S)
    allowed = [b64encode(sha256(text.encode()).digest()).decode() for _, text in inline]

    assert ["style", "script"] == [kind for kind, _ in inline]
    assert sorted(allowed) == sorted(re.findall(r"'sha256-([^']+)'", policy))
    assert "unsafe" not in policy
    assert [] == re.findall(r"\b(?:src|on\w+|style)=|<(?:iframe|img|object)\b", answer.text)
    assert ["data:,"] == re.findall(r'<link\b[^>]*\bhref="([^"]*)"', answer.text)


@pytest.mark.parametrize(
    "path", ["/static_content/swagger-ui-bundle.js", "/static_content/index.css", "/docs/"]
)
def test_nothing_of_another_page_is_left(client: TestClient, path: str) -> None:
    assert 404 == client.get(path).status_code


def test_words_of_a_document_are_no_markup(client: TestClient) -> None:
    document = client.get("/docs.json").text
    words = [v for v in json.loads(document)["info"].values() if v != "1.0.0"]
    for word in [*words, "What is known of the film.", "The forecast."]:
        assert json.dumps(word) in document
        document = document.replace(json.dumps(word), json.dumps(MARKUP))

    text = page(json.loads(document), MARKUP)

    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert") > 4


def test_a_command_may_hold_a_quote(client: TestClient) -> None:
    document = client.get("/docs.json").json()
    content = document["paths"]["/v1/prediction"]["post"]["requestBody"]["content"]
    content["application/json"]["examples"] = {"one": {"value": {"genre": "It's"}}}

    shown = re.findall(r'<code class="curl">(.+?)</code>', page(document, ""), re.S)
    command = html.unescape(re.sub(r"<[^>]+>", "", shown[0])).replace("curl -s", "printf '%s\n'")
    said = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)

    assert {"genre": "It's"} == json.loads(said.stdout.splitlines()[-1])
