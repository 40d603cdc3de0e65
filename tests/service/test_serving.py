"""The service as its users meet it: a server process, a bento, real clients."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bentoml
import pytest

from service.model.predictor import Predictor
from tests.support.light import FORBIDDEN, light_environment
from tests.support.project import ROOT
from tests.support.server import refusal_to_start, running, serve

FILM = {"production_budget": 20000000, "opening_gross": 9000000, "title_year": 2001}


# Without a port for gRPC there is REST alone.
REST = {"BOX_OFFICE_GRPC_PORT": "0"}


@pytest.fixture(scope="module")
def url(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, BOX_OFFICE_WORKERS="2", **REST) as server:
        yield server.http


@pytest.fixture(scope="module")
def expected(model_folder: Path) -> float:
    columns = {name: [value] for name, value in FILM.items()}
    return float(Predictor.load(model_folder).predict(columns).point[0])


def post(url: str, film: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        f"{url}/v1/prediction",
        json.dumps(film).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@pytest.mark.parametrize("package", FORBIDDEN)
def test_the_packages_of_training_cannot_be_imported_here(tmp_path: Path, package: str) -> None:
    command = [sys.executable, "-c", f"import {package}"]
    run = subprocess.run(command, env=light_environment(tmp_path), check=False)

    assert run.returncode != 0


def test_a_server_without_the_packages_of_training_answers(url: str, expected: float) -> None:
    assert expected == post(url, FILM)["worldwide_gross"]


def test_the_client_of_bentoml_gets_the_same_answer(url: str, expected: float) -> None:
    program = (
        "import bentoml, json, sys\n"
        "with bentoml.SyncHTTPClient(sys.argv[1]) as client:\n"
        "    print(json.dumps(client.prediction(json.loads(sys.argv[2]))))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, url, json.dumps(FILM)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert expected == json.loads(run.stdout)["worldwide_gross"]


def test_without_a_model_the_server_says_how_to_make_one(tmp_path: Path) -> None:
    words = refusal_to_start([*serve(), "--port=0"], tmp_path, BENTOML_HOME=str(tmp_path))

    assert "no model 'box_office:latest' in the BentoML model store: run `make train`" in words


def test_a_wrong_setting_stops_the_server_with_one_sentence(tmp_path: Path) -> None:
    words = refusal_to_start([*serve(), "--port=0"], tmp_path, BOX_OFFICE_WORKERS="none")

    assert "BOX_OFFICE_WORKERS must be a whole number of at least 1, not 'none'." in words


@pytest.fixture(scope="module")
def bento(model_tag: str) -> bentoml.Bento:
    run = subprocess.run(
        [sys.executable, "-m", "bentoml", "build", "--output", "tag"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return bentoml.bentos.get(run.stdout.rpartition("__tag__:")[2].strip())


def test_the_bento_holds_the_service_and_its_model_alone(
    bento: bentoml.Bento, model_tag: str
) -> None:
    source = Path(bento.path_of("src"))
    shipped = {str(p.relative_to(source)) for p in source.rglob("*") if p.is_file()}
    service = ROOT / "service"
    files = [*service.rglob("*.py"), *service.glob("rest/docs_page.*"), *service.glob("web/*")]
    written = {str(path.relative_to(ROOT)) for path in files}

    assert written | {"bentofile.yaml"} == shipped
    assert [model_tag] == [str(model.tag) for model in bento.info.all_models]


def test_the_bento_answers_as_the_service_does(
    bento: bentoml.Bento, tmp_path: Path, expected: float
) -> None:
    with running(tmp_path, str(bento.tag), **REST) as server:
        assert expected == post(server.http, FILM)["worldwide_gross"]


def test_the_image_is_made_of_the_locked_packages_and_no_tools(bento: bentoml.Bento) -> None:
    recipe = Path(bento.path_of("env/docker/Dockerfile")).read_text()
    installed = Path(bento.path_of("env/python/requirements.txt")).read_text()
    pinned = (ROOT / "requirements" / "serve.txt").read_text()

    assert "--require-hashes" in recipe
    assert "USER bentoml" in recipe
    assert [] == [tool for tool in ("apt-get", "build-essential", "git", "uv ") if tool in recipe]
    assert locked(pinned) == locked(installed)


def test_the_image_starts_in_one_process_behind_the_entrypoint_of_bentoml(
    bento: bentoml.Bento,
) -> None:
    recipe = Path(bento.path_of("env/docker/Dockerfile")).read_text().splitlines()
    [entrypoint, command] = [line for line in recipe if line.startswith(("ENTRYPOINT", "CMD"))]

    assert "/env/docker/entrypoint.sh" in entrypoint
    assert ["python", "-m", "service"] == json.loads(command.removeprefix("CMD"))


def locked(requirements: str) -> set[str]:
    """The pins and the hashes of a requirements file."""
    return set(re.findall(r"^[\w.-]+==[\w.]+|sha256:\w+", requirements, re.M))
