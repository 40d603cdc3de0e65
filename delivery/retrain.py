"""One run of continuous training: train on the current data, and compare with the model of main.

Run it in a clean checkout of main after `make pull`. Nothing is published here: the outcome is an
output of the step, and the workflow then pushes and proposes.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from delivery.actions import output, summary
from delivery.process import call, stream
from service.errors import BoxOfficeError
from service.settings import MODEL_NAME
from training import outcomes, promote, replay, review
from training.common import params
from training.common.cli import run
from training.common.params import PARAMS
from training.common.paths import ANSWERS, FILMS, METRICS, MODEL, OUTCOMES
from training.estimator.folder import version

LOCK = Path("dvc.lock")
KEPT = (MODEL, ANSWERS, FILMS, METRICS, PARAMS)


def check_clean() -> None:
    """Raises BoxOfficeError if tracked files were changed or the model of main is missing."""
    changed = call("git", "status", "--porcelain", "--untracked-files=no").split()
    if changed:
        raise BoxOfficeError(f"{changed[-1]} was changed: retrain in a clean checkout of main.")
    missing = next((path for path in KEPT if not path.exists()), None)
    if missing:
        raise BoxOfficeError(f"{missing} is missing: run `make pull` first.")


def keep(folder: Path) -> None:
    """Copy what the candidate will be compared with, before the pipeline replaces it."""
    for path in KEPT:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, target)
        else:
            shutil.copyfile(path, target)


def learn(journal: str, now: str) -> None:
    """Make rows of what a journal knows of films at a time, if its rows are among the sources."""
    if journal and str(OUTCOMES) in params.load().ingest.source:
        outcomes.main(["--journal", journal, "--now", now])


def repro() -> bool:
    """Run the pipeline; returns whether its results have changed."""
    before = LOCK.read_bytes()
    if stream("dvc", "repro") != 0:
        raise BoxOfficeError("The pipeline failed; its last stage says why, above.")
    return LOCK.read_bytes() != before


def retrain(base: Path, journal: str = "", now: str = "now") -> str:
    """Returns unchanged, promoted or rejected; `base` is a folder for copies of the old results.

    A journal that cannot be replayed is said, and stops nothing: the deployment replays it again.
    """
    check_clean()
    keep(base)
    learn(journal, now)
    if not repro():
        summary("The data and the code are as they were: there is nothing to train.")
        return "unchanged"
    promote.main(["--champion", str(base / MODEL)])
    if journal:
        replay.command(["--journal", journal, "--champion", str(base / MODEL)])
    review.main(["--base", str(base)])
    summary(review.REVIEW.read_text())
    return str(json.loads(promote.JSON.read_text())["verdict"])


def main(argv: list[str] | None = None) -> int:
    """Retrain, and set the outputs `outcome` and `model`."""
    parser = argparse.ArgumentParser(prog="python -m delivery.retrain", description=__doc__)
    parser.add_argument("--journal", default="", help="folder or URL, if there is one")
    parser.add_argument("--now", default="now", help="what is known then (%(default)s)")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="box-office-") as folder:
        outcome = retrain(Path(folder), arguments.journal, arguments.now)
    output("outcome", outcome)
    output("model", f"{MODEL_NAME}:{version(MODEL)}")
    return 0


if __name__ == "__main__":
    run("retrain", main)
