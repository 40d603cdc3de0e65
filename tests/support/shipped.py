"""The model of the films that ship with the project, in a model store of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.project import ROOT

STAGES = ("ingest", "prepare", "train", "register")
WRITTEN = ("models/model_card.json", "reports/metrics.json")  # by the stages that are left out


def train_on_shipped_films(folder: Path) -> Path:
    """Run the stages that make the model, without the pipeline; gives the BENTOML_HOME."""
    shutil.copytree(ROOT / "data" / "open", folder / "data" / "open")
    shutil.copy(ROOT / "params.yaml", folder)
    for name in WRITTEN:
        (folder / name).parent.mkdir()
        shutil.copy(ROOT / name, folder / name)
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "BENTOML_HOME": str(folder / "bentoml"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    for stage in STAGES:
        command = [sys.executable, "-m", f"training.{stage}"]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, done.stdout + done.stderr
    return folder / "bentoml"
