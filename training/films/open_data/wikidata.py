"""The films of Wikidata, which fill runtimes and witness years: found by title, however spelled."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from typing import NamedTuple

from training.films.titles import spelling_key

PLAUSIBLE_MINUTES = (40, 300)


class Film(NamedTuple):
    """A film as Wikidata knows it; `minutes` is 0 where its runtime is unknown."""

    title: str
    year: int
    minutes: float


Films = dict[str, list[Film]]


def index_films(films: Iterable[Film]) -> Films:
    """Group films by spelling key."""
    index: Films = defaultdict(list)
    for film in films:
        index[spelling_key(film.title)].append(film)
    return dict(index)


def read_films(database: bytes) -> Films:
    """Return the films of the SQLite table `omdb`, by spelling key."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(database)
        rows = connection.execute("SELECT Title, Year, COALESCE(Runtime, 0) FROM omdb").fetchall()
    return index_films(Film(*row) for row in rows)


def find_years(title: str, index: Films) -> set[int]:
    """Return the years in which Wikidata has a film of the title."""
    return {film.year for film in index.get(spelling_key(title), [])}


def find_minutes(title: str, year: int, index: Films) -> float:
    """Return Wikidata's runtime in minutes of a film within a year of `year`, else NaN.

    The same spelling wins, then the closest year; it is NaN if the best candidates disagree.
    """
    low, high = PLAUSIBLE_MINUTES
    ranked: dict[tuple[bool, int], set[float]] = defaultdict(set)
    for film in index.get(spelling_key(title), []):
        apart = abs(film.year - year)
        if apart <= 1 and low <= film.minutes <= high:
            ranked[(film.title.casefold() != title.casefold(), apart)].add(film.minutes)
    best = ranked[min(ranked)] if ranked else set()
    return best.pop() if len(best) == 1 else float("nan")
