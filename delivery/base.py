"""Which image ours is built on: by its digest, so that it is the same one until that is changed.

requirements/base.Dockerfile says it in the words of a Dockerfile, which Dependabot reads.
"""

import argparse
import hashlib
import re
from pathlib import Path

from delivery.process import call
from service.errors import BoxOfficeError
from training.common.cli import run
from training.common.files import write

FILE = Path("requirements/base.Dockerfile")
_FROM = re.compile(r"^FROM (\S+?)(?:@(sha256:[0-9a-f]{64}))?$", re.M)
_LOOPBACK = ("127.0.0.1:", "localhost:")


def pinned() -> str:
    """The base as NAME:TAG@sha256:...; raises BoxOfficeError where it is not pinned."""
    name, digest = _read()
    if not digest:
        raise BoxOfficeError(f"{FILE} pins no digest of {name}: run `make base`.")
    return f"{name}@{digest}"


def newest(name: str) -> str:
    """The digest that a registry has for NAME:TAG now, of all its platforms together."""
    options = ("--tls-verify=false",) if name.startswith(_LOOPBACK) else ()
    manifest = call("skopeo", "inspect", "--raw", *options, f"docker://{name}")
    return f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"


def pin() -> str:
    """Let the file name the newest image of its tag; returns what was done."""
    name, before = _read()
    digest = newest(name)
    if digest == before:
        return f"{name} is still {digest}"
    write(FILE, _FROM.sub(f"FROM {name}@{digest}", FILE.read_text(encoding="utf-8")))
    return f"{name} is {digest}, and was {before or 'not pinned'}"


def _read() -> tuple[str, str]:
    """The name with its tag, and the digest or nothing; raises BoxOfficeError."""
    found: list[tuple[str, str]] = _FROM.findall(FILE.read_text(encoding="utf-8"))
    if len(found) != 1:
        raise BoxOfficeError(f"{FILE} needs one line as `FROM python:3.11-slim@sha256:...`.")
    return found[0]


def main(argv: list[str] | None = None) -> int:
    """Pin the newest image of the tag."""
    argparse.ArgumentParser(prog="python -m delivery.base", description=__doc__).parse_args(argv)
    print(f"base: {pin()}")
    return 0


if __name__ == "__main__":
    run("base", main)
