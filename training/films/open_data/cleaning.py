"""The table of films under repair: what is dropped, repaired, emptied and filled, and counted."""

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from training.films.open_data.repairs import (
    bare_title,
    repair_article,
    repair_blanks,
    repair_century,
    repair_letters,
    repair_new_year,
)
from training.films.open_data.wikidata import Films, find_minutes, find_years

NAMES = {
    "Title": "movie_title",
    "Release Date": "release_date",
    "Running Time min": "duration",
    "IMDB Rating": "imdb_score",
    "IMDB Votes": "votes",
    "Production Budget": "production_budget",
    "US Gross": "domestic_gross",
    "Worldwide Gross": "worldwide_gross",
    "Major Genre": "genre",
    "MPAA Rating": "mpaa_rating",
}


class Cleaning:
    """A table of films under repair, with the number of rows that each step changed."""

    def __init__(self, films: pd.DataFrame) -> None:
        self.films = films.copy()
        self.counts: dict[str, int] = {"rows read": len(films)}

    def drop(self, reason: str, marked: "pd.Series[bool]") -> None:
        """Drop the marked rows."""
        self.counts[f"dropped: {reason}"] = int(marked.sum())
        self.films = self.films[~marked].copy()

    def empty(self, reason: str, column: str, marked: "pd.Series[bool]") -> None:
        """Make the column unknown in the marked rows."""
        self.counts[f"emptied: {reason}"] = int((marked & self.films[column].notna()).sum())
        self.films[column] = self.films[column].mask(marked)

    def repair(self, reason: str, column: str, values: Iterable[Any]) -> None:
        """Replace the values of a column."""
        old = self.films[column]
        new = pd.Series(list(values), index=old.index, dtype=old.dtype)
        self.counts[f"repaired: {reason}"] = int((old.ne(new) & ~(old.isna() & new.isna())).sum())
        self.films[column] = new


def clean(source: pd.DataFrame, index: Films) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the usable films with repaired values, and counts by reason."""
    renamed = source.rename(columns=NAMES)[list(NAMES.values())]
    work = Cleaning(renamed.astype({"movie_title": object}))
    drop_unknown(work)
    repair_titles(work)
    repair_dates(work, index)
    make_unique(work)
    empty_doubtful(work)
    fill_runtimes(work, index)
    work.counts["rows written"] = len(work.films)
    return work.films, work.counts


def drop_unknown(work: Cleaning) -> None:
    """Drop films without a title, a budget or a worldwide gross; 0 is unknown."""
    work.drop("title missing", work.films["movie_title"].isna())
    work.drop("production budget unknown", ~(work.films["production_budget"] > 0))
    work.drop("worldwide gross unknown", ~(work.films["worldwide_gross"] > 0))


def repair_titles(work: Cleaning) -> None:
    """Make every title a clean text."""
    steps: dict[str, Callable[[Any], str]] = {
        "number in place of a title": str,
        "stray blanks in a title": repair_blanks,
        "misread letters in a title": repair_letters,
        "trailing article in a title": repair_article,
    }
    for reason, step in steps.items():
        work.repair(reason, "movie_title", map(step, work.films["movie_title"]))


def repair_dates(work: Cleaning, index: Films) -> None:
    """Make release dates dates, with the year in which each film came out."""
    dates = pd.to_datetime(work.films["release_date"], format="%b %d %Y")
    work.films["release_date"] = dates.astype("datetime64[s]")
    work.repair("wrong century", "release_date", map(repair_century, work.films["release_date"]))
    bare = map(bare_title, work.films["movie_title"], work.films["release_date"])
    years = [find_years(title, index) for title in bare]
    repaired = map(repair_new_year, work.films["release_date"], years)
    work.repair("31 December for the next year", "release_date", repaired)
    work.drop("release date unknown", work.films["release_date"].isna())
    work.films["title_year"] = work.films["release_date"].dt.year


def make_unique(work: Cleaning) -> None:
    """Keep one row per title and year; a remake has another year."""
    bare = map(bare_title, work.films["movie_title"], work.films["release_date"])
    work.repair("year of release in a title", "movie_title", bare)
    work.drop("same title and year again", work.films.duplicated(["movie_title", "title_year"]))


def empty_doubtful(work: Cleaning) -> None:
    """Make values unknown that cannot be what their column says."""
    films = work.films
    shared = films.duplicated(["movie_title", "imdb_score", "votes"], keep=False)
    work.empty("score that films of one title share", "imdb_score", shared)
    work.empty("domestic gross of 0", "domestic_gross", films["domestic_gross"] <= 0)
    work.empty("rating class 'Open'", "mpaa_rating", films["mpaa_rating"] == "Open")


def fill_runtimes(work: Cleaning, index: Films) -> None:
    """Take a runtime that the first source lacks from Wikidata, and count how well they agree."""
    films, counts = work.films, work.counts
    pairs = zip(films["movie_title"], films["title_year"], strict=True)
    second = pd.Series([find_minutes(*pair, index) for pair in pairs], films.index, dtype=float)
    apart = (films["duration"] - second).abs().dropna()
    counts["runtimes of the first source"] = int(films["duration"].notna().sum())
    films["duration"] = films["duration"].fillna(second)
    known = int(films["duration"].notna().sum())
    counts["runtimes filled from Wikidata"] = known - counts["runtimes of the first source"]
    counts["runtimes in both sources"] = len(apart)
    for minutes in (0, 1, 5):
        counts[f"runtimes at most {minutes} min apart"] = int((apart <= minutes).sum())
