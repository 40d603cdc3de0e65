"""Typed tables in, one table of films out: joined by title and year, and split by title."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from service.errors import BoxOfficeError
from service.films.fields import FIELDS
from tests.support.project import ROOT
from training import prepare
from training.common import params
from training.films import tables
from training.films.join import join

SETTINGS = params.load(ROOT / "params.yaml").prepare
MOVIE = {
    "movie_title": "Heat",
    "title_year": 1995,
    "duration": 170,
    "aspect_ratio": 2.35,
    "cast_total_facebook_likes": 22000,
    "budget": 60e6,
    "imdb_score": 8.2,
    "genre": "Crime",
    "mpaa_rating": "R",
}
FINANCIALS = {
    "movie_title": "Heat",
    "production_budget": 60e6,
    "worldwide_gross": 187e6,
    "release_date": "1995-12-15",
}
OPENING = {"movie_title": "Heat", "opening_gross": 8e6, "screens": 1300}


def rows(template: dict[str, Any], *changes: dict[str, Any]) -> pd.DataFrame:
    """One row for each dictionary of changes to the template."""
    return pd.DataFrame([template | change for change in changes])


def joined(
    movies: list[dict[str, Any]] | None = None,
    financials: list[dict[str, Any]] | None = None,
    openings: list[dict[str, Any]] | None = None,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The join of one row of each table, or of as many as there are changes."""
    return join(
        {
            "movies": tables.MOVIES.validate(
                rows(MOVIE, *(movies if movies is not None else [{}]))
            ),
            "financials": tables.FINANCIALS.validate(rows(FINANCIALS, *(financials or [{}]))),
            "opening_gross": tables.OPENINGS.validate(rows(OPENING, *(openings or [{}]))),
        }
    )


def only(films: pd.DataFrame) -> pd.Series:
    """The one film of a table."""
    assert 1 == len(films)
    return films.iloc[0]


def test_a_film_has_the_fields_of_all_tables() -> None:
    film = only(joined()[0])

    expected = {name: MOVIE[name] for name in FIELDS if name in MOVIE}
    expected |= {"production_budget": 60e6, "opening_gross": 8e6, "screens": 1300}
    assert expected | {"release_month": 12} == film[list(FIELDS)].dropna().to_dict()
    assert 187e6 == film["worldwide_gross"]


@pytest.mark.parametrize("name", ["duration", "budget", "imdb_score", "title_year"])
def test_zero_is_unknown(name: str) -> None:
    unknown = 1995 if name == "title_year" else np.nan  # the release date tells the year

    assert unknown == pytest.approx(only(joined([{name: 0}])[0])[name], nan_ok=True)


def test_a_gross_of_zero_is_no_gross() -> None:
    films, counts = joined(financials=[{}, {"movie_title": "Ronin", "worldwide_gross": 0}])

    assert ["Heat"] == films["movie_title"].tolist()
    assert 1 == counts["financials without worldwide gross"]


def test_a_film_without_gross_is_dropped_and_counted() -> None:
    films, counts = joined(financials=[{}, {"movie_title": "Ronin", "worldwide_gross": None}])

    assert ["Heat"] == films["movie_title"].tolist()
    assert 1 == counts["financials without worldwide gross"]
    assert 1 == counts["films"]


@pytest.mark.parametrize("title", ["Heat ", "Heat\u00a0", " heat", "HEAT", "\u00a0Heat \u00a0"])
def test_titles_are_joined_whatever_their_blanks_and_case(title: str) -> None:
    film = only(joined([{"movie_title": title}], openings=[{"movie_title": title}])[0])

    assert (170, 8e6) == (film["duration"], film["opening_gross"])


def test_blanks_inside_a_title_and_a_label_are_one() -> None:
    film = only(
        joined(
            [{"movie_title": "Heat \u00a0Wave", "genre": " Film  Noir\u00a0"}],
            [{"movie_title": "Heat Wave "}],
        )[0]
    )

    assert ("Heat Wave", "Film Noir") == (film["movie_title"], film["genre"])


def test_a_label_that_no_film_has_is_unknown() -> None:
    assert pd.isna(only(joined([{"genre": None}])[0])["genre"])


