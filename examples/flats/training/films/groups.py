"""Flats in groups that matter to those who ask: by area and by district."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from service.films.schema import TITLE

TIME: str | None = None  # the table knows no time, so there is no backtest
SIZE = "area"  # in tiers, m2
ABOUT = [SIZE, "district"]  # what the answers keep of a flat, for those who look
NOT_IN_BASELINES: tuple[str, ...] = ()


def groupings(flats: pd.DataFrame, edges: Sequence[float]) -> "dict[str, pd.Series[Any]]":
    """The group of each flat, by the name of the grouping; NaN where it is unknown."""
    return {"area": tiers(flats, edges), "district": flats["district"]}


def tiers(flats: pd.DataFrame, edges: Sequence[float]) -> "pd.Series[Any]":
    """The tier of each flat by its area; one on an edge is in the tier above it."""
    names = [f"under {edges[0]:g} m2", *(f"{a:g} to {b:g} m2" for a, b in pairwise(edges))]
    names.append(f"{edges[-1]:g} m2 and more")
    return pd.cut(flats[SIZE], [-np.inf, *edges, np.inf], right=False, labels=names)


def named(flat: dict[Any, Any]) -> dict[str, Any]:
    """What people know a flat by."""
    return {"title": flat[TITLE]}
