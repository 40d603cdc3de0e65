"""Which film of a table follows which: told by titles, since no table says it."""

import re

import numpy as np
import pandas as pd

from service.films.schema import TARGET, TITLE
from training.films.franchises import FRANCHISES

_ARTICLE = re.compile(r"^(the|a|an) ")
_SUBTITLE = re.compile(r"\s*:.*| - .*")
_ADVENTURE = re.compile(r"(?<=\w )(\w+) and the .*")  # "Harry Potter and the ..."
_AGAIN = re.compile(
    r" (returns|forever|begins|rises|reloaded|revolutions|resurrection|salvation|beyond)( .*)?$"
)
_NUMBER = re.compile(
    r"( part| episode| ep| volume| vol| chapter| number)?"
    r" (\d{1,2}|[ivx]+|two|three|four|2000|\d ?d)$"
)


def series(title: str) -> str:
    """What the films of a series share: what is left of the title, as `plain` has it.

    Of a series whose titles share nothing, it is the name in the table of franchises.
    """
    name = plain(title)
    return _FRANCHISES.get(name, name)


def plain(title: str) -> str:
    """A title without article, subtitle, number and `returns`."""
    name = _SUBTITLE.sub("", title.casefold().replace("'", ""))
    name = " ".join(re.sub(r"[^\w]+", " ", name).split())
    name = _AGAIN.sub("", _ADVENTURE.sub(r"\1", _ARTICLE.sub("", name)))
    while (shorter := _NUMBER.sub("", name)) != name:
        name = shorter
    return name


_FRANCHISES = {plain(title): plain(name) for name, titles in FRANCHISES.items() for title in titles}


def predecessor_gross(films: pd.DataFrame) -> "pd.Series[float]":
    """What the previous film of the series earned in USD, of each film; NaN where there is none.

    It came out in an earlier year and has another title: a film made again is no sequel.
    """
    table = pd.DataFrame(
        {
            "series": films[TITLE].map(series),
            "title": films[TITLE].str.casefold(),
            "year": films["title_year"],
            "gross": films[TARGET],
        }
    )
    dated = table.dropna(subset="year").sort_values(["year", "gross"], kind="stable")
    before = pd.merge_asof(
        dated.reset_index(),
        dated,
        on="year",
        by="series",
        allow_exact_matches=False,
        suffixes=("", "_before"),
    ).set_index("index")
    followed = before["gross_before"].where(before["title_before"] != before["title"])
    return followed.astype(np.float64).reindex(films.index)
