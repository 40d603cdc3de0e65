"""A model in the BentoML store: named by its content, never registered twice, healed if damaged."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bentoml
import numpy as np
import pandas as pd
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models.model import ModelStore

from service.errors import BoxOfficeError
from service.films.schema import HORIZONS
from service.model.manifest import Manifest
from service.model.predictor import Predictor
from service.settings import SERVING
from service.store import readable
from tests.support.project import ROOT
from tests.support.trained import edit_manifest, hand_over
from training import register
from training.common import params
from training.estimator.films import FilmRegressor, columns
from training.estimator.folder import version as version_of
from training.gate import contestants

METRICS = {"test": {"pre_release": {"model": {"mae": 1.0}}}}


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Iterator[None]:
    """An empty model store for each test."""
    (tmp_path / "store").mkdir()
    BentoMLContainer.model_store.set(ModelStore(tmp_path / "store"))
    yield
    BentoMLContainer.model_store.reset()


@pytest.fixture
def folder(model_folder: Path, tmp_path: Path) -> Path:
    """A model folder that a test may change."""
    return shutil.copytree(model_folder, tmp_path / "model")


@pytest.fixture
def facts(folder: Path) -> dict[str, Any]:
    return register.metadata(folder, METRICS)


def changed(folder: Path) -> Path:
    """A model folder with another content."""
    other = shutil.copytree(folder, folder.with_name("other"))
    Manifest.read(other).model_copy(update={"data_hash": "1" * 64}).write(other)
    return other


def test_a_version_depends_on_the_content_alone(folder: Path) -> None:
    version = version_of(folder)
    copy = folder.with_name("copy")
    copy.mkdir()
    for path in sorted(folder.iterdir(), reverse=True):
        (copy / path.name).write_bytes(path.read_bytes())

    assert version == version_of(copy)
    assert version != version_of(changed(folder))
    assert 16 == len(version)


def test_a_version_depends_on_nothing_that_is_not_served(folder: Path) -> None:
    version = version_of(folder)
    (folder / "estimator.pkl").write_bytes(b"as another Python writes it")

    assert version == version_of(folder)


def test_a_version_depends_on_the_names_of_the_files(folder: Path) -> None:
    version = version_of(folder)
    (folder / "pre_release.onnx").rename(folder / "no_release.onnx")

    assert version != version_of(folder)


def test_the_second_registration_changes_nothing(folder: Path, facts: dict[str, Any]) -> None:
    tag, new = register.register(folder, facts)
    made = bentoml.models.get(tag).info.creation_time
    again, new_again = register.register(folder, facts)

    assert (True, False) == (new, new_again)
    assert tag == again
    assert made == bentoml.models.get(tag).info.creation_time
    assert 1 == len(bentoml.models.list())


def test_an_older_model_that_is_registered_again_is_the_latest(
    folder: Path, facts: dict[str, Any]
) -> None:
    older, _ = register.register(folder, facts)
    newer, _ = register.register(changed(folder), facts)
    assert newer == bentoml.models.get("box_office:latest").tag

    assert (older, True) == register.register(folder, facts)
    assert older == bentoml.models.get("box_office:latest").tag
    assert 2 == len(bentoml.models.list())


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def replaced_by_a_file(path: Path) -> None:
    shutil.rmtree(path)
    path.touch()


CONTENT = ("saved_model.pkl", "card.json", "pre_release.onnx")
DAMAGES = [(name, d) for name in ("model.yaml", *CONTENT) for d in (halved, emptied, Path.unlink)]


@pytest.mark.parametrize(("name", "damage"), [*DAMAGES, *((name, flipped) for name in CONTENT)])
def test_a_model_with_a_damaged_file_is_registered_anew(
    folder: Path, facts: dict[str, Any], name: str, damage: Callable[[Path], object]
) -> None:
    tag, _ = register.register(folder, facts)
    damage(next(Path(bentoml.models.get(tag).path).rglob(name)))

    assert (tag, True) == register.register(folder, facts)
    assert_whole(tag)


@pytest.mark.parametrize("damage", [shutil.rmtree, replaced_by_a_file])
@pytest.mark.parametrize("place", ["", SERVING])
def test_a_model_without_a_folder_is_registered_anew(
    folder: Path, facts: dict[str, Any], place: str, damage: Callable[[Path], object]
) -> None:
    tag, _ = register.register(folder, facts)
    damage(Path(bentoml.models.get(tag).path) / place)

    assert (tag, True) == register.register(folder, facts)
    assert_whole(tag)


def test_what_does_not_belong_to_a_model_is_gone_when_it_is_registered_again(
    folder: Path, facts: dict[str, Any]
) -> None:
    tag, _ = register.register(folder, facts)
    stray = Path(bentoml.models.get(tag).path_of(SERVING)) / "other.onnx"
    stray.touch()

    assert (tag, True) == register.register(folder, facts)
    assert not stray.exists()


@pytest.mark.parametrize("text", ["", "absent", "\udcff"])
def test_the_name_of_the_latest_is_healed(folder: Path, facts: dict[str, Any], text: str) -> None:
    tag, _ = register.register(folder, facts)
    latest = Path(bentoml.models.get(tag).path).with_name("latest")
    latest.write_bytes(text.encode(errors="surrogateescape"))

    register.register(folder, facts)

    assert_whole(tag)


def test_a_damaged_model_of_another_version_is_not_in_the_way(
    folder: Path, facts: dict[str, Any]
) -> None:
    other, _ = register.register(changed(folder), facts)
    (Path(bentoml.models.get(other).path) / "model.yaml").unlink()

    tag, new = register.register(folder, facts)

    assert new
    assert_whole(tag)


def test_a_registration_that_fails_leaves_the_store_as_it_was(
    folder: Path, facts: dict[str, Any], tmp_path: Path
) -> None:
    register.register(folder, facts)
    latest, _ = register.register(changed(folder), facts)
    before = sorted((tmp_path / "store").rglob("*"))

    with pytest.raises(ValueError, match="metadata"):
        register.register(folder, facts | {"metrics": object()})

    assert before == sorted((tmp_path / "store").rglob("*"))
    assert_whole(latest)


def assert_whole(tag: bentoml.Tag) -> None:
    """The model is the latest, can be trained on, and can be served."""
    assert tag == bentoml.models.get("box_office:latest").tag
    assert bentoml.sklearn.load_model(tag).horizons_
    assert Predictor.load(Path(readable("box_office:latest").path_of(SERVING))).manifest


def test_a_stored_estimator_forecasts_as_the_one_that_was_trained(
    folder: Path, facts: dict[str, Any], estimator: FilmRegressor, films: pd.DataFrame
) -> None:
    tag, _ = register.register(folder, facts)

    np.testing.assert_array_equal(
        estimator.predict(films), bentoml.sklearn.load_model(tag).predict(films)
    )


def test_the_serving_form_is_stored_beside_the_estimator(
    folder: Path, facts: dict[str, Any], films: pd.DataFrame
) -> None:
    tag, _ = register.register(folder, facts)

    serving = Path(bentoml.models.get(tag).path_of(SERVING))
    films_beside = {"background.json", "comparables.json"}
    assert {"card.json", "pre_release.onnx", "post_opening.onnx", *films_beside} == {
        path.name for path in serving.iterdir()
    }
    assert 400 == len(Predictor.load(serving).predict(columns(films)).point)


def test_the_answers_of_a_model_are_stored_with_it_and_not_with_what_is_served(
    folder: Path, facts: dict[str, Any], unseen: pd.DataFrame, tmp_path: Path
) -> None:
    unseen.to_parquet(tmp_path / "answers.parquet")
    tag, new = register.register(folder, facts, tmp_path / "answers.parquet")
    again, new_again = register.register(folder, facts, tmp_path / "answers.parquet")

    assert (tag, True, False) == (again, new, new_again)
    stored = Path(bentoml.models.get(tag).path)
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "answers.parquet"), pd.read_parquet(stored / "answers.parquet")
    )
    assert [stored / "answers.parquet"] == [*stored.rglob("*.parquet")]
    assert version_of(folder) == tag.version
    assert_whole(tag)


def test_a_stored_model_says_where_it_comes_from_and_how_good_it_is(
    folder: Path, facts: dict[str, Any]
) -> None:
    tag, _ = register.register(folder, facts)
    stored, card = bentoml.models.get(tag).info, Manifest.read(folder)

    assert facts["git_sha"] == stored.metadata["git_sha"]
    assert card.data_hash == stored.metadata["data_hash"]
    assert METRICS == stored.metadata["metrics"]
    assert params.load(ROOT / "params.yaml").train.model_dump() == stored.metadata["params"]
    assert {h: part.features for h, part in card.horizons.items()} == stored.metadata["features"]
    assert {"git_sha": facts["git_sha"][:40], "data_hash": card.data_hash[:16]} == stored.labels


def test_outside_a_repository_the_commit_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert "unknown" == register.git_sha()


def test_without_git_the_commit_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "unknown" == register.git_sha()


@pytest.fixture
def project(
    folder: Path, unseen: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A project after `dvc repro`."""
    root = tmp_path / "project"
    shutil.copytree(folder, root / "models" / "box_office")
    (root / "reports").mkdir()
    (root / "reports" / "metrics.json").write_text(json.dumps(METRICS))
    unseen.to_parquet(root / "reports" / "answers.parquet")
    hand_over(root)
    (root / "models" / "model_card.json").write_text(json.dumps({"intended_use": "tests"}))
    shutil.copy(ROOT / "params.yaml", root)
    monkeypatch.chdir(root)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return root


