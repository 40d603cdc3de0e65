"""Slices of the films, and those that were missed by most."""

import numpy as np
import pandas as pd

from training.films.groups import tiers
from training.reporting.slices import slices, worst

EDGES = [1e6, 1e7]


def answers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "movie_title": ["a", "b", "c", "d"],
            "title_year": [1999.0, 2000.0, 2009.0, np.nan],
            "production_budget": [5e5, 1e6, 1e7, np.nan],
            "genre": ["Drama", None, "Action", "Drama"],
            "worldwide_gross": [1e6, 1e6, 3e8, 1e3],
            "model": [1e6, 2e6, 1e8, 1e5],
            "low": [5e5, 1e6, 5e7, 1e4],
            "high": [2e6, 4e6, 2e8, 1e6],
        }
    )


def test_a_budget_on_an_edge_is_in_the_tier_above() -> None:
    films = pd.DataFrame({"production_budget": [999999.0, 1e6, 9.9e6, 1e7]})

    assert ["under 1 M$", *["1 M$ to 10 M$"] * 2, "10 M$ and more"] == tiers(films, EDGES).tolist()


def test_every_film_is_in_one_slice_of_each_grouping() -> None:
    groups = slices(answers(), EDGES)

    assert {"budget", "decade", "genre"} == set(groups)
    assert {4} == {sum(part["films"] for part in parts) for parts in groups.values()}


def test_films_that_lack_the_field_are_a_slice_at_the_end() -> None:
    groups = slices(answers(), EDGES)

    assert ["1990s", "2000s", "unknown"] == [part["slice"] for part in groups["decade"]]
    assert {"unknown"} == {parts[-1]["slice"] for parts in groups.values()}


def test_a_grouping_that_is_known_of_no_film_is_left_out() -> None:
    assert {"budget", "decade"} == set(slices(answers().assign(genre=None), EDGES))


def test_a_slice_is_scored_on_its_own_films() -> None:
    (tier,) = [s for s in slices(answers(), EDGES)["budget"] if s["slice"] == "1 M$ to 10 M$"]

    assert {"films": 1, "mae": 1e6, "rmsle": 0.693147, "coverage": 1} == {
        name: tier[name] for name in ("films", "mae", "rmsle", "coverage")
    }


def test_the_worst_films_are_those_of_the_largest_factor_and_of_the_most_dollars() -> None:
    factor, dollars = worst(answers(), 1)

    assert ("d", None, 100) == (factor["title"], factor["year"], factor["factor"])
    assert ("c", 2009, 2e8) == (dollars["title"], dollars["year"], dollars["error"])


def test_a_film_that_is_worst_by_both_is_named_once() -> None:
    titles = [film["title"] for film in worst(answers(), 2)]

    assert ["d", "c", "b"] == titles
