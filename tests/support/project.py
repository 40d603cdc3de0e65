"""Where the project is, what may import what in it, and the films that do not ship with it."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
# What `make proto` writes of the client, beside what protoc names *_pb2*.
GENERATED = ROOT / "clients" / "python" / "src" / "box_office_client" / "schema.py"
_LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = {contract["id"]: contract for contract in _LINTER["contracts"]}

needs_shared_data = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the second data set is not beside the project"
)
