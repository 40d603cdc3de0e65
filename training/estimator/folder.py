"""A model folder: the estimator, one graph a horizon, and the manifest."""

import hashlib
from pathlib import Path

import joblib

from training.estimator.films import FilmRegressor
from training.estimator.onnx_graph import graph

ESTIMATOR = "estimator.pkl"


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
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(f"{path.name}:{path.stat().st_size}:".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
