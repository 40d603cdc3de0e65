"""A model folder: the estimator, one graph a horizon, the manifest, and films beside them."""

from pathlib import Path

import joblib
import pandas as pd

from service.errors import ModelUnavailable
from service.model.background import Background
from service.model.comparables import Table
from service.model.manifest import Manifest
from service.model.predictor import Predictor
from service.model.version import version_of
from training.common import params
from training.estimator.background import background
from training.estimator.comparables import table
from training.estimator.films import FilmRegressor
from training.estimator.onnx_graph import graph

ESTIMATOR = "estimator.pkl"


def save(estimator: FilmRegressor, folder: Path, data_hash: str) -> None:
    """Write a model folder; the same input, the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(estimator, folder / ESTIMATOR)
    for horizon, regressor in estimator.horizons_.items():
        (folder / f"{horizon}.onnx").write_bytes(
            graph(regressor.blend_).SerializeToString(deterministic=True)
        )
    estimator.manifest(data_hash).write(folder)


def add_films(
    estimator: FilmRegressor,
    films: pd.DataFrame,
    folder: Path,
    reasons: params.Reasons,
    comparables: params.Comparables,
) -> None:
    """Write into a model folder the films that explain its forecasts, and those to compare with."""
    # Not the graphs, whose last digits depend on the processor: the same input, the same bytes.
    predictor = estimator.predictor()
    background(predictor, films, reasons).write(folder)
    table(predictor, films, comparables).write(folder)
    Manifest.read(folder).write(folder)  # anew, with these files


def check(folder: Path) -> None:
    """Raises ModelUnavailable naming the file of a model folder that is missing or damaged."""
    Predictor.load(folder)
    Background.read(folder)
    Table.read(folder)
    try:
        joblib.load(folder / ESTIMATOR)
    except Exception as error:  # whatever a pickle raises that was cut
        raise ModelUnavailable(
            f"{folder / ESTIMATOR} is missing or damaged: run `make train`."
        ) from error


def version(folder: Path) -> str:
    """The version of a model folder: 16 hexadecimal digits of the hash of what is served of it.

    How an estimator is pickled may change with Python, while it forecasts the same.
    """
    return version_of(path for path in folder.iterdir() if path.name != ESTIMATOR)
