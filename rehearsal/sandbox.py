"""Where a rehearsal runs: a clone of this commit, its origin, a home, and a cloud of fakes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.clock import Clock
from rehearsal.cloud import log
from rehearsal.cloud.bucket import Bucket, bucket
from rehearsal.cloud.registry import registry
from rehearsal.workflow import Workflows
from service.errors import BoxOfficeError

ROOT = Path(__file__).parents[1]
FAKES = ROOT / "rehearsal" / "fakes"
SERVICE = "box-office"


@dataclass
class Sandbox:
    """Folders and addresses; no step writes outside `folder`."""

    folder: Path
    bucket: Bucket
    registry: str
    workflows: Workflows
    clock: Clock = field(default_factory=Clock)

    @property
    def main(self) -> Path:
        """The checkout of the owner, who pushes to origin."""
        return self.folder / "main"

    @property
    def cloud(self) -> Path:
        """The files of the fake gcloud and the fake cosign."""
        return self.folder / "cloud"

    @property
    def github(self) -> Path:
        """The files of the fake gh and the fake cml."""
        return self.folder / "github"

    @property
    def repository(self) -> str:
        """The repository of images in the registry."""
        return f"{self.registry}/images/{SERVICE}"

    @property
    def raw(self) -> Path:
        """The tables that the bucket holds under raw/."""
        return self.folder / "raw"

    def sh(self, *words: str, folder: Path | None = None) -> str:
        """Run a command; returns its output, or raises BoxOfficeError with its last lines."""
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
        """A fresh checkout of a branch, which uses the packages that are installed already."""
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
        """Commit all tracked files, and push to origin."""
        self.sh("git", "commit", "--quiet", "--all", "--message", message, folder=folder)
        self.sh("git", "push", "--quiet", "origin", f"HEAD:{branch}", folder=folder)


@contextmanager
def set_up(folder: Path) -> Iterator[Sandbox]:
    """Set the sandbox up in an empty folder."""
    for name in ("home", "cloud", "github", "bentoml", "raw"):
        (folder / name).mkdir()
    with bucket() as films, registry(folder) as host:
        environment = surroundings(folder, films)
        expressions = contexts(f"{host}/images/{SERVICE}")
        workflows = Workflows(ROOT / ".github" / "workflows", environment, expressions)
        sandbox = Sandbox(folder, films, host, workflows)
        words = ("git", "clone", "--quiet", "--bare", str(ROOT), str(folder / "origin.git"))
        sandbox.sh(*words, folder=folder)
        sandbox.sh("git", "branch", "--force", "main", "HEAD", folder=folder / "origin.git")
        sandbox.clone("main")
        yield sandbox


def surroundings(folder: Path, films: Bucket) -> dict[str, str]:
    """The variables of every command in the sandbox; none leads to the user's own settings."""
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
    """The values of the expressions in the workflows."""
    return {
        "github.event.pull_request.head.repo.full_name == github.repository": "true",
        "github.event.pull_request.number": "7",
        "github.repository": "owner/films",
        "github.run_id": "1",
        "github.server_url": "https://github.com",
        "github.sha": "rehearsal",
        "github.token": "rehearsal",
        "inputs.to": "",
        "secrets.GOOGLE_CREDENTIALS_BASE64": "",
        "vars.BOX_OFFICE_JOURNAL": f"gs://films/{log.PLACE}",
        "vars.GOOGLE_CLOUD_PROJECT": "films",
        "vars.GOOGLE_CLOUD_REGION": "europe-west1",
        "vars.GOOGLE_DEPLOYER": "deployer@films.invalid",
        "vars.GOOGLE_REVIEWER": "reviewer@films.invalid",
        "vars.GOOGLE_TRAINER": "trainer@films.invalid",
        "vars.IMAGE_REPOSITORY": repository,
        "vars.CLOUD_RUN_SERVICE": SERVICE,
        "vars.CLOUD_RUN_IDENTITY": "runtime@films.invalid",
        "vars.SERVICE_SETTINGS": "BOX_OFFICE_JOURNAL=stdout",
        # Short waits, and a generous bound on latency: everything shares two cores here.
        "vars.ROLLOUT": "--watch 4 --pause 0.05 --patience 5 --least 20 --slower 20",
    }


def expect(condition: bool, message: str) -> None:
    """Raises BoxOfficeError with the message unless the condition is true."""
    if not condition:
        raise BoxOfficeError(message)
