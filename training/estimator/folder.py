"""A model folder: the estimator, one graph a horizon, and the manifest."""

from pathlib import Path

import joblib

from service.errors import ModelUnavailable
from service.model.predictor import Predictor
from service.model.version import ESTIMATOR, version_of
from training.estimator.films import FilmRegressor
from training.estimator.onnx_graph import graph


def save(estimator: FilmRegressor, folder: Path, data_hash: str) -> None:
    """Write a model folder; the same input, the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(estimator, folder / ESTIMATOR)
    for horizon, regressor in estimator.horizons_.items():
        (folder / f"{horizon}.onnx").write_bytes(
            graph(regressor.blend_).SerializeToString(deterministic=True)
        )
    estimator.manifest(data_hash).write(folder)


def check(folder: Path) -> None:
    """Raises ModelUnavailable naming the file of a model folder that is missing or damaged."""
    Predictor.load(folder)
    try:
        joblib.load(folder / ESTIMATOR)
    except Exception as error:  # whatever a pickle raises that was cut
        raise ModelUnavailable(
            f"{folder / ESTIMATOR} is missing or damaged: run `make train`."
        ) from error


def version(folder: Path) -> str:
    """The version of a model folder: 16 hexadecimal digits of the hash of its content."""
    return version_of({path.name: path for path in folder.iterdir()})