def test_the_command_registers_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [0, 0] == [register.main(), register.main()]

    first, second = capsys.readouterr().out.splitlines()
    tag = str(bentoml.models.get("box_office:latest").tag)
    assert f"register: {tag} is now the latest in the model store" == first
    assert f"register: {tag} is already the latest in the model store" == second


def test_the_command_prints_the_tag_alone_where_it_is_asked_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == register.main(["--tag"])

    said = capsys.readouterr()
    assert f"{bentoml.models.get('box_office:latest').tag}\n" == said.out
    assert "is now the latest in the model store" in said.err


def test_without_metrics_the_command_says_what_to_run(project: Path) -> None:
    (project / "reports" / "metrics.json").unlink()

    with pytest.raises(
        BoxOfficeError, match=r"metrics\.json is missing or damaged: run `dvc repro`"
    ):
        register.main()

    assert [] == bentoml.models.list()


def test_the_command_stores_the_answers_that_the_gate_will_ask_for(project: Path) -> None:
    register.main()

    model = contestants.load("box_office:latest")
    assert {*HORIZONS} == set(model.answers["horizon"])
    assert contestants.load("models/box_office").answers.equals(model.answers)


def test_the_answers_of_another_model_are_not_registered(project: Path) -> None:
    edit_manifest(project / "models" / "box_office", data_hash="1" * 64)

    with pytest.raises(BoxOfficeError, match=r"answers\.parquet does not hold .+: run `dvc repro`"):
        register.main()

    assert [] == bentoml.models.list()


@pytest.mark.parametrize("name", CONTENT)
@pytest.mark.parametrize("damage", [halved, emptied, Path.unlink])
def test_a_damaged_model_is_not_registered(
    project: Path, name: str, damage: Callable[[Path], object]
) -> None:
    # Of the estimator there is one more name: the store has it as saved_model.pkl.
    damage(project / "models" / "box_office" / name.replace("saved_model", "estimator"))

    with pytest.raises(
        BoxOfficeError, match=r"models/box_office/.+ is missing or .+: run `make tr"
    ):
        register.main()

    assert [] == bentoml.models.list()


def test_without_a_model_the_command_says_what_to_run(project: Path) -> None:
    shutil.rmtree(project / "models" / "box_office")

    with pytest.raises(BoxOfficeError, match=r"card\.json is missing .*: run `make train`\."):
        register.main()
