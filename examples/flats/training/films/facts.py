"""What the model card says of the flats."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from service.films.schema import TITLE

Facts = dict[str, Any]

INTENDED = "Forecasts the price of one flat in euros, with an interval, when it is listed."


def data_facts(
    flats: pd.DataFrame, tables: Mapping[str, pd.DataFrame], source: Sequence[str], digest: str
) -> Facts:
    """Where the flats come from, and how many there are."""
    buildings = int(flats[TITLE].nunique())
    return {"source": list(source), "hash": digest, "films": len(flats), "titles": buildings}


def extent(data: Facts) -> str:
    """How many flats, as a part of a sentence."""
    return f"{data['films']:,} flats in {data['titles']:,} buildings"


def limits(data: Facts) -> list[str]:
    """When not to trust the model."""
    return ["The flats are made up by a script: no market has these prices."]
