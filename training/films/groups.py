"""Films in groups that matter to those who ask: by time, by budget, by decade, by genre."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from training.films.units import SCALE, UNIT

TIME: str | None = (
    "title_year"  # the backtest learns from what is earlier, to forecast what is later
)
SIZE = "production_budget"  # in tiers, USD
ABOUT = [
    "title_year",
    SIZE,
    "genre",
    "mpaa_rating",
]  # what the answers keep of a film, for those who look
# The model that services of this kind start with does not have them.
NOT_IN_BASELINES = ("release_month",)


def groupings(films: pd.DataFrame, edges: Sequence[float]) -> "dict[str, pd.Series[Any]]":
    """The group of each film, by the name of the grouping; NaN where it is unknown."""
    decade = films["title_year"] // 10 * 10
    return {
        "budget": tiers(films, edges),
        "decade": decade.map("{:.0f}s".format, na_action="ignore"),
        "genre": films["genre"],
    }


def tiers(films: pd.DataFrame, edges: Sequence[float]) -> "pd.Series[Any]":
    """The tier of each film by its budget; one on an edge is in the tier above it."""
    names = [f"under {_short(edges[0])}"]
    names += [f"{_short(a)} to {_short(b)}" for a, b in pairwise(edges)]
    names += [f"{_short(edges[-1])} and more"]
    return pd.cut(films[SIZE], [-np.inf, *edges, np.inf], right=False, labels=names)


def named(film: dict[Any, Any]) -> dict[str, Any]:
    """What people know a film by: its title and its year."""
    year = film["title_year"]
    return {"title": film["movie_title"], "year": None if np.isnan(year) else int(year)}


def _short(usd: float) -> str:
    return f"{usd / SCALE:g} {UNIT}"
