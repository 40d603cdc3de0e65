"""The films of a rehearsal: what the owner has, and what people ask about."""

import pandas as pd
import pytest

from rehearsal import films
from rehearsal.films import FIELD, OWNED
from service.films.schema import TARGET, TITLE


@pytest.fixture(scope="module")
def owned() -> set[str]:
    """The titles of the owner's tables."""
    return {title for table in films.tables(OWNED, lacking=True).values() for title in table[TITLE]}


def lowest(tables: dict[str, pd.DataFrame]) -> float:
    """The lowest value of the field in raw tables."""
    [table] = [table for table in tables.values() if FIELD in table]
    return float(pd.to_numeric(table[FIELD]).replace(0, None).min())


@pytest.mark.parametrize("asked", [films.alike, films.others])
def test_nobody_asks_about_a_film_of_the_owner(owned: set[str], asked: object) -> None:
    assert callable(asked)
    table = asked()

    assert len(table) >= 100
    assert set() == owned & set(table[TITLE])
    assert table[TARGET].notna().all()


def test_what_is_alike_is_as_high_as_what_is_owned_and_the_others_are_lower() -> None:
    least = lowest(films.tables(OWNED, lacking=True))

    assert films.alike()[FIELD].min() >= least > films.others()[FIELD].max()
    assert least > lowest(films.tables(OWNED))


def test_what_is_told_of_a_film_is_what_is_known_of_it() -> None:
    table = films.alike().head(20)

    rows = films.told(table)

    assert table[TITLE].tolist() == [row[TITLE] for row in rows]
    assert all(value == value and value is not None for row in rows for value in row.values())
    assert TARGET not in {name for row in rows for name in row}
