"""The typed tables to one table of films: matched by title and year, repaired, deduplicated."""

from collections.abc import Mapping

import pandas as pd

from service.errors import BoxOfficeError
from service.films.fields import FIELDS, LABELS, NUMBERS
from service.films.schema import TARGET, TITLE
from training.common.labels import spelt_alike
from training.films.series import predecessor_gross

_YEARS_APART = 2
_ELSEWHERE = ("production_budget", "opening_gross", "screens", "predecessor_gross")


def title_key(titles: "pd.Series[str]") -> "pd.Series[str]":
    """Titles as they are compared: one blank between words, no case."""
    return titles.str.split().str.join(" ").str.casefold()


def row_key(films: pd.DataFrame) -> "pd.Series[str]":
    """Films as they are found again in another table, or among answers: by title and year."""
    return title_key(films[TITLE]) + films["title_year"].map(" ({:.0f})".format)


def repair(table: pd.DataFrame) -> pd.DataFrame:
    """0 becomes unknown, labels and titles lose stray blanks, and a label has one spelling."""
    table = table.copy()
    numbers = table.select_dtypes("number").columns
    table[numbers] = table[numbers].mask(table[numbers] == 0)
    for name in table.columns.intersection([*LABELS, TITLE]):
        if table[name].notna().any():  # without any, pandas knows no text in it
            table[name] = table[name].str.split().str.join(" ").replace("", None)
    for name in table.columns.intersection([*LABELS]):
        table[name] = spelt_alike(table[name])
    table["key"] = title_key(table["movie_title"])
    return table


def fullest(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """One row for each value of `by`: the one with most known values, the first among equals."""
    filled = table.notna().sum(axis=1)
    order = filled.sort_values(ascending=False, kind="stable").index
    return table.loc[order].drop_duplicates(by).sort_index().reset_index(drop=True)


def match(films: pd.DataFrame, movies: pd.DataFrame) -> "pd.Series[float]":
    """For each film the index of the movie of its title nearest in year, at most two years away.

    NaN where no movie has the title, -1 where only films of other years have it.
    """
    pairs = films.reset_index()[["index", "key", "year"]].merge(
        movies.reset_index()[["index", "key", "title_year"]], on="key", suffixes=("", "_movie")
    )
    apart = (pairs["year"] - pairs["title_year"]).abs().fillna(_YEARS_APART)
    pairs = pairs.assign(apart=apart).sort_values("apart", kind="stable")
    pairs["index_movie"] = pairs["index_movie"].where(pairs["apart"] <= _YEARS_APART, -1)
    nearest = pairs.drop_duplicates("index").set_index("index")["index_movie"]
    return nearest.astype(float).reindex(films.index)


def dated(openings: pd.DataFrame, films: pd.DataFrame) -> pd.DataFrame:
    """Openings with the year of their film; none of a title that several films have."""
    single = films.drop_duplicates("key", keep=False)[["key", "year"]]
    return fullest(openings, ["key"]).merge(single, on="key")


def join(tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row a film with its title, every field and the target, and how many there were.

    Raises BoxOfficeError where nothing can be learned from the tables.
    """
    movies, financials, openings = (
        repair(tables[name]) for name in ("movies", "financials", "opening_gross")
    )
    financials["year"] = financials["release_date"].dt.year
    earning = financials.dropna(subset="worldwide_gross")
    films = fullest(earning, ["key", "year"])
    movies = fullest(movies, ["key", "title_year"])
    matched = match(films, movies)
    films = _with_details(films, movies, matched)
    stranger = (matched == -1).to_numpy()
    if "year" not in openings:
        openings = dated(openings, films[~stranger])
    openings = fullest(openings, ["key", "year"])
    films = films.merge(
        openings[["key", "year", "opening_gross", "screens"]], how="left", on=["key", "year"]
    )
    films["predecessor_gross"] = predecessor_gross(films)
    counts = {
        "financials without worldwide gross": len(financials) - len(earning),
        "repeated films": len(earning) - len(films),
        "films whose title belongs to another year": int(stranger.sum()),
        "films": len(films),
        "films with an opening": int(films["opening_gross"].count()),
        "films with a predecessor": int(films["predecessor_gross"].count()),
    }
    _check(films)
    return films[[TITLE, *FIELDS, TARGET]], counts


def _check(films: pd.DataFrame) -> None:
    if films.empty:
        raise BoxOfficeError(
            "No film has both a title and a worldwide_gross: check financials.csv in ingest.source."
        )
    if films["production_budget"].isna().all():
        raise BoxOfficeError(
            "No film has a production_budget, which a forecast starts from: check financials.csv "
            "in ingest.source."
        )


def _with_details(
    films: pd.DataFrame, movies: pd.DataFrame, matched: "pd.Series[float]"
) -> pd.DataFrame:
    rows = matched.where(matched >= 0).to_numpy()
    for name in [n for n in FIELDS if n not in _ELSEWHERE]:
        source = movies[name] if name in movies else pd.Series(dtype=_dtype(name))
        films[name] = source.reindex(rows).to_numpy(_dtype(name))
    films["title_year"] = films["title_year"].fillna(films["year"])
    films["release_month"] = _month(films["release_date"])
    return films


def _dtype(name: str) -> type:
    return float if name in NUMBERS else object


def _month(dates: pd.Series) -> "pd.Series[float]":
    new_year = (dates.dt.month == 1) & (dates.dt.day == 1)
    # Sources write 1 January where they know the year alone.
    months: pd.Series[float] = dates.dt.month.astype(float).mask(new_year)
    return months
