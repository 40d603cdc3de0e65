"""The built wheel of the Python client in an environment of its own, and who asks with it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import ROOT

TOKEN = "a-token-of-nobody-0123456789abcdef"  # for outcomes
FOLDER = ROOT / "clients" / "python"
_PROGRAM = Path(__file__).with_name("client_program.py")
_TOOLS = Path(sys.executable).parent


class Refused(Exception):
    """An error of the client: its name, its words, and (index, field, message) of its details."""

    def __init__(self, error: str, words: str, details: list[dict[str, Any]]) -> None:
        super().__init__(error, words)
        self.error, self.words = error, words
        self.details = [(each["index"], each["field"], each["message"]) for each in details]


class Asker:
    """A client in a process of its own, whose methods are called by name."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, method: str, *arguments: Any, **options: Any) -> Any:
        """What a method answers; raises Refused."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([method, arguments, options]) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if isinstance(answer, dict) and "error" in answer:
            raise Refused(**answer)
        return answer


@contextmanager
def asking(python: Path, url: str, kind: str = "sync", seconds: float = 30) -> Iterator[Asker]:
    """A Client, or an AsyncClient, of a URL."""
    command = [python, "-I", _PROGRAM, url, str(seconds), kind]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:
        try:
            yield Asker(process)
            assert process.stdin
            process.stdin.close()
            assert 0 == process.wait(20)
        finally:
            process.kill()


def built(folder: Path) -> Path:
    """The wheel that `make client` builds."""
    words = [f"VENV={os.path.relpath(_TOOLS.parent, ROOT)}", f"DIST={folder}"]
    command = ["make", "--no-print-directory", "-o", "install", "client", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    [wheel] = folder.glob("*.whl")
    return wheel


def installed(folder: Path, *wanted: str) -> Path:
    """The interpreter of a new environment with these packages, in our versions, and no others.

    They are from uv's cache or from the index; the test is skipped where neither has them.
    """
    python = folder / "bin" / "python"
    _uv("venv", "--quiet", "--no-project", "--python", sys.executable, str(folder))
    versions = ROOT / "requirements" / "dev.txt"
    install = ["pip", "install", "--quiet", "--python", str(python), "-c", str(versions), *wanted]
    if 0 == _uv(*install, "--offline", check=False).returncode:
        return python
    if not _index():
        pytest.skip("uv's cache has not what the client needs, and there is no package index")
    done = _uv(*install, check=False)
    assert 0 == done.returncode, done.stderr
    return python


@cache
def _index() -> bool:
    """Can packages be got at all?"""
    asked = ["pip", "compile", "--quiet", "--no-deps", "--refresh", "-"]
    return 0 == _uv(*asked, check=False, input="idna\n").returncode


def _uv(*words: str, check: bool = True, **more: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [_TOOLS / "uv", *words], capture_output=True, text=True, check=check, **more
    )
