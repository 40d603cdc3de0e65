"""A model whose files are not those that were registered is not served, whatever is wrong in it."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models.model import ModelStore
from bentoml.exceptions import NotFound

from service.errors import ModelUnavailable
from service.store import readable
from tests.support.server import (
    RPC_ALONE,
    WAYS,
    refusal_to_start,
    running,
    serve,
    wait_until,
)
from training import register

DAMAGED = "its version is not the hash of its files, so its card.json is damaged, or it was made "


def cut(name: str) -> Callable[[Path], None]:
    """Lose the second half of a file."""

    def change(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return change


def flip(name: str) -> Callable[[Path], None]:
    """Change one bit of the first byte."""

    def change(folder: Path) -> None:
        first, *rest = (folder / name).read_bytes()
        (folder / name).write_bytes(bytes([first ^ 1, *rest]))

    return change


def lose(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def forget_the_errors(folder: Path) -> None:
    """Let each interval be as wide as nothing, in a manifest that can be read."""
    path = folder / "serving" / "card.json"
    manifest = json.loads(path.read_text())
    for horizon in manifest["horizons"].values():
        quantiles = horizon["distribution"]["quantiles"]
        horizon["distribution"]["quantiles"] = [[0.0] * len(row) for row in quantiles]
    path.write_text(json.dumps(manifest))


@pytest.fixture
def home(model_folder: Path, tmp_path: Path) -> Iterator[Path]:
    """A BENTOML_HOME of its own with the small model."""
    store = tmp_path / "store" / "models"
    store.mkdir(parents=True)
    BentoMLContainer.model_store.set(ModelStore(store))
    register.register(model_folder, register.metadata(model_folder, {"test": {}}))
    yield store.parent
    BentoMLContainer.model_store.reset()


@pytest.fixture
def stored(home: Path) -> Path:
    """The folder of the small model in the store."""
    [folder] = (path for path in (home / "models" / "box_office").iterdir() if path.is_dir())
    return folder


SERVED = ["card.json", "pre_release.onnx", "background.json", "comparables.json"]


@pytest.mark.parametrize("damage", [cut, lose, flip])
@pytest.mark.parametrize("name", SERVED)
def test_a_damaged_file_of_a_model_is_named_with_the_way_out(
    stored: Path, name: str, damage: Callable[[str], Callable[[Path], None]]
) -> None:
    assert readable("box_office:latest")
    damage(f"serving/{name}")(stored)

    words = rf"no model for this code: its {name} is missing or damaged.* Run `make train`, or set"
    with pytest.raises(ModelUnavailable, match=words):
        readable("box_office:latest")


def test_a_model_that_is_not_what_its_version_says_is_refused(stored: Path) -> None:
    forget_the_errors(stored)

    with pytest.raises(ModelUnavailable, match=f"is no model for this code: {DAMAGED}elsewhere"):
        readable("box_office:latest")


@pytest.mark.parametrize("damage", [cut("saved_model.pkl"), lose("saved_model.pkl")])
def test_what_is_not_served_of_a_model_may_be_missing(
    stored: Path, damage: Callable[[Path], None]
) -> None:
    damage(stored)

    assert readable("box_office:latest").tag.version == stored.name


@pytest.mark.parametrize("damage", [cut("model.yaml"), lose("model.yaml")])
def test_a_model_with_a_damaged_entry_is_refused(
    stored: Path, damage: Callable[[Path], None]
) -> None:
    damage(stored)

    with pytest.raises(NotFound, match=r"model\.yaml of box_office:latest .* run `make train`"):
        readable("box_office:latest")


@pytest.mark.parametrize(
    "command",
    [*((*serve(way=way), "--port=0") for way in WAYS), RPC_ALONE],
    ids=[*WAYS, "grpc alone"],
)
def test_a_server_does_not_start_on_a_damaged_model(
    command: tuple[str, ...], home: Path, stored: Path, tmp_path: Path
) -> None:
    forget_the_errors(stored)
    places = {"BENTOML_HOME": str(home), "BOX_OFFICE_GRPC_PORT": "0"}

    assert DAMAGED in refusal_to_start(command, tmp_path, **places)


def test_a_model_that_is_damaged_later_is_served_by_no_new_worker_until_it_is_whole(
    home: Path, stored: Path, tmp_path: Path
) -> None:
    shutil.copytree(stored, tmp_path / "whole")
    with running(tmp_path, BENTOML_HOME=str(home), BOX_OFFICE_WORKERS="2") as server:
        wait_until(lambda: server.started_workers() == 2)
        victim, other = server.workers()
        forget_the_errors(stored)
        victim.kill()
        wait_until(lambda: "could not start: the next try is in 2 s" in server.log.read_text())
        server.wait_until_ready()

        assert DAMAGED in server.log.read_text()
        assert other in server.workers()

        shutil.copytree(tmp_path / "whole", stored, dirs_exist_ok=True)
        wait_until(lambda: server.started_workers() == 3)
