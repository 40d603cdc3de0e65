"""A project after `dvc repro` on invented films, without the pipeline."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from tests.support.project import ROOT
from training.estimator.folder import version


def trained(root: Path, model_folder: Path, films: pd.DataFrame, answers: pd.DataFrame) -> Path:
    """Lay out films, a model of them with its answers, and the parameters of the project."""
    (root / "data").mkdir(parents=True)
    films.to_parquet(root / "data" / "films.parquet", index=False)
    digest = hashlib.sha256((root / "data" / "films.parquet").read_bytes()).hexdigest()
    edit_manifest(shutil.copytree(model_folder, root / "models" / "box_office"), data_hash=digest)
    shutil.copy(ROOT / "params.yaml", root)
    (root / "reports").mkdir()
    answers.to_parquet(root / "reports" / "answers.parquet", index=False)
    hand_over(root)
    return root


def hand_over(root: Path) -> None:
    """Say that the answers are of the model that is there by now."""
    path = root / "reports" / "answers.parquet"
    digest = version(root / "models" / "box_office")
    pd.read_parquet(path).assign(version=digest).to_parquet(path, index=False)


def edit_manifest(folder: Path, **changes: Any) -> Path:
    """Change what the model of a folder says of itself, and so its version."""
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | changes))
    return folder


def edit_promote(**changes: Any) -> None:
    """Change rules of the gate in the params.yaml of this folder."""
    settings = yaml.safe_load(Path("params.yaml").read_text())
    settings["promote"] |= changes
    Path("params.yaml").write_text(yaml.safe_dump(settings))
