"""The typed table to one table of flats: 0 is unknown, flats without a price are left out."""

from collections.abc import Mapping

import pandas as pd

from service.errors import BoxOfficeError
from service.films.fields import FIELDS, NUMBERS
from service.films.schema import TARGET, TITLE


def title_key(titles: "pd.Series[str]") -> "pd.Series[str]":
    """Buildings as they are compared: one blank between words, no case."""
    return titles.str.split().str.join(" ").str.casefold()


def row_key(flats: pd.DataFrame) -> "pd.Series[str]":
    """Flats as they are found again in another table, or among answers: by building and area."""
    return title_key(flats[TITLE]) + flats["area"].map(" {} m2".format)


def join(tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row a flat with its building, every field and the target, and how many there were."""
    table = tables["flats"].copy()
    numbers = [*NUMBERS, TARGET]
    table[numbers] = table[numbers].mask(table[numbers] == 0)
    flats = table.dropna(subset=[TARGET]).reset_index(drop=True)
    if flats.empty:
        raise BoxOfficeError("No flat has a price: check flats.csv in ingest.source.")
    counts = {"flats without a price": len(table) - len(flats), "flats": len(flats)}
    return flats[[TITLE, *FIELDS, TARGET]], counts