def test_labels_that_mean_the_same_are_spelt_as_most_of_them() -> None:
    genres = ["comedy", "Comedy", "Comedy", "Thriller", "Thriller/Suspense", "SUSPENSE", None]
    titles = [f"Film {number}" for number in range(len(genres))]
    films, _ = joined(
        [{"movie_title": t, "genre": g} for t, g in zip(titles, genres, strict=True)],
        [{"movie_title": t} for t in titles],
    )

    spelt = films.set_index("movie_title")["genre"].reindex(titles).tolist()
    assert ["Comedy"] * 3 == spelt[:3]
    assert 1 == len(set(spelt[3:6]))
    assert spelt[6] is None or np.isnan(spelt[6])


def test_of_duplicates_the_fullest_row_is_kept() -> None:
    films, counts = joined(
        [{"genre": None, "duration": 1}, {}, {"mpaa_rating": None, "duration": 2}],
        [{"production_budget": None}, {}, {"movie_title": "Heat ", "production_budget": 0}],
    )

    assert (60e6, 170) == tuple(only(films)[["production_budget", "duration"]])
    assert 2 == counts["repeated films"]


def test_of_duplicates_that_are_equally_full_the_first_is_kept() -> None:
    assert 170 == only(joined([{}, {"duration": 171}])[0])["duration"]


def test_a_film_that_no_table_details_is_kept() -> None:
    film = only(joined([{"movie_title": "Ronin"}], openings=[{"movie_title": "Ronin"}])[0])

    assert np.isnan(film["duration"])
    assert np.isnan(film["opening_gross"])
    assert (1995, 12) == (film["title_year"], film["release_month"])


def test_remakes_are_two_films_with_their_own_details() -> None:
    films, _ = joined(
        [{"title_year": 2013, "duration": 117}, {}],
        [{}, {"release_date": "2013-06-28", "worldwide_gross": 230e6}],
    )

    details = films[["title_year", "duration", "worldwide_gross"]].to_numpy().tolist()
    assert [[1995, 170, 187e6], [2013, 117, 230e6]] == details


@pytest.mark.parametrize(("year", "duration"), [(1993, 170), (1997, 170), (1992, None)])
def test_a_movie_lends_its_details_at_most_two_years_away(year: int, duration: int | None) -> None:
    film = only(joined([{"title_year": year}])[0])

    assert duration == (None if np.isnan(film["duration"]) else film["duration"])


def test_a_film_whose_title_is_of_another_year_gets_no_opening_and_is_counted() -> None:
    films, counts = joined([{"title_year": 2013}])

    assert np.isnan(only(films)["opening_gross"])
    assert 1995 == only(films)["title_year"]
    assert 1 == counts["films whose title belongs to another year"]


def test_a_movie_without_a_year_lends_its_details() -> None:
    assert 170 == only(joined([{"title_year": None}])[0])["duration"]


def test_an_opening_goes_to_the_one_film_of_its_title() -> None:
    films, counts = joined([{}, {"movie_title": "Ronin"}], [{}, {"movie_title": "Ronin"}])

    assert 8e6 == films.set_index("movie_title")["opening_gross"]["Heat"]
    assert 1 == counts["films with an opening"]


def test_an_opening_that_two_films_could_have_had_is_given_to_neither() -> None:
    films, counts = joined(
        [{}, {"title_year": 2013}], [{}, {"release_date": "2013-06-28", "worldwide_gross": 230e6}]
    )

    assert films[["opening_gross", "screens"]].isna().all(axis=None)
    assert 0 == counts["films with an opening"]


def test_an_opening_goes_to_the_namesake_of_the_right_year_only() -> None:
    films, counts = joined([{}], [{}, {"release_date": "2013-06-28", "worldwide_gross": 230e6}])

    assert [True, False] == films["opening_gross"].notna().tolist()
    assert 1 == counts["films with an opening"]


@pytest.mark.parametrize(
    ("date", "month"), [("1995-01-01", None), ("1995-01-02", 1), ("1995-06-01", 6), (None, None)]
)
def test_new_year_is_how_sources_write_a_year_alone(date: str | None, month: int | None) -> None:
    film = only(joined(financials=[{"release_date": date}])[0])

    assert month == (None if np.isnan(film["release_month"]) else film["release_month"])


