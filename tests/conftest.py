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

import numpy as np
import pandas as pd
import pytest
from serving import Addresses, serving_everything

from service.dataplane import Desk
from service.limits import Limits
from service.model.predictor import Predictor
from training import prepare, register, train
from training.common import params
from training.estimator.films import FilmRegressor

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"

needs_shared_data = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the second data set is not beside the project"
)


def invented_tables(count: int = 400) -> dict[str, pd.DataFrame]:
    """Raw tables of `count` invented films whose gross follows budget and opening."""
    random = np.random.default_rng(20)
    budget = np.exp(random.normal(17, 1.2, count)).round()
    opening = (budget * np.exp(random.normal(-1, 0.5, count))).round()
    gross = (opening * np.exp(random.normal(1.5, 0.3, count))).round()
    years = random.integers(1985, 2011, count)
    titles = [f"Film {i}" for i in range(count)]
    movies = pd.DataFrame(
        {
            "title_year": years,
            "aspect_ratio": random.choice([1.85, 2.35], count),
            "duration": random.integers(80, 180, count),
            "cast_total_facebook_likes": random.integers(0, 50000, count),
            "budget": budget,
            "imdb_score": random.uniform(2, 9, count).round(1),
            "gross": (gross / 2).round(),
            "movie_title": titles,
            "genre": random.choice(["Action", "Comedy", "Drama"], count),
            "mpaa_rating": random.choice(["PG", "R"], count),
        }
    )
    financials = pd.DataFrame(
        {
            "movie_title": titles,
            "production_budget": budget,
            "worldwide_gross": gross,
            "domestic_gross": (gross / 2).round(),
            "release_date": [f"{y}-06-15" for y in years],
        }
    )
    openings = pd.DataFrame(
        {
            "movie_title": titles,
            "opening_gross": opening,
            "screens": random.integers(100, 4000, count),
        }
    )
    return {"movies": movies, "financials": financials, "opening_gross": openings}


def write_tables(tables: dict[str, pd.DataFrame], folder: Path) -> Path:
    """Write raw tables as CSV files, in the layout that `ingest.source` expects."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


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
    joined, _ = prepare.join(tables["movies"], tables["financials"], tables["opening_gross"])
    return prepare.split(joined, params.load(ROOT / "params.yaml").prepare)


@pytest.fixture(scope="session")
def estimator(films: pd.DataFrame, settings: params.Train) -> FilmRegressor:
    """A small estimator of the invented films, with both horizons."""
    return train.fit(train.learnable(films), settings)


@pytest.fixture(scope="session")
def model_folder(estimator: FilmRegressor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of the small estimator, as the train stage leaves it."""
    folder = tmp_path_factory.mktemp("models") / "box_office"
    train.save(estimator, folder, "0" * 64)
    return folder


@pytest.fixture(scope="session")
def model_tag(model_folder: Path) -> str:
    """The tag of the small model in the model store of this run."""
    metrics = {"test": {"pre_release": {"model": {"mae": 1.0}}}}
    tag, _ = register.register(model_folder, register.metadata(model_folder, metrics))
    return str(tag)


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def server(
    request: pytest.FixtureRequest, model_tag: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Addresses]:
    """A running server of the small model, with one worker and with two."""
    folder = tmp_path_factory.mktemp("server")
    with serving_everything(folder, BOX_OFFICE_WORKERS=str(request.param)) as addresses:
        yield addresses


def desk_of(folder: Path, **limits: float) -> Desk:
    """A desk with the model of a folder, and with limits that only a test on them meets."""
    usual = {"max_batch": 100, "max_body": 100_000, "max_concurrency": 100, "timeout": 10}
    return Desk(Predictor.load(folder), "box_office:v1", Limits(**{**usual, **limits}))
