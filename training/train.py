"""Films to a model folder: the estimator, the graphs that serve it, and their card."""

import hashlib
from pathlib import Path

import joblib
import pandas as pd
from tqdm import tqdm

from training.common import params
from training.common.cli import run
from training.common.paths import FILMS, MODEL
from training.estimator.films import FilmRegressor
from training.estimator.onnx_graph import check_parity, graph

ESTIMATOR = "estimator.pkl"
TEST_FOLD = 0


def learnable(films: pd.DataFrame) -> pd.DataFrame:
    """All films but those that test the deployed model."""
    return films[films["fold"] != TEST_FOLD]


def fit(films: pd.DataFrame, settings: params.Train) -> FilmRegressor:
    """The estimator fitted on all the given films."""
    return FilmRegressor(**settings.model_dump()).fit(films, films["worldwide_gross"])


def save(estimator: FilmRegressor, folder: Path, data_hash: str) -> None:
    """Write the estimator, one graph a horizon and the card; the same input, the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(estimator, folder / ESTIMATOR)
    for horizon, regressor in estimator.horizons_.items():
        (folder / f"{horizon}.onnx").write_bytes(
            graph(regressor).SerializeToString(deterministic=True)
        )
    estimator.manifest(data_hash).write(folder)


def main(argv: list[str] | None = None) -> int:
    """Run the stage: data/films.parquet in, models/box_office out."""
    settings = params.load().train
    films = pd.read_parquet(FILMS)
    with tqdm(total=3, desc="train: fit") as progress:
        estimator = fit(learnable(films), settings)
        progress.update()
        progress.set_description("train: export")
        save(estimator, MODEL, hashlib.sha256(FILMS.read_bytes()).hexdigest())
        progress.update()
        progress.set_description("train: compare")
        check_parity(estimator, MODEL, films)
        progress.update()
    return 0


if __name__ == "__main__":
    run("train", main)
