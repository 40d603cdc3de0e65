"""All films to a model folder: the estimator, the graphs that serve it, and their manifest."""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from service.errors import BoxOfficeError
from service.films.schema import NOUN
from training.common import params
from training.common.cli import run
from training.common.files import read_table, replace_folder
from training.common.paths import FILMS, MODEL
from training.estimator.fitting import fit
from training.estimator.folder import add_films, save
from training.estimator.onnx_graph import check_parity


def main(argv: list[str] | None = None) -> int:
    """Run the stage: data/films.parquet in, models/box_office out."""
    settings = params.load().train
    reasons, comparables = params.load().reasons, params.load().comparables
    films = read_table(FILMS)
    if len(films) < settings.min_films_per_horizon:
        raise BoxOfficeError(
            f"{FILMS} has {len(films)} {NOUN}s to learn from, fewer than "
            f"train.min_films_per_horizon ({settings.min_films_per_horizon}) in params.yaml: bring "
            "more."
        )
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    with (
        tqdm(total=4, desc="train: fit") as progress,
        TemporaryDirectory(dir=MODEL.parent, prefix=".") as beside,
    ):
        folder = Path(beside) / MODEL.name
        estimator = fit(films, settings)
        progress.update()
        progress.set_description("train: export")
        save(estimator, folder, hashlib.sha256(FILMS.read_bytes()).hexdigest())
        progress.update()
        progress.set_description("train: compare")
        check_parity(estimator, folder, films)
        progress.update()
        progress.set_description("train: films")
        add_films(estimator, films, folder, reasons, comparables)
        replace_folder(folder, MODEL)
        progress.update()
    return 0


if __name__ == "__main__":
    run("train", main)
