"""Where the project is, and the films beside it that do not ship with it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"

needs_shared_data = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the second data set is not beside the project"
)
