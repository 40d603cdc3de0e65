"""Engines for tests: programs of this machine in place of containers, and fakes on PATH."""

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from rehearsal.containers.container import Container, Place, Running
from service import __version__
from tests.support.project import ROOT


class Local:
    """An engine whose containers are plain processes: its images are names and no more."""

    name = "local"

    def base(self) -> str:
        return "base"

    def keep(self, published: str) -> str:
        return published

    def size(self, image: str) -> int:
        return {"base": 100_000_000, "small": 360_000_000, "large": 361_000_000}[image]

    def label(self, image: str, name: str) -> str:
        return {"large": ""}.get(image, __version__)

    @contextmanager
    def place(self, container: Container) -> Iterator[Place]:
        variables = {"PYTHONPATH": str(ROOT), **container.variables}
        words = ("env", *(f"{name}={value}" for name, value in variables.items()))
        yield Place((*words, *container.command), "127.0.0.1", _terminate)


def _terminate(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)


def running(*command: str) -> AbstractContextManager[Running]:
    return Container("small", command=command).running(Local())


@dataclass(frozen=True)
class Fakes:
    """A folder of programs that write down how they were called."""

    folder: Path

    def program(self, name: str, script: str = "") -> None:
        """A shell script of this name; it finds its folder in $HERE."""
        path = self.folder / name
        told = f'echo "{name} $*" >> {self.folder}/calls'
        path.write_text(f"#!/bin/sh\nHERE={self.folder}\n{told}\n{script}\n")
        path.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []


def open_fakes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """Fakes before everything else on PATH, called by somebody who seems to be root."""
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return Fakes(folder)
