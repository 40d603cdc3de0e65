"""The tables of several sources as those of one."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd


def merge(
    sources: Sequence[Mapping[str, pd.DataFrame]],
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """The flats of all sources, one source after the other: no flat is in two of them."""
    tables = {name: [tables[name] for tables in sources] for name in sources[0]}
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}, {}
