"""What holds for whatever the schema names: these tests name no field, and a fork keeps them."""

from pathlib import Path

import pandas as pd
import pytest

from tests.support.project import ROOT
from tests.support.rows import invented_rows
from training.common import params
from training.estimator import fitting, folder
from training.estimator.films import FilmRegressor


@pytest.fixture(scope="package")
def rows() -> pd.DataFrame:
    """Invented rows, split as the pipeline splits them."""
    return invented_rows()


@pytest.fixture(scope="package")
def regressor(rows: pd.DataFrame, settings: params.Train) -> FilmRegressor:
    """A small estimator of the invented rows."""
    return fitting.fit(fitting.learnable(rows), settings)


@pytest.fixture(scope="package")
def served(
    regressor: FilmRegressor, rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The model folder of the small estimator."""
    path = tmp_path_factory.mktemp("schema") / "box_office"
    folder.save(regressor, path, "0" * 64)
    whole = params.load(ROOT / "params.yaml")
    folder.add_films(regressor, rows, path, whole.reasons, whole.comparables)
    return path