def test_a_title_has_the_fold_of_its_hash_whatever_the_order_and_the_company() -> None:
    keys = pd.Series([f"film {i}" for i in range(50)])
    known = dict(zip(keys, prepare.folds(keys, 5, 7), strict=True))
    fewer = keys.sample(20, random_state=1)

    assert [known[key] for key in fewer] == prepare.folds(fewer, 5, 7).tolist()


def test_every_fold_has_its_share_of_titles() -> None:
    keys = pd.Series([f"film {i}" for i in range(1000)])

    shares = prepare.folds(keys, 5, 7).value_counts(normalize=True)

    assert {0, 1, 2, 3, 4} == set(shares.index)
    assert shares.between(0.15, 0.25).all()


def test_another_seed_makes_other_folds() -> None:
    keys = pd.Series([f"film {i}" for i in range(50)])

    assert prepare.folds(keys, 5, 7).tolist() != prepare.folds(keys, 5, 8).tolist()


def test_a_title_is_never_in_two_folds() -> None:
    remakes = [
        {"movie_title": spelling, "release_date": f"{year}-06-01", "worldwide_gross": year * 1e4}
        for i in range(30)
        for year, spelling in ((1960, f"Film {i}"), (1980, f"FILM {i} "), (2000, f"film\u00a0{i}"))
    ]
    films = prepare.split(joined(financials=remakes)[0], SETTINGS)

    assert 90 == len(films)
    assert 1 == films.groupby(films["movie_title"].str.casefold())["fold"].nunique().max()


def test_the_latest_films_are_the_future() -> None:
    releases = [
        {"movie_title": f"Film {year}", "release_date": f"{year}-06-01"}
        for year in range(1991, 2011)
    ]
    films = prepare.split(
        joined(financials=releases)[0], SETTINGS.model_copy(update={"backtest_share": 0.25})
    )

    future = films.loc[films["era"] == "future", "title_year"]
    assert [2006, 2007, 2008, 2009, 2010] == sorted(future)
    assert {"past", "future"} == set(films["era"])


def test_the_join_does_not_depend_on_the_order_of_the_rows(films: pd.DataFrame) -> None:
    releases = [{}, {"movie_title": "Ronin", "release_date": "1998-09-25"}]
    one, _ = joined(financials=releases)
    two, _ = joined(financials=releases[::-1])

    two = two.sort_values("movie_title", ignore_index=True)
    pd.testing.assert_frame_equal(one.sort_values("movie_title", ignore_index=True), two)


@pytest.fixture
def ingested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the typed tables of one film, in a project of its own."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text((ROOT / "params.yaml").read_text())
    folder = tmp_path / "data" / "ingested"
    folder.mkdir(parents=True)
    tables.MOVIES.validate(rows(MOVIE, {})).to_parquet(folder / "movies.parquet")
    tables.FINANCIALS.validate(rows(FINANCIALS, {})).to_parquet(folder / "financials.parquet")
    tables.OPENINGS.validate(rows(OPENING, {})).to_parquet(folder / "opening_gross.parquet")
    return folder


def test_the_stage_writes_films_and_a_report(ingested: Path) -> None:
    assert 0 == prepare.main()

    film = only(pd.read_parquet("data/films.parquet"))
    assert {"movie_title", *FIELDS, "worldwide_gross", "fold", "era"} == set(film.index)
    assert 1 == json.loads(Path("reports/prepare.json").read_text())["films"]


@pytest.mark.parametrize("column", ["worldwide_gross", "production_budget"])
def test_without_a_gross_or_a_budget_the_stage_stops_with_one_sentence(
    ingested: Path, column: str
) -> None:
    unknown = rows(FINANCIALS, {column: 0})
    tables.FINANCIALS.validate(unknown).to_parquet(ingested / "financials.parquet")

    with pytest.raises(
        BoxOfficeError, match=rf"No film has .*{column}.* check financials\.csv in ingest\."
    ):
        prepare.main()

    assert not Path("data/films.parquet").exists()
