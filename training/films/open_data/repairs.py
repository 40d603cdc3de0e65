"""Repairs of one value: a title or a release date."""

import re
from typing import Any

import pandas as pd

LAST_YEAR = 2011  # films are announced up to 2011; the next years, 2015 to 2046, are 1915 to 1946
LAST_SHIFTED_YEAR = 1992  # after it, Wikidata puts no film of 31 December in the next year


def repair_letters(title: str) -> str:
    """Undo the reading of Western European letters as Mac Roman, as in LÈon for Léon."""
    try:
        return title.encode("mac_roman").decode("cp1252")
    except UnicodeError:
        return title  # it holds a letter that Mac Roman lacks, so it was never misread


def repair_blanks(title: str) -> str:
    """Trim a title, and make every run of blanks or no-break spaces one blank."""
    return " ".join(title.split())


def repair_article(title: str) -> str:
    """Move a trailing article to the front."""
    return re.sub(r"^(.+), (The|An?|Les?|La)$", r"\2 \1", title)


def bare_title(title: str, released: pd.Timestamp) -> str:
    """Return a title without the year of its release in brackets."""
    return title.removesuffix(f" ({released.year})")


def repair_century(date: pd.Timestamp) -> pd.Timestamp:
    """Move a date later than `LAST_YEAR` back by a hundred years."""
    return date - pd.DateOffset(years=100) if date.year > LAST_YEAR else date


def repair_new_year(date: pd.Timestamp, known_years: set[int]) -> Any:
    """Move 31 December to 1 January, where it stands for some day of the following year.

    It stays where Wikidata has the film in the earlier year. 31 December 1969 is also what a
    missing date turns into, so it is unknown (NaT) unless Wikidata has the film in 1970.
    """
    is_last_day = (date.month, date.day) == (12, 31)
    if not is_last_day or date.year > LAST_SHIFTED_YEAR or date.year in known_years:
        return date
    if date.year == 1969 and 1970 not in known_years:
        return pd.NaT
    return date + pd.Timedelta(days=1)
