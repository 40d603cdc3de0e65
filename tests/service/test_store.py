"""The model store is shared: what another project has put there is refused, in one sentence."""

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bentoml
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models.model import ModelStore

from rehearsal.port import free_port
from service.errors import ModelUnavailable
from service.store import readable
from tests.support.server import RPC_ALONE, Server, refusal_to_start, running, serve, wait_until
from tests.support.trained import edit_manifest
from training import register

HOUSES = {"fields": ["rooms", "square_feet"], "features": ["rooms", "square_feet"]}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A BENTOML_HOME with a model store that is empty."""
    store = tmp_path / "store" / "models"
    store.mkdir(parents=True)
    BentoMLContainer.model_store.set(ModelStore(store))
    yield store.parent
    BentoMLContainer.model_store.reset()


@pytest.fixture
def folder(model_folder: Path, tmp_path: Path) -> Path:
    """A model folder that a test may change."""
    return shutil.copytree(model_folder, tmp_path / "other")


def register_other(folder: Path, facts: dict[str, Any], **manifest: Any) -> str:
    """Register the model of a folder with another manifest, as commit 1f2d has done."""
    tag, _ = register.register(edit_manifest(folder, **manifest), facts | {"git_sha": "1f2d"})
    return str(tag)


@pytest.fixture
def facts(model_folder: Path) -> dict[str, Any]:
    return register.metadata(model_folder, {"test": {}})


@pytest.fixture
def houses(folder: Path) -> dict[str, Any]:
    """The horizons of a model of houses."""
    horizons = json.loads((folder / "card.json").read_text())["horizons"]
    return {"pre_release": horizons["pre_release"] | HOUSES}


def test_a_model_of_this_code_can_be_read(home: Path, folder: Path, facts: dict[str, Any]) -> None:
    tag = register_other(folder, facts)

    assert tag == str(readable("box_office:latest").tag)


def test_a_model_of_other_fields_is_refused_with_what_it_is_and_what_to_do(
    home: Path, folder: Path, facts: dict[str, Any], houses: dict[str, Any]
) -> None:
    tag = register_other(folder, facts, horizons=houses)
    made = bentoml.models.get(tag).info.creation_time

    with pytest.raises(ModelUnavailable) as refused:
        readable("box_office:latest")

    assert (
        f"{tag} is no model for this code: it forecasts from rooms, square_feet. Commit 1f2d has "
        f"registered it, on {made:%Y-%m-%d}. Run `make train`, or set BOX_OFFICE_MODEL to another "
        "tag of `bentoml models list`."
    ) == str(refused.value)


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ({"format": 1}, "its card.json is missing or damaged, or not one that is written here"),
        (
            {"currency": "EUR"},
            "its card.json is missing or damaged, or not one that is written here",
        ),
        ({"categories": {}}, "it has neither range nor categories of genre, mpaa_rating"),
        ({"ranges": {}}, "it has neither range nor categories of budget, cast"),
        ({"categories": {"genre": ["?"], "mpaa_rating": []}}, "its features at pre_release are"),
    ],
)
def test_a_model_that_another_state_of_the_code_has_made_is_refused(
    home: Path, folder: Path, facts: dict[str, Any], manifest: dict[str, Any], reason: str
) -> None:
    register_other(folder, facts, **manifest)

    with pytest.raises(ModelUnavailable, match=f"is no model for this code: {reason}"):
        readable("box_office:latest")


@pytest.mark.parametrize("name", ["background.json", "comparables.json"])
def test_a_model_without_the_films_of_its_manifest_is_refused(
    home: Path, folder: Path, facts: dict[str, Any], name: str
) -> None:
    (folder / name).unlink()
    register_other(folder, facts)

    words = f"is no model for this code: its {name} is missing or damaged. Commit"
    with pytest.raises(ModelUnavailable, match=words):
        readable("box_office:latest")


@pytest.mark.parametrize(
    "command", [(*serve(), "--port=0"), RPC_ALONE], ids=["bentoml serve", "grpc alone"]
)
def test_a_server_does_not_start_on_the_model_of_another_project(
    command: tuple[str, ...],
    home: Path,
    folder: Path,
    facts: dict[str, Any],
    houses: dict[str, Any],
    tmp_path: Path,
) -> None:
    tag = register_other(folder, facts, horizons=houses)
    port = str(free_port())

    words = refusal_to_start(command, tmp_path, BENTOML_HOME=str(home), BOX_OFFICE_GRPC_PORT=port)

    assert f"{tag} is no model for this code: it forecasts from rooms" in words


def deployed(server: Server) -> str:
    with urllib.request.urlopen(f"{server.http}/v1/model", timeout=10) as answer:
        return str(json.load(answer)["model"])


def test_a_server_goes_on_with_its_model_when_another_becomes_the_latest(
    model_tag: str, folder: Path, facts: dict[str, Any], houses: dict[str, Any], tmp_path: Path
) -> None:
    with running(tmp_path) as server:
        tag = register_other(folder, facts, horizons=houses)
        try:
            server.workers()[0].kill()
            wait_until(lambda: server.started_workers() == 2)
            server.wait_until_ready()

            assert model_tag == deployed(server)
        finally:
            bentoml.models.delete(tag)
