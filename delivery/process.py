"""Run other programs: their output, or one sentence on what went wrong."""

import json
import subprocess
from pathlib import Path
from typing import Any

from service.errors import BoxOfficeError

_NOISE = ("Traceback", "    ", "  File ", "WARNING", "Deploying", "...")


class CommandFailed(BoxOfficeError):
    """A program is missing, took too long or failed; the message has its last line."""


def call(*words: str, cwd: Path | None = None, timeout: float = 900, stdin: str = "") -> str:
    """The standard output of a program; raises CommandFailed."""
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            timeout=timeout,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise CommandFailed(f"{words[0]} is not on PATH: install it first.") from error
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"`{_short(words)}` took longer than {timeout:.0f} s.") from error
    if done.returncode != 0:
        raise CommandFailed(f"`{_short(words)}` failed: {_last_line(done.stderr or done.stdout)}")
    return done.stdout


def stream(*words: str) -> int:
    """Run a program with its output on the terminal; returns its exit code."""
    try:
        return subprocess.run(words, check=False).returncode
    except FileNotFoundError as error:
        raise CommandFailed(f"{words[0]} is not on PATH: install it first.") from error


def call_json(*words: str, cwd: Path | None = None, timeout: float = 900) -> Any:
    """The JSON that a program prints; raises CommandFailed, also if it is not JSON."""
    text = call(*words, cwd=cwd, timeout=timeout)
    try:
        return json.loads(text)
    except ValueError as error:
        raise CommandFailed(f"`{_short(words)}` did not print JSON.") from error


def _short(words: tuple[str, ...]) -> str:
    """The program and its subcommand, without options: they may be long or secret."""
    plain = [word for word in words if not word.startswith("-")]
    return " ".join(plain[:4])


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if not line.startswith(_NOISE)]
    sentences = [line for line in lines if line]
    errors = [line for line in sentences if line.upper().startswith("ERROR")]
    return (errors or sentences or ["it did not say why."])[-1]
