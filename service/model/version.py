"""The version of a model: a hash of the files that it consists of."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

ESTIMATOR = "estimator.pkl"


def version_of(files: Mapping[str, Path]) -> str:
    """16 hexadecimal digits of the hash of files by name, among them the estimator."""
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        digest.update(f"{name}:{len(content)}:".encode() + content)
    return digest.hexdigest()[:16]
