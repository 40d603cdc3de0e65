"""The train stage leaves a whole model folder that has been compared, or the one that was there."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from service.errors import BoxOfficeError
from service.model.manifest import Manifest
from tests.support.project import ROOT
from training import train
from training.common import params


@pytest.fixture
def project(
    films: pd.DataFrame,
    model_folder: Path,
    settings: params.Train,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A project with films, and with a model of an earlier run that had one more horizon."""
    whole = params.load(ROOT / "params.yaml").model_copy(update={"train": settings})
    monkeypatch.setattr(params, "load", lambda: whole)
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    films.to_parquet("data/films.parquet")
    shutil.copytree(model_folder, "models/box_office")
    Path("models/box_office/another.onnx").touch()
    return tmp_path


def model(project: Path) -> dict[str, bytes]:
    """Everything under models/, by name."""
    folder = project / "models"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_model_takes_the_place_of_the_earlier_one(project: Path) -> None:
    assert 0 == train.main()

    assert {
        f"box_office/{name}"
        for name in (
            "background.json",
            "card.json",
            "comparables.json",
            "estimator.pkl",
            "pre_release.onnx",
            "post_opening.onnx",
        )
    } == set(model(project))


def test_a_model_learns_from_all_films(project: Path, films: pd.DataFrame) -> None:
    train.main()

    horizons = Manifest.read(project / "models" / "box_office").horizons
    assert {len(films)} == {part.films for part in horizons.values()}


def test_a_model_that_is_refused_leaves_the_earlier_one_as_it_was(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise BoxOfficeError("the graphs differ")

    monkeypatch.setattr(train, "check_parity", refuse)
    before = model(project)

    with pytest.raises(BoxOfficeError, match="the graphs differ"):
        train.main()

    assert before == model(project)


@pytest.mark.parametrize("count", [0, 1, 150])
def test_too_few_films_are_refused_with_how_many_it_takes(
    project: Path, films: pd.DataFrame, count: int
) -> None:
    films.head(count).to_parquet("data/films.parquet")
    said = (
        f"data/films.parquet has {count} films to learn from, fewer than "
        "train.min_films_per_horizon (200) in params.yaml: bring more."
    )

    with pytest.raises(BoxOfficeError, match=re.escape(said)):
        train.main()
