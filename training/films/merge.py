"""The tables of several sources as those of one: a film that two of them have is one film."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from service.films.schema import TARGET, TITLE
from training.films.join import dated, fullest, match, repair
from training.films.titles import spelling_key

Tables = Mapping[str, pd.DataFrame]
Counts = dict[str, Any]

_YEARS_APART = 1
_FILM = ["key", "year"]


def merge(sources: Sequence[Tables]) -> tuple[dict[str, pd.DataFrame], Counts]:
    """Tables with a row a film: the values of its first source, gaps filled from the next.

    A film of two sources has one title, however spelled, and years at most one apart. Counted are
    the films in several sources and, by column, those of which the sources say different things.
    """
    if len(sources) == 1:
        return dict(sources[0]), {"films in several sources": 0, "conflicts": {}}
    parts = [with_years(tables) for tables in sources]
    films = numbered(parts)
    titles = films.drop_duplicates("film").set_index("film")[TITLE]
    merged: dict[str, pd.DataFrame] = {}
    conflicts: dict[str, int] = {}
    for name in sources[0]:
        rows = [part[name].assign(source=i) for i, part in enumerate(parts) if len(part[name])]
        table = pd.concat(rows or [parts[0][name].assign(source=0)], ignore_index=True)
        merged[name], differ = filled(table.merge(films.drop(columns=TITLE), on=["source", *_FILM]))
        merged[name].insert(0, TITLE, titles.reindex(merged[name].index))
        conflicts |= differ
    years = merged["financials"]["release_date"].dt.year.astype(float)
    openings = merged["opening_gross"]
    merged["opening_gross"] = openings.assign(year=years.reindex(openings.index))
    shared = int((films.groupby("film")["source"].nunique() > 1).sum())
    tables = {name: table.reset_index(drop=True) for name, table in merged.items()}
    return tables, {"films in several sources": shared, "conflicts": conflicts}


def with_years(tables: Tables) -> dict[str, pd.DataFrame]:
    """The tables of one source, one row a film, each with the year of that film: of its release."""
    movies, financials, openings = (
        repair(tables[name]) for name in ("movies", "financials", "opening_gross")
    )
    financials["year"] = financials["release_date"].dt.year.astype(float)
    earning = fullest(financials.dropna(subset=TARGET), _FILM)
    films = pd.concat([earning, fullest(financials, _FILM)])
    films = films.drop_duplicates(_FILM, ignore_index=True)
    movies = fullest(movies, ["key", "title_year"])
    matched = match(films, movies)
    films["year"] = films["year"].fillna(_at(movies["title_year"], matched))
    film = match(movies.assign(year=movies["title_year"]), films.assign(title_year=films["year"]))
    movies["year"] = _at(films["year"], film).fillna(movies["title_year"])
    known = pd.concat([films.loc[matched != -1, _FILM], movies.loc[~(film >= 0), _FILM]])
    nearest = (movies["year"] - movies["title_year"]).abs().sort_values(kind="stable").index
    return {
        "movies": movies.loc[nearest].drop_duplicates(_FILM).sort_index(),
        "financials": films,
        "opening_gross": dated(openings, known),
    }


def _at(values: "pd.Series[float]", places: "pd.Series[float]") -> "pd.Series[float]":
    """For each place the value there; unknown where there is none."""
    return values.reindex(places).set_axis(places.index)


def numbered(sources: Sequence[Tables]) -> pd.DataFrame:
    """Each film of each source with a number: that of the earlier source's film that it is."""
    rows = pd.concat(
        [
            pd.concat([tables["movies"], tables["financials"]]).assign(source=i)
            for i, tables in enumerate(sources)
        ]
    ).drop_duplicates(["source", *_FILM], ignore_index=True)
    rows = rows[["source", *_FILM, TITLE, "title_year"]]
    rows = rows.assign(film=rows.index, row=rows.index, spelling=rows["key"].map(spelling_key))
    for source in range(1, len(sources)):
        earlier = rows[rows["source"] < source].drop_duplicates("film")
        pairs = earlier.merge(rows[rows["source"] == source], on="spelling", suffixes=("", "_new"))
        pairs["respelled"] = pairs["key"] != pairs["key_new"]
        # A film may be released years later than it was made, and in other years elsewhere.
        years = [(pairs[name] - pairs[f"{name}_new"]).abs() for name in ("year", "title_year")]
        pairs["apart"] = pd.concat(years, axis=1).min(axis=1)
        pairs = pairs[pairs["apart"] <= _YEARS_APART].sort_values(["respelled", "apart", "row"])
        pairs = pairs.drop_duplicates("row").drop_duplicates("row_new")
        rows.loc[pairs["row_new"], "film"] = pairs["film"].to_numpy()
    return rows[["source", *_FILM, TITLE, "film"]]


def filled(rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """The first known values of each film, and by column how many films have others as well."""
    films = rows.groupby("film", sort=False)
    columns = [name for name in rows if name not in ("source", "film", *_FILM, TITLE)]
    differ = films[columns].nunique().gt(1).sum()
    return films[columns].first(), {str(n): int(count) for n, count in differ.items() if count}
