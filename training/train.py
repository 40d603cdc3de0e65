"""Films to a model folder: the estimator, the graphs that serve it, and their manifest."""

import hashlib

import pandas as pd
from tqdm import tqdm

from training.common import params
from training.common.cli import run
from training.common.paths import FILMS, MODEL
from training.estimator.fitting import fit, learnable
from training.estimator.folder import save
from training.estimator.onnx_graph import check_parity


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
