"""The version of a model: a hash of the files that are served of it."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def version_of(files: Iterable[Path]) -> str:
    """16 hexadecimal digits of the hash of files by name; raises OSError where one is not there."""
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.name):
        content = path.read_bytes()
        digest.update(f"{path.name}:{len(content)}:".encode() + content)
    return digest.hexdigest()[:16]
