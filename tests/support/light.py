"""An environment for processes that cannot import what only training needs, as in the image."""

import os
from pathlib import Path

from tests.support.project import CONTRACTS

FORBIDDEN = tuple(CONTRACTS["serving"]["forbidden_modules"])
_BLOCK = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {FORBIDDEN!r}:
            raise ImportError(f"{{name}} is not there when serving")

sys.meta_path.insert(0, Blocked())
"""


def light_environment(folder: Path, *path: Path, **variables: str) -> dict[str, str]:
    """The environment of a process that cannot import what only training needs."""
    (folder / "sitecustomize.py").write_text(_BLOCK)
    return {**os.environ, "PYTHONPATH": ":".join(map(str, (folder, *path))), **variables}
