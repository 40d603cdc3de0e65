"""Films that have become known, in the layout of the raw tables."""

import pandas as pd

from service.films.schema import TARGET, TITLE
from training.films.tables import TABLES

_MOVIES = ("movies", "financials", "opening_gross")


def raw_tables(films: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Raw tables, by name, of films with their title, every field and the target.

    What the previous film of a series earned has no column: titles and years tell.
    """
    films = films.assign(gross=None, domestic_gross=None, release_date=_dates(films))
    columns = {name: [*TABLES[name].schema.columns] for name in _MOVIES}
    tables = {name: films.reindex(columns=columns[name]) for name in _MOVIES}
    opened = tables["opening_gross"].dropna(subset="opening_gross")
    return {**tables, "opening_gross": opened}


def lacking(films: pd.DataFrame) -> "pd.Series[str]":
    """Why nothing can be learned from a film, in words; "" of one that can be learned from."""
    lacks = films["title_year"].isna() | films[TITLE].isna() | films[TARGET].isna()
    return lacks.map({True: "the year is unknown", False: ""})


def _dates(films: pd.DataFrame) -> list[str]:
    """The middle of the month, or 1 January where the year alone is known, as in other tables."""
    months = films["release_month"].round().clip(1, 12)
    pairs = zip(films["title_year"], months, strict=True)
    return [f"{y:.0f}-01-01" if pd.isna(m) else f"{y:.0f}-{m:02.0f}-15" for y, m in pairs]
