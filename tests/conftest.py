"""Shared fixtures: invented films, a small model of them, and a model store of the run's own."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_HOME = tempfile.TemporaryDirectory(prefix="box-office-tests-")
os.environ["BENTOML_HOME"] = _HOME.name
os.environ["BENTOML_DO_NOT_TRACK"] = "True"
os.environ["BOX_OFFICE_GRPC_PORT"] = "0"
os.environ["BOX_OFFICE_GRPC_HOST"] = "127.0.0.1"

import pandas as pd
import pytest

from service.films.schema import HORIZONS
from tests.support.films import invented_tables
from tests.support.project import ROOT
from tests.support.server import BENTOML, ONE_PROCESS, Server, running
from training import prepare, register
from training.common import params
from training.estimator import fitting
from training.estimator import folder as model_folders
from training.estimator.films import FilmRegressor
from training.evaluation.answers import together
from training.evaluation.crossval import cross_validate
from training.films.join import join


@pytest.fixture(scope="session")
def settings() -> params.Train:
    """The training parameters of the project, with trees few enough for a test."""
    given = params.load(ROOT / "params.yaml").train
    return given.model_copy(
        update={
            "trees": given.trees.model_copy(update={"max_iter": 20}),
            "smooth": given.smooth.model_copy(update={"n_components": 30, "C": 1.0}),
            "folds": 3,
        }
    )


@pytest.fixture(scope="session")
def films() -> pd.DataFrame:
    """Prepared invented films, all of them with an opening weekend."""
    tables = invented_tables()
    tables["financials"]["release_date"] = pd.to_datetime(tables["financials"]["release_date"])
    joined, _ = join(tables)
    return prepare.split(joined, params.load(ROOT / "params.yaml").prepare)


@pytest.fixture(scope="session")
def estimator(films: pd.DataFrame, settings: params.Train) -> FilmRegressor:
    """A small estimator of the invented films, with both horizons."""
    return fitting.fit(fitting.learnable(films), settings)


@pytest.fixture(scope="session")
def model_folder(
    estimator: FilmRegressor, films: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The model folder of the small estimator, as the train stage leaves it."""
    folder = tmp_path_factory.mktemp("models") / "box_office"
    model_folders.save(estimator, folder, "0" * 64)
    whole = params.load(ROOT / "params.yaml")
    model_folders.add_films(estimator, films, folder, whole.reasons, whole.comparables)
    return folder


@pytest.fixture(scope="session")
def unseen(films: pd.DataFrame, settings: params.Train) -> pd.DataFrame:
    """The out-of-fold answers of the small estimator, as the evaluate stage leaves them."""
    return together(cross_validate(films, settings, HORIZONS), "0" * 16)


@pytest.fixture(scope="session")
def model_tag(model_folder: Path) -> str:
    """The tag of the small model in the model store of this run."""
    metrics = {"test": {"pre_release": {"model": {"mae": 1.0}}}}
    tag, _ = register.register(model_folder, register.metadata(model_folder, metrics))
    return str(tag)


@pytest.fixture(scope="module", params=["one process", "two workers"])
def server(
    request: pytest.FixtureRequest, model_tag: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A running server of the small model: one process, and BentoML with two workers."""
    folder = tmp_path_factory.mktemp("server")
    workers = {"BOX_OFFICE_WORKERS": "2"} if request.param == "two workers" else {}
    way = BENTOML if workers else ONE_PROCESS
    with running(folder, way=way, **workers) as server:
        yield server
