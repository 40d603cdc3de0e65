"""The model of the films that ship with the project, in a model store of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.project import ROOT
from tests.support.sources import SHIPPED, learning_from

COMMANDS = [["-m", f"training.{stage}"] for stage in ("ingest", "prepare", "train")]
# The command would ask for what the stages that are left out make.
REGISTER = """
from training import register
from training.common.paths import MODEL
register.register(MODEL, register.metadata(MODEL, {}))
"""


def train_on_shipped_films(folder: Path) -> Path:
    """Run the stages that make the model, without the pipeline; gives the BENTOML_HOME."""
    shutil.copytree(ROOT / "data" / "open", folder / "data" / "open")
    (folder / "params.yaml").write_text(learning_from(SHIPPED))
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "BENTOML_HOME": str(folder / "bentoml"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    for words in [*COMMANDS, ["-c", REGISTER]]:
        command = [sys.executable, *words]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, done.stdout + done.stderr
    return folder / "bentoml"
