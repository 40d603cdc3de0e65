"""A copy of the project with a repository of its own, as it is or with the example laid over it."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.films import invented_tables, write_tables
from tests.support.project import ROOT
from tests.support.sources import SHIPPED, learning_from

EXAMPLE = ROOT / "examples" / "flats"
# Parameters that make it quick to learn, wherever they are in params.yaml.
_QUICK = {"max_iter": 3, "folds": 3, "n_components": 10, "repeats": 2, "ablation_folds": 0}
_QUICK |= {"background": 8, "drawn_from": 64, "probes": 2}
_NAMES = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")


@dataclass(frozen=True)
class Checkout:
    """A copy of the project with a repository, a home, a DVC cache and a model store of its own."""

    root: Path
    home: Path

    @property
    def env(self) -> dict[str, str]:
        """The environment of its commands; nothing of this run's own is read."""
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("GIT_", "BOX_OFFICE_"))}
        return kept | {
            "HOME": str(self.home),
            "BENTOML_HOME": str(self.home / "bentoml"),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "DVC_GLOBAL_CONFIG_DIR": str(self.home),
            "DVC_SYSTEM_CONFIG_DIR": str(self.home),
            "DVC_SITE_CACHE_DIR": str(self.home),
            "DVC_NO_ANALYTICS": "1",
            "OMP_NUM_THREADS": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{name}": "test@localhost" for name in _NAMES},
        }

    def run(self, *command: str) -> str:
        """What a command prints; an error with all of it where it fails."""
        done = subprocess.run(
            command, cwd=self.root, env=self.env, capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout + done.stderr

    def commit_all(self) -> None:
        """Make a repository of what is there."""
        self.run("git", "init", "--quiet")
        self.run("git", "add", ".")
        self.run("git", "commit", "--quiet", "--message", "A project")

    def python(self, *words: str) -> str:
        """What Python prints."""
        return self.run(sys.executable, *words)


def project_files() -> list[str]:
    """What is in the repository, or would be with `git add .`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def copy_project(root: Path) -> None:
    """Copy the files of the repository, learning from the films that ship, into an empty folder."""
    for name in project_files():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "params.yaml").write_text(learning_from(SHIPPED))


def quick(root: Path, home: Path) -> Checkout:
    """The project learning few trees from invented tables, so that its pipeline takes seconds."""
    copy_project(root)
    write_tables(invented_tables(), root / "raw")
    text = learning_from("raw")
    for setting, value in _QUICK.items():
        text = re.sub(rf"(\b{setting}): \d+", rf"\1: {value}", text)
    (root / "params.yaml").write_text(text)
    checkout = Checkout(root, home)
    checkout.commit_all()
    return checkout


def fork(root: Path, home: Path) -> Checkout:
    """The project with the example laid over it, and the table of the example made."""
    copy_project(root)
    shutil.rmtree(root / "examples")
    shutil.copytree(EXAMPLE, root, dirs_exist_ok=True)
    checkout = Checkout(root, home)
    checkout.commit_all()
    checkout.python("data/make.py")
    return checkout
