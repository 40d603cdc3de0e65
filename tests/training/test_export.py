"""The graph answers as the estimator does, and the same films give the same bytes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest

from service.errors import BoxOfficeError
from service.model.manifest import Manifest
from service.model.predictor import Predictor
from tests.support.project import ROOT
from training.estimator import onnx_graph
from training.estimator.films import FilmRegressor, columns

FIT_AND_SAVE = """
import sys
from pathlib import Path
import pandas as pd
from training.common import params
from training import train
from training.estimator import fitting
from training.estimator import folder as model_folders
settings = params.Train.model_validate_json(sys.argv[3])
films = pd.read_parquet(sys.argv[1])
estimator, folder = fitting.fit(fitting.learnable(films), settings), Path(sys.argv[2])
model_folders.save(estimator, folder, "0" * 64)
whole = params.load(Path(sys.argv[4]))
model_folders.add_films(estimator, films, folder, whole.reasons, whole.comparables)
"""


@pytest.fixture
def damaged(model_folder: Path, tmp_path: Path) -> Path:
    """A copy of the model folder that a test may damage."""
    return shutil.copytree(model_folder, tmp_path / "damaged")


def test_a_graph_answers_as_its_estimator_for_every_film(
    estimator: FilmRegressor, model_folder: Path, films: pd.DataFrame
) -> None:
    assert onnx_graph.check_parity(estimator, model_folder, films) < 1e-4


def test_a_graph_answers_as_its_estimator_when_little_is_known(
    estimator: FilmRegressor, model_folder: Path, films: pd.DataFrame
) -> None:
    random = np.random.default_rng(4)
    poor = films.copy()
    for name in ("opening_gross", "screens", "production_budget", "duration", "genre"):
        poor[name] = poor[name].mask(random.random(len(poor)) < 0.5)

    assert onnx_graph.check_parity(estimator, model_folder, poor) < 1e-4


def test_a_graph_that_answers_otherwise_is_refused(
    estimator: FilmRegressor, damaged: Path, films: pd.DataFrame
) -> None:
    path = damaged / "pre_release.onnx"
    model = onnx.load(path)
    for node in model.graph.node:
        node.output[:] = ["right" if name == "logs" else name for name in node.output]
    model.graph.node.append(onnx.helper.make_node("Sin", ["right"], ["logs"]))
    onnx.save(model, path)
    Manifest.read(damaged).write(damaged)
    before_release = films.assign(opening_gross=np.nan)

    with pytest.raises(BoxOfficeError, match=r"damaged differ from the estimator by .* check"):
        onnx_graph.check_parity(estimator, damaged, before_release)


def test_a_card_with_another_interval_is_refused(
    estimator: FilmRegressor, damaged: Path, films: pd.DataFrame
) -> None:
    card = Manifest.read(damaged)
    part = card.horizons["post_opening"]
    curve = part.distribution
    further = (np.array(curve.quantiles) * 1.01).tolist()
    wider = part.model_copy(
        update={"distribution": curve.model_copy(update={"quantiles": further})}
    )
    horizons = card.horizons | {"post_opening": wider}
    card.model_copy(update={"horizons": horizons}).write(damaged)

    with pytest.raises(BoxOfficeError, match="differ from the estimator"):
        onnx_graph.check_parity(estimator, damaged, films)


@pytest.mark.parametrize("count", [1, 2, 333])
def test_a_graph_takes_any_number_of_films(
    model_folder: Path, films: pd.DataFrame, count: int
) -> None:
    some = films.sample(count, replace=True, random_state=2)

    assert (count,) == Predictor.load(model_folder).predict(columns(some)).point.shape


FILES = {
    "background.json",
    "card.json",
    "comparables.json",
    "estimator.pkl",
    "post_opening.onnx",
    "pre_release.onnx",
}


def test_a_model_folder_holds_the_estimator_its_card_a_graph_a_horizon_and_films(
    model_folder: Path,
) -> None:
    assert FILES == {path.name for path in model_folder.iterdir()}


def test_two_fits_of_the_same_films_give_the_same_bytes(
    films: pd.DataFrame, settings, tmp_path: Path
) -> None:
    """In processes of their own, because the order of sets differs between processes."""
    few = settings.model_copy(
        update={
            "trees": settings.trees.model_copy(update={"max_iter": 3}),
            "smooth": settings.smooth.model_copy(update={"n_components": 5}),
        }
    )
    films.to_parquet(tmp_path / "films.parquet")
    for seed in ("1", "2"):
        subprocess.run(
            [
                *(sys.executable, "-c", FIT_AND_SAVE, "films.parquet", seed),
                *(few.model_dump_json(), str(ROOT / "params.yaml")),
            ],
            cwd=tmp_path,
            env=os.environ
            | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            check=True,
        )

    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()} for seed in "12"
    )
    assert set(one) == FILES
    assert [] == [name for name in one | two if one[name] != two[name]]
