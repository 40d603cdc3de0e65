"""`make train` runs the pipeline, and says nothing of a remote that nobody has named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from delivery import pipeline
from delivery.process import CommandFailed
from tests.support.project import ROOT

STAGES = """
stages:
  ours:
    cmd: echo trained > model; echo it is trained
    outs: [model]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline of one stage, in a repository without a remote."""
    for name in ("GLOBAL_CONFIG_DIR", "SYSTEM_CONFIG_DIR", "SITE_CACHE_DIR"):
        monkeypatch.setenv(f"DVC_{name}", str(tmp_path / "home"))
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    bin_folder = Path(sys.executable).parent
    monkeypatch.setenv("PATH", os.pathsep.join([str(bin_folder), os.environ["PATH"]]))
    monkeypatch.chdir(tmp_path)
    subprocess.run(["dvc", "init", "--quiet", "--no-scm"], check=True)
    (tmp_path / "dvc.yaml").write_text(STAGES)
    return tmp_path


def made(*words: str) -> tuple[int, str]:
    """The exit code, and all that is printed."""
    run = subprocess.run(
        [sys.executable, "-m", "delivery.pipeline", *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def test_without_a_remote_nobody_is_told_to_push(project: Path) -> None:
    code, said = made()

    assert 0 == code, said
    assert "Running stage 'ours':" in said
    assert "it is trained\n" in said
    assert "push" not in said
    assert "trained\n" == (project / "model").read_text()


def test_with_a_remote_the_advice_is_the_command_of_the_project(project: Path) -> None:
    subprocess.run(["dvc", "remote", "add", "--default", "there", "gs://films"], check=True)

    code, said = made("ours")

    assert (0, True) == (code, "`make push` puts what was made into the bucket." in said)
    assert "dvc push" not in said


def test_a_stage_that_fails_is_a_failure(project: Path) -> None:
    (project / "dvc.yaml").write_text(STAGES.replace("it is trained", "no; exit 3"))

    code, said = made()

    assert code != 0
    assert "failed to run" in said


def test_without_dvc_it_is_said_what_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandFailed, match=r"dvc is not on PATH: `make install` installs it\."):
        pipeline.repro()
