"""Where a rehearsal plays: what it does there, it does not do to the checkout that it began in."""

import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from rehearsal.sandbox import Sandbox
from rehearsal.workflow import Workflows
from tests.support.project import ROOT

FILES = ("Makefile", "delivery", "requirements")


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A sandbox whose origin has what `make install` reads, and packages installed long ago."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / ".installed").touch()
    origin = tmp_path / "work"
    origin.mkdir()
    for name in FILES:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, origin / name)
    for words in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        ("-c", "user.name=x", "-c", "user.email=x", "commit", "--quiet", "--message=x"),
        ("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git")),
    ):
        subprocess.run(["git", *words], cwd=origin, check=True)
    workflows = Workflows(ROOT / ".github" / "workflows", {"PATH": "/usr/bin:/bin"}, {})
    return Sandbox(tmp_path, Mock(), "", workflows)


def test_a_clone_takes_the_packages_that_are_installed_and_leaves_them_as_they_are(
    sandbox: Sandbox,
) -> None:
    installed = Path(sys.prefix) / ".installed"
    before = installed.stat()

    clone = sandbox.clone("clone")

    assert before.st_mtime_ns == installed.stat().st_mtime_ns
    assert "Nothing to be done" in sandbox.sh("make", "install", folder=clone)
    assert "" == sandbox.sh("git", "status", "--porcelain", folder=clone)
