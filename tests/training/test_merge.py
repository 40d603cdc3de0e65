"""A film that several sources have is one film: the values of the first, gaps from the next."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support.project import ROOT, SHARED, needs_shared_data
from training import ingest, prepare
from training.common import params
from training.films.join import join
from training.films.merge import Counts, Tables, merge
from training.films.tables import TABLES

SETTINGS = params.load(ROOT / "params.yaml")
MOVIE = {"title_year": 1995, "duration": 170, "aspect_ratio": 2.35, "genre": "Crime"}
UNKNOWN = {"cast_total_facebook_likes": None, "budget": None, "imdb_score": None}
RELEASE = {
    "domestic_gross": None,
    "release_date": "1995-12-15",
    "production_budget": 60e6,
    "worldwide_gross": 187e6,
}
OPENING = {"opening_gross": 8e6, "screens": 1300}
Rows = list[dict[str, Any]]


def source(
    movies: Rows | None = None, financials: Rows | None = None, openings: Rows | None = None
) -> Tables:
    """The typed tables of a source: of Heat, or with these changes to it; [] for no row."""

    def table(name: str, template: dict[str, Any], changes: Rows | None) -> pd.DataFrame:
        schema = TABLES[name].schema
        given = [{"movie_title": "Heat"} | template | row for row in changes or []]
        rows = pd.DataFrame(given or None, columns=None if given else [*schema.columns])
        return schema.validate(rows) if given else schema.coerce_dtype(rows)

    return {
        "movies": table("movies", MOVIE | UNKNOWN, [{}] if movies is None else movies),
        "financials": table("financials", RELEASE, [{}] if financials is None else financials),
        "opening_gross": table("opening_gross", OPENING, openings),
    }


def film(title: str, year: int, **changes: Any) -> Tables:
    """A source with one film."""
    movie = {"movie_title": title, "title_year": year}
    return source([movie | changes], [{"movie_title": title, "release_date": f"{year}-06-01"}])


def joined(*sources: Tables) -> tuple[pd.DataFrame, Counts]:
    """The films of several sources, and what merging has counted."""
    tables, counts = merge(sources)
    return join(tables)[0], counts


def only(films: pd.DataFrame) -> pd.Series:
    """The one film of a table."""
    assert 1 == len(films)
    return films.iloc[0]


def test_the_tables_of_one_source_are_left_as_they_are() -> None:
    tables = source(openings=[{}])

    merged, counts = merge([tables])

    assert {"films in several sources": 0, "conflicts": {}} == counts
    assert all(merged[name] is tables[name] for name in TABLES)


def test_the_values_of_the_first_source_come_first_and_conflicts_are_counted() -> None:
    second = source([{"duration": 171, "genre": "Drama"}], [{"worldwide_gross": 188e6}])

    films, counts = joined(source(), second)

    assert (170, "Crime", 187e6) == tuple(only(films)[["duration", "genre", "worldwide_gross"]])
    assert {"duration": 1, "genre": 1, "worldwide_gross": 1} == counts["conflicts"]
    assert 1 == counts["films in several sources"]


@pytest.mark.parametrize("gap", [None, 0])
def test_gaps_are_filled_from_the_next_source_and_are_no_conflict(gap: float | None) -> None:
    first = source([{"duration": gap, "genre": None}], [{"production_budget": gap}])
    second = source([{"duration": gap}], [{"production_budget": gap}])

    films, counts = joined(first, second, source([{"genre": "Drama"}]))

    assert (170, "Crime", 60e6) == tuple(only(films)[["duration", "genre", "production_budget"]])
    assert {"genre": 1} == counts["conflicts"]


def test_a_table_that_one_source_lacks_a_film_in_is_a_gap_as_well() -> None:
    details_only, gross_only = source(financials=[]), source(movies=[])

    for sources in ((details_only, gross_only), (gross_only, details_only)):
        assert (170, 187e6) == tuple(only(joined(*sources)[0])[["duration", "worldwide_gross"]])


def test_a_gross_that_the_first_source_does_not_know_is_taken_from_the_next() -> None:
    first = source([{"duration": 169}], [{"worldwide_gross": 0}])

    assert (169, 187e6) == tuple(only(joined(first, source())[0])[["duration", "worldwide_gross"]])


def test_of_duplicates_in_a_source_the_one_with_a_gross_is_meant() -> None:
    twice = source(financials=[{"worldwide_gross": None, "domestic_gross": 67e6}, {}])

    films, _ = joined(twice, film("Ronin", 1998))

    assert ["Heat", "Ronin"] == films["movie_title"].tolist()


@pytest.mark.parametrize(("apart", "count"), [(-2, 2), (-1, 1), (0, 1), (1, 1), (2, 2)])
def test_years_at_most_one_apart_are_those_of_one_film(apart: int, count: int) -> None:
    films, _ = joined(film("Heat", 1995), film("Heat", 1995 + apart, duration=171))

    assert count == len(films)
    assert 170 == films["duration"][0]


def test_a_film_that_was_released_elsewhere_years_later_is_known_by_the_year_of_its_making() -> (
    None
):
    later = source(financials=[{"release_date": "1997-01-15"}])

    assert 1 == len(joined(source(), later)[0])


def test_a_film_that_was_made_years_before_is_known_by_the_year_of_its_release() -> None:
    films, counts = joined(source(), source([{"title_year": 1993}]))

    assert 1995 == only(films)["title_year"]
    assert 1 == counts["films in several sources"]


def test_a_film_of_unknown_year_is_no_other_film() -> None:
    nobody_knows = {"title_year": None}

    films, counts = joined(source(), source([nobody_knows], []))

    assert 1 == len(films)
    assert 0 == counts["films in several sources"]


def test_of_two_namesakes_the_one_of_the_nearer_year_is_meant() -> None:
    first = source(
        [{"title_year": 1994, "duration": 1}, {"title_year": 1995, "duration": 2}],
        [{"release_date": "1994-06-01"}, {"release_date": "1995-06-01"}],
    )

    films, counts = joined(first, film("Heat", 1995, duration=2))

    assert [1, 2] == films["duration"].tolist()
    assert {} == {n: c for n, c in counts["conflicts"].items() if n == "duration"}


def test_two_films_of_one_source_stay_two() -> None:
    remakes = source(
        [{"title_year": 1995}, {"title_year": 1996}],
        [{"release_date": "1995-06-01"}, {"release_date": "1996-06-01"}],
    )

    assert 2 == len(joined(film("Heat", 1995), remakes)[0])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Heat", " heat\u00a0"),
        ("Amen", "Amen."),
        ("Chéri", "Cheri"),
        ("Connie & Carla", "Connie and Carla"),
        ("The Devil's Advocate", "Devil's Advocate"),
    ],
)
def test_a_title_that_is_spelled_otherwise_is_the_same_and_stays_as_the_first_has_it(
    ours: str, theirs: str
) -> None:
    first = source([], [{"movie_title": ours}])
    second = source([{"movie_title": theirs}], [{"movie_title": theirs}], [{"movie_title": theirs}])

    found = only(joined(first, second)[0])

    assert (ours, 170, 8e6) == tuple(found[["movie_title", "duration", "opening_gross"]])


def test_an_opening_goes_to_the_film_that_has_it_in_its_own_source() -> None:
    films, _ = joined(film("Heat", 1986), source(openings=[{}]))

    assert [1986, 1995] == films["title_year"].tolist()
    assert [True, False] == films["opening_gross"].isna().tolist()


def test_an_opening_fills_the_gap_of_a_film_of_an_earlier_source() -> None:
    assert 8e6 == only(joined(source(), source(openings=[{}]))[0])["opening_gross"]
    assert 8e6 == only(joined(source(), source([{}], [], [{}]))[0])["opening_gross"]


def test_an_opening_that_two_films_of_its_source_could_have_had_is_given_to_neither() -> None:
    namesakes = source([{}, {"title_year": 2013}], [{}, {"release_date": "2013-06-28"}], [{}])

    films, _ = joined(film("Heat", 1995), namesakes)

    assert films["opening_gross"].isna().all()


def test_an_opening_of_a_film_that_nobody_knows_is_left_out() -> None:
    films, _ = joined(source(), source(openings=[{"movie_title": "Ronin"}]))

    assert np.isnan(only(films)["opening_gross"])


def test_no_source_has_openings() -> None:
    tables, _ = merge([source(), source()])

    assert tables["opening_gross"].empty


def real(*sources: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The films of real sources, and the report of reading them."""
    settings = SETTINGS.ingest.model_copy(update={"source": list(sources)})
    tables, findings = ingest.ingest(settings)
    return join(tables)[0], findings.facts()


OPEN = str(ROOT / "data" / "open")


def test_a_source_that_is_there_twice_is_there_once() -> None:
    once, twice = (real(*[OPEN] * times)[0] for times in (1, 2))

    by = ["movie_title", "title_year", "worldwide_gross"]
    pd.testing.assert_frame_equal(
        *(films.sort_values(by, ignore_index=True) for films in (once, twice))
    )


@needs_shared_data
def test_no_film_of_either_real_set_is_lost_and_no_title_is_in_two_folds() -> None:
    ours, theirs = real(OPEN)[0], real(str(SHARED))[0]

    both, report = real(OPEN, str(SHARED))

    assert max(len(ours), len(theirs)) < len(both) < len(ours) + len(theirs)
    assert theirs["opening_gross"].count() == both["opening_gross"].count()
    assert report["films in several sources"] > 1800
    assert report["conflicts"]["duration"] > 0
    pd.testing.assert_frame_equal(both, real(OPEN, str(SHARED))[0])
    films = prepare.split(both, SETTINGS.prepare)
    assert 1 == films.groupby(films["movie_title"].str.casefold())["fold"].nunique().max()
