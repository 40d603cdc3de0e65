"""A model folder to the BentoML model store: the estimator, its serving form, what is known of it.

Not a stage of the pipeline, because its output is outside the project; it runs after the
metrics and the out-of-fold answers are known, so that they travel with the model. The second time
it does nothing, unless what is stored has been damaged since.
"""

import argparse
import filecmp
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import bentoml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models.model import ModelStore
from bentoml.models import ModelContext
from bentoml.types import ModelSignature
from sklearn import __version__ as sklearn_version

from service.model.manifest import Manifest
from service.settings import MODEL_NAME, SERVING
from training.common import params
from training.common.cli import run
from training.common.files import read_json, replace_folder, write
from training.common.paths import ANSWERS, METRICS, MODEL, MODEL_CARD
from training.estimator.folder import ESTIMATOR, check, version
from training.evaluation.answers import read

PICKLE = "saved_model.pkl"  # the estimator, under the name that BentoML gives it


def git_sha() -> str:
    """The commit that is checked out, "-dirty" if tracked files differ from it beside dvc.lock."""

    def git(*words: str) -> str:
        answer = subprocess.run(["git", *words], capture_output=True, text=True, check=True)
        return answer.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!dvc.lock")
        return git("rev-parse", "HEAD") + ("-dirty" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def metadata(
    folder: Path, metrics: dict[str, Any], model_card: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What the store keeps with a model: where it comes from and how good it is."""
    manifest = Manifest.read(folder)
    return {
        "git_sha": git_sha(),
        "data_hash": manifest.data_hash,
        "features": {horizon: part.features for horizon, part in manifest.horizons.items()},
        "params": params.load().train.model_dump(),
        "metrics": metrics,
        "card": model_card or {},
    }


def register(
    folder: Path, facts: dict[str, Any], answers: Path | None = None
) -> tuple[bentoml.Tag, bool]:
    """Put a model folder into the store as the latest, and say whether that changed anything.

    Without its out-of-fold answers a model can be served, and not be compared with another.
    """
    tag = bentoml.Tag(MODEL_NAME, version(folder))
    files = {
        PICKLE if path.name == ESTIMATOR else f"{SERVING}/{path.name}": path
        for path in folder.iterdir()
    }
    if answers:
        files[ANSWERS.name] = answers
    if _is_latest(tag, files):
        return tag, False
    store: Path = BentoMLContainer.model_store.get()._path
    # Beside the store, and moved: who reads it meanwhile finds the old model or the new one.
    with TemporaryDirectory(dir=store.parent) as beside:
        _create(tag, files, facts, ModelStore(beside))
        replace_folder(Path(beside) / tag.path(), store / tag.path())
    # BentoML would ask all models of the name for their age, damaged ones too.
    write(store / tag.latest_path(), str(tag.version))
    return tag, True


def _is_latest(tag: bentoml.Tag, files: Mapping[str, Path]) -> bool:
    """Whether the latest model in the store has this tag and, byte for byte, these files."""
    try:
        stored = bentoml.models.get(f"{MODEL_NAME}:latest")
    except Exception:  # BentoML has no word of its own for a model.yaml that is damaged
        return False
    root = Path(stored.path)
    names = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    return (
        stored.tag == tag
        and names == {*files, "model.yaml"}
        and all(filecmp.cmp(root / name, path, shallow=False) for name, path in files.items())
    )


def _create(
    tag: bentoml.Tag, files: Mapping[str, Path], facts: dict[str, Any], store: ModelStore
) -> None:
    """Store a model so that `bentoml.sklearn.load_model` loads it.

    The `save_model` of that module closes a model before the serving form could be added to it.
    """
    with bentoml.models.create(
        tag,
        module="bentoml.sklearn",
        labels={"git_sha": facts["git_sha"][:40], "data_hash": facts["data_hash"][:16]},
        metadata=facts,
        signatures={"predict": ModelSignature(batchable=True)},
        context=ModelContext("sklearn", {"scikit-learn": sklearn_version}),
        _model_store=store,
    ) as model:
        Path(model.path_of(SERVING)).mkdir()
        for name, path in files.items():
            shutil.copyfile(path, model.path_of(name))


def main(argv: list[str] | None = None) -> int:
    """Register what the pipeline made; raises BoxOfficeError where it has not run."""
    parser = argparse.ArgumentParser(prog="python -m training.register", description=__doc__)
    parser.add_argument("--tag", action="store_true", help="print the tag alone on stdout")
    alone = parser.parse_args(argv or []).tag
    check(MODEL)
    read(ANSWERS, version(MODEL))
    facts = metadata(MODEL, read_json(METRICS), read_json(MODEL_CARD))
    tag, new = register(MODEL, facts, ANSWERS)
    message = f"register: {tag} is {'now' if new else 'already'} the latest in the model store"
    print(message, file=sys.stderr if alone else sys.stdout)
    if alone:
        print(tag)
    return 0


if __name__ == "__main__":
    run("register", lambda: main(sys.argv[1:]))
