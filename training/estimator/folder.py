"""A model folder: the estimator, one graph a horizon, and the manifest."""

from pathlib import Path

import joblib

from service.model.version import ESTIMATOR, version_of
from training.estimator.films import FilmRegressor
from training.estimator.onnx_graph import graph


def save(estimator: FilmRegressor, folder: Path, data_hash: str) -> None:
    """Write a model folder; the same input, the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(estimator, folder / ESTIMATOR)
    for horizon, regressor in estimator.horizons_.items():
        (folder / f"{horizon}.onnx").write_bytes(
            graph(regressor).SerializeToString(deterministic=True)
        )
    estimator.manifest(data_hash).write(folder)


def version(folder: Path) -> str:
    """The version of a model folder: 16 hexadecimal digits of the hash of its content."""
    return version_of({path.name: path for path in folder.iterdir()})
