"""Flats that have been sold, in the layout of the raw table."""

import pandas as pd

from service.films.schema import TITLE
from training.films.tables import TABLES


def raw_tables(flats: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The raw table, by name, of flats with their building, every field and the price."""
    return {name: flats[[*table.schema.columns]] for name, table in TABLES.items()}


def lacking(flats: pd.DataFrame) -> "pd.Series[str]":
    """Why nothing can be learned from a flat, in words; "" of one that can be learned from."""
    return flats[TITLE].isna().map({True: "the building is unknown", False: ""})
