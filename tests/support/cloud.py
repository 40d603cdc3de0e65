"""A cloud of fakes: gcloud and cosign on PATH, and what they were asked."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import ROOT

FAKES = ROOT / "rehearsal" / "fakes"
REPOSITORY = "europe-west1-docker.pkg.dev/films/images/box-office"
IMAGES = [f"{REPOSITORY}@sha256:{digit * 64}" for digit in "abc"]


@dataclass(frozen=True)
class Cloud:
    """The folder of the fakes."""

    folder: Path

    @property
    def calls(self) -> list[str]:
        """The commands that were given, in order."""
        return [call["command"] for call in self.arguments()]

    def arguments(self) -> list[dict[str, Any]]:
        """Every call, with its program, command and argv."""
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def service(self, name: str) -> dict[str, Any]:
        """A service as it is: percent by revision, tags, images of the revisions."""
        state: dict[str, dict[str, Any]] = json.loads((self.folder / "state.json").read_text())
        return state[name]

    def change(self, name: str, **parts: Any) -> None:
        """Change a service behind the back of whoever looks at it."""
        path = self.folder / "state.json"
        state = json.loads(path.read_text())
        state[name] |= parts
        path.write_text(json.dumps(state))

    def address(self, **addresses: str) -> None:
        """Say where services answer; a name with a tag is written service__tag."""
        known = {name.replace("__", "/").replace("_", "-"): url for name, url in addresses.items()}
        (self.folder / "addresses.json").write_text(json.dumps(known))

    def log(self, revision: str, status: int = 200, latency: float = 0.01, count: int = 20) -> None:
        """Let the request log say this of a revision, whenever it is asked."""
        request = {"status": status, "latency": f"{latency}s"}
        entry = {"revision": revision, "timestamp": "9999-01-01T00:00:00", "httpRequest": request}
        with (self.folder / "requests.jsonl").open("a") as file:
            file.write(f"{json.dumps(entry)}\n" * count)


def open_cloud(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """An empty cloud in a folder, for this process and its children."""
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{FAKES}:{Path(sys.executable).parent}:{os.environ['PATH']}")
    variables = {
        "FAKE_CLOUD": str(folder),
        "FAKE_CALLS": str(folder / "calls.jsonl"),
        "GOOGLE_CLOUD_PROJECT": "films",
        "GOOGLE_CLOUD_REGION": "europe-west1",
        "IMAGE_REPOSITORY": REPOSITORY,
        "CLOUD_RUN_IDENTITY": "runtime@films.invalid",
        "GOOGLE_DEPLOYER": "deployer@films.invalid",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("FAKE_FAIL", "FAKE_DIGEST", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    return Cloud(folder)
