"""What the commands of the Makefile are called with; stand-ins note it."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.project import ROOT

STAND_INS = {
    "dvc": "true",
    "python": 'test "$2" != training.register || echo box_office:made',
    "bentoml": 'echo "serves $BOX_OFFICE_MODEL"',
}


@pytest.fixture
def venv(tmp_path: Path) -> str:
    """A .venv of stand-ins, as the Makefile is told of it."""
    (tmp_path / "bin").mkdir()
    for name, script in STAND_INS.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return os.path.relpath(tmp_path, ROOT)


@pytest.mark.parametrize(
    ("given", "served"),
    [({}, "box_office:made"), ({"BOX_OFFICE_MODEL": "box_office:ours"}, "box_office:ours")],
)
def test_make_serve_serves_what_it_has_made_unless_it_is_told_otherwise(
    venv: str, given: dict[str, str], served: str
) -> None:
    kept = {name: text for name, text in os.environ.items() if name != "BOX_OFFICE_MODEL"}
    run = subprocess.run(
        ["make", "--no-print-directory", "-o", "install", f"VENV={venv}", "serve"],
        cwd=ROOT,
        env=kept | given,
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"serves {served}" == run.stdout.splitlines()[-1]
