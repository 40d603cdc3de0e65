"""The films of a rehearsal: those in the owner's tables, and those that people ask about later.

All are films that ship, with what they became. The owner's tables lack those with the lowest values
of the field that an example tells first: people ask about films like those of the tables, and then
about such.
"""

from functools import cache
from typing import Any

import pandas as pd

from rehearsal.sandbox import ROOT
from service.films.fields import FIELDS, NUMBERS
from service.films.schema import EXAMPLE, TITLE
from training.common import params
from training.films.join import join
from training.ingest import ingest

FIELD = next(name for name in EXAMPLE if name in NUMBERS)
OWNED = 3  # the owner has one title in so many
ALIKE, OTHERS = 300, 180  # films that are asked about
_LACKING = 0.2  # of all films, those with the lowest values
_SHIPPED = ROOT / "data" / "open"

Film = dict[str, Any]


def tables(share: int, lacking: bool = False) -> dict[str, pd.DataFrame]:
    """The raw tables, with one title in `share`, and perhaps without those of the lowest values."""
    chosen: dict[str, pd.DataFrame] = {}
    for path in sorted(_SHIPPED.glob("*.csv")):
        table = pd.read_csv(path, dtype=str)
        kept = table[TITLE].map(lambda title: _number(title) % share == 0)
        if lacking:
            kept &= ~table[TITLE].isin(_lowest()[TITLE])
        chosen[path.name] = table[kept].copy()
    return chosen


def alike() -> pd.DataFrame:
    """Films that the owner's tables lack by chance, and that are like those in them."""
    films = _films()
    lacking = films[TITLE].map(lambda title: _number(title) % OWNED != 0)
    return films[lacking & ~films[TITLE].isin(_lowest()[TITLE])].sample(ALIKE, random_state=1)


def others() -> pd.DataFrame:
    """Films such as the owner's tables have none: those with the lowest values of the field."""
    return _films().nsmallest(OTHERS, FIELD)


def told(films: pd.DataFrame) -> list[Film]:
    """What is known of each film, as it is sent: its title and its fields."""
    rows = films[[TITLE, *FIELDS]].to_dict("records")
    return [{str(n): value for n, value in row.items() if pd.notna(value)} for row in rows]


@cache
def _films() -> pd.DataFrame:
    settings = params.load().ingest.model_copy(update={"source": [str(_SHIPPED)]})
    films, _ = join(ingest(settings)[0])
    return films


def _lowest() -> pd.DataFrame:
    films = _films()
    return films[films[FIELD] < films[FIELD].quantile(_LACKING)]


def _number(title: str) -> int:
    return sum(map(ord, title))
