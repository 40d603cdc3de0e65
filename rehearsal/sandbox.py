"""Where a rehearsal plays: a clone of this commit, its origin, a home, and a cloud of fakes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rehearsal.cloud.bucket import Bucket, bucket
from rehearsal.cloud.registry import registry
from rehearsal.workflow import Workflows
from service.errors import BoxOfficeError
from service.films.schema import TITLE

ROOT = Path(__file__).parents[1]
FAKES = ROOT / "rehearsal" / "fakes"
SERVICE = "box-office"


@dataclass
class Sandbox:
    """Folders and addresses; `main` is the owner's checkout, and no step leaves `folder`."""

    folder: Path
    bucket: Bucket
    registry: str
    workflows: Workflows

    @property
    def main(self) -> Path:
        """The checkout of the owner, who pushes to origin."""
        return self.folder / "main"

    @property
    def cloud(self) -> Path:
        """What the fake gcloud and the fake cosign keep."""
        return self.folder / "cloud"

    @property
    def github(self) -> Path:
        """What the fake gh and the fake cml keep."""
        return self.folder / "github"

    @property
    def repository(self) -> str:
        """Of images, in the registry."""
        return f"{self.registry}/images/{SERVICE}"

    @property
    def raw(self) -> Path:
        """The tables that the bucket holds under raw/."""
        return self.folder / "raw"

    def sh(self, *words: str, folder: Path | None = None) -> str:
        """The output of a command; raises BoxOfficeError with its last lines when it fails."""
        done = subprocess.run(
            words,
            cwd=folder or self.main,
            env=self.workflows.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            last = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
            raise BoxOfficeError(f"`{' '.join(words)}` ended with {done.returncode}:\n{last}")
        return done.stdout

    def clone(self, name: str, branch: str = "main") -> Path:
        """A fresh checkout of a branch, with the packages that are installed already."""
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        words = ("git", "clone", "--quiet", "--branch", branch, str(self.folder / "origin.git"))
        self.sh(*words, str(target), folder=self.folder)
        (target / ".venv").symlink_to(Path(sys.prefix))
        (target / ".git" / "info" / "exclude").write_text(".venv\n")
        # Newer than what says that they are installed, they would be installed anew.
        for lock in (target / "requirements").glob("*.txt"):
            os.utime(lock, (0, 0))
        self.bucket.configure(target)
        return target

    def commit(self, message: str, folder: Path | None = None, branch: str = "main") -> None:
        """Commit what is tracked, and push it to origin."""
        self.sh("git", "commit", "--quiet", "--all", "--message", message, folder=folder)
        self.sh("git", "push", "--quiet", "origin", f"HEAD:{branch}", folder=folder)


@contextmanager
def sandbox(folder: Path) -> Iterator[Sandbox]:
    """Set the sandbox in an empty folder."""
    for name in ("home", "cloud", "github", "bentoml", "raw"):
        (folder / name).mkdir()
    with bucket() as films, registry(folder) as host:
        environment = surroundings(folder, films)
        known = contexts(f"{host}/images/{SERVICE}")
        workflows = Workflows(ROOT / ".github" / "workflows", environment, known)
        found = Sandbox(folder, films, host, workflows)
        words = ("git", "clone", "--quiet", "--bare", str(ROOT), str(folder / "origin.git"))
        found.sh(*words, folder=folder)
        found.sh("git", "branch", "--force", "main", "HEAD", folder=folder / "origin.git")
        found.clone("main")
        yield found


def surroundings(folder: Path, films: Bucket) -> dict[str, str]:
    """The variables of every command on the sandbox: nothing of the user's own is read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {
        f"GIT_{role}_{part}": "rehearsal"
        for role in ("AUTHOR", "COMMITTER")
        for part in ("NAME", "EMAIL")
    }
    return (
        kept
        | films.environment
        | who
        | {
            "HOME": str(folder / "home"),
            "PATH": f"{FAKES}:{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}",
            "BENTOML_HOME": str(folder / "bentoml"),
            "FAKE_CALLS": str(folder / "calls.jsonl"),
            "FAKE_CLOUD": str(folder / "cloud"),
            "FAKE_GITHUB": str(folder / "github"),
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_WORKFLOW_REF": "owner/films/.github/workflows/deploy.yml@refs/heads/main",
            "BUILDAH_ISOLATION": "chroot",
            "BUILDAH_LAYERS": "true",
        }
    )


def contexts(repository: str) -> dict[str, str]:
    """What the expressions of the workflows stand for."""
    return {
        "github.event.pull_request.head.repo.full_name == github.repository": "true",
        "github.event.pull_request.number": "7",
        "github.repository": "owner/films",
        "github.run_id": "1",
        "github.server_url": "https://github.com",
        "github.sha": "rehearsal",
        "github.token": "rehearsal",
        "secrets.GOOGLE_CREDENTIALS_BASE64": "",
        "vars.GOOGLE_CLOUD_PROJECT": "films",
        "vars.GOOGLE_CLOUD_REGION": "europe-west1",
        "vars.GOOGLE_DEPLOYER": "deployer@films.invalid",
        "vars.GOOGLE_REVIEWER": "reviewer@films.invalid",
        "vars.GOOGLE_TRAINER": "trainer@films.invalid",
        "vars.IMAGE_REPOSITORY": repository,
        "vars.CLOUD_RUN_SERVICE": SERVICE,
        "vars.CLOUD_RUN_IDENTITY": "runtime@films.invalid",
        # Everything is quicker here, and two cores do all of it.
        "vars.ROLLOUT": "--watch 4 --pause 0.05 --patience 5 --least 20 --slower 20",
    }


def tables(share: int) -> dict[str, pd.DataFrame]:
    """The tables of the shipped films, of one title in `share`."""
    found = {}
    for path in sorted((ROOT / "data" / "open").glob("*.csv")):
        table = pd.read_csv(path, dtype=str)
        kept = table[TITLE].map(lambda title: sum(map(ord, title)) % share == 0)
        found[path.name] = table[kept].copy()
    return found


def expect(holds: bool, broken: str) -> None:
    """Raises BoxOfficeError with these words unless it holds."""
    if not holds:
        raise BoxOfficeError(broken)
