"""Prints what an image contains: this file is run by the Python inside the image."""

import errno
import json
import os
import shutil
import socket
import stat
from collections.abc import Iterator
from importlib.metadata import distributions
from importlib.util import find_spec
from typing import Any

from packaging.markers import default_environment

TOOLS = ("c++", "cc", "gcc", "git", "make", "uv")
MODULES = ("delivery", "dvc", "onnx", "pandas", "pip", "pyarrow", "scipy", "sklearn", "training")
ROOT = "/"
_KERNEL = ("/dev", "/proc", "/sys")
_ELSEWHERE = "203.0.113.1"  # reserved for examples (RFC 5737); nothing is sent to it


def look() -> dict[str, Any]:
    """What the image contains, and what the user that runs this may do with it."""
    return {
        "uid": os.getuid(),
        "environment": dict(default_environment()),
        "packages": {each.metadata["Name"]: each.version for each in distributions()},
        "contested": contested(),
        "tools": [name for name in TOOLS if shutil.which(name)],
        "modules": [name for name in MODULES if find_spec(name)],
        "tables": [os.path.join(p, f) for p, files in _folders() for f in files if _table(f)],
        "writable": [path for path, _ in _folders() if os.access(path, os.W_OK)],
        "changeable": changeable(),
        "way_out": _way_out(),
    }


def contested() -> dict[str, list[str]]:
    """The files that several packages have installed: which of them is there is left to chance."""
    owners: dict[str, set[str]] = {}
    for each in distributions():
        for file in each.files or []:
            path = os.path.normpath(str(each.locate_file(file)))
            owners.setdefault(path, set()).add(each.metadata["Name"])
    return {path: sorted(names) for path, names in owners.items() if len(names) > 1}


def changeable() -> list[str]:
    """What the user could change if the root were writable."""
    paths = [os.path.join(path, name) for path, files in _folders() for name in ("", *files)]
    return sorted(path.rstrip("/") for path in paths if _may_change(os.lstat(path)))


def _may_change(status: os.stat_result) -> bool:
    mode, groups = status.st_mode, {os.getgid(), *os.getgroups()}
    lent = mode & stat.S_IWOTH or (mode & stat.S_IWGRP and status.st_gid in groups)
    # In a sticky folder a user may change only their own files; a link has no permissions.
    spared = mode & stat.S_ISVTX or stat.S_ISLNK(mode)
    return status.st_uid == os.getuid() or bool(lent and not spared)


def _table(name: str) -> bool:
    return name.endswith((".parquet", ".pkl"))


def _folders() -> Iterator[tuple[str, list[str]]]:
    """Every folder except the kernel's, with the names of its files."""
    for path, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if os.path.join(path, name) not in _KERNEL]
        yield path, files


def _way_out() -> bool:
    """Is there a route to an address outside this network?"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        return probe.connect_ex((_ELSEWHERE, 53)) != errno.ENETUNREACH


if __name__ == "__main__":
    print(json.dumps(look()))
