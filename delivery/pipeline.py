"""Run the pipeline as `dvc repro` does, without its advice to push to a remote that nobody named.

Where one is named, the advice is `make push`, which checks first that it can be reached.
"""

import os
import subprocess
import sys

from delivery.process import CommandFailed, call
from training.common.cli import run

_ADVICE = "Use `dvc push`"
_INTERRUPTED = 130  # as a shell has it


def repro(*stages: str) -> int:
    """Print what the stages print, line by line; returns the exit code of DVC."""
    words = ("dvc", "repro", *stages)
    at_once = os.environ | {"PYTHONUNBUFFERED": "1"}
    try:
        with subprocess.Popen(words, text=True, stdout=subprocess.PIPE, env=at_once) as process:
            for line in process.stdout or ():
                if not line.startswith(_ADVICE):
                    print(line, end="", flush=True)
                elif _shared():
                    print("`make push` puts what was made into the bucket.", flush=True)
    except FileNotFoundError as error:
        raise CommandFailed("dvc is not on PATH: `make install` installs it.") from error
    return process.returncode


def _shared() -> bool:
    """Whether a remote is named."""
    return bool(call("dvc", "config", "core.remote").strip())


def main(argv: list[str] | None = None) -> int:
    """Run these stages and what they need, or all."""
    try:
        return repro(*(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:  # DVC has heard it as well, and has said so
        return _INTERRUPTED


if __name__ == "__main__":
    run("pipeline", main)
