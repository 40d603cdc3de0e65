"""Credentials that lie about in the checkout enter neither git nor a bento nor a build context."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import bentoml
import pytest
import yaml

from tests.support.project import ROOT

# As google-github-actions/auth and gcloud write them, and as people do; none of them is real.
NAMES = ("gha-creds-0123456789abcdef.json", "deployer-key.json", "server.pem", ".env")
FOLDERS = (".", "service", "service/rpc", "training")
PLANTED = {str(Path(folder, name)) for folder in FOLDERS for name in NAMES}
# What is no secret, to see that a file would be found.
SEEN = {"notes.json", "service/notes.json"}
PROJECT = ("service", "requirements", ".bentoignore", ".gitignore", "Dockerfile.j2")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what a bento is built from, where somebody has left credentials."""
    copy = tmp_path / "checkout"
    for name in PROJECT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    (copy / "training").mkdir()
    for path in PLANTED | SEEN:
        (copy / path).write_text("{}")
    return copy


def new_files(checkout: Path) -> set[str]:
    """The files that `git add --all` would take."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    plain |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=checkout, env=plain, capture_output=True, text=True, check=True
        ).stdout

    git("init", "--quiet")
    status = git("status", "--porcelain", "--untracked-files=all")
    return {line[3:] for line in status.splitlines()}


def bento_files(checkout: Path, *include: str) -> set[str]:
    """The files of the bento that is built from a checkout, with other ones included perhaps."""
    bentofile = yaml.safe_load((ROOT / "bentofile.yaml").read_text())
    bentofile["include"] = list(include) or bentofile["include"]
    (checkout / "bentofile.yaml").write_text(yaml.safe_dump(bentofile))
    build = [sys.executable, "-m", "bentoml", "build", "--output", "tag"]
    run = subprocess.run(
        build, cwd=checkout, capture_output=True, text=True, timeout=120, check=True
    )
    bento = bentoml.bentos.get(run.stdout.rpartition("__tag__:")[2].strip())
    source = Path(bento.path)
    return {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}


def in_source(paths: set[str]) -> set[str]:
    return {f"src/{path}" for path in paths}


def test_git_does_not_see_credentials(checkout: Path) -> None:
    found = new_files(checkout)

    assert found >= SEEN
    assert set() == found & PLANTED


def test_without_gitignore_they_would_be_seen(checkout: Path) -> None:
    (checkout / ".gitignore").unlink()

    assert new_files(checkout) >= PLANTED


def test_a_bento_holds_no_credentials(model_tag: str, checkout: Path) -> None:
    found = bento_files(checkout)

    assert {"src/service/service.py", "src/service/web/index.html"} <= found
    assert [] == [path for path in found if Path(path).name in NAMES]


def test_a_bento_that_includes_everything_holds_none_either(model_tag: str, checkout: Path) -> None:
    found = bento_files(checkout, "*")

    assert found >= in_source(SEEN)
    assert [] == [path for path in found if Path(path).name in NAMES]


def test_without_bentoignore_it_would_hold_them(model_tag: str, checkout: Path) -> None:
    (checkout / ".bentoignore").unlink()

    assert bento_files(checkout, "*") >= in_source(PLANTED)


def test_each_of_the_three_knows_every_kind_of_credential() -> None:
    kinds = {
        pattern
        for pattern in (ROOT / ".gitignore").read_text().splitlines()
        if any(Path(name).match(pattern) for name in NAMES)
    }

    assert len(NAMES) == len(kinds)
    assert kinds <= set((ROOT / ".bentoignore").read_text().splitlines())
    assert {f"**/{kind}" for kind in kinds} <= set(
        (ROOT / ".dockerignore").read_text().splitlines()
    )
