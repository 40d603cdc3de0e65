"""Which film follows which, and what that one earned."""

import numpy as np
import pandas as pd
import pytest

from training.films.franchises import FRANCHISES
from training.films.series import plain, predecessor_gross, series


def films(*rows: tuple[str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["movie_title", "title_year", "worldwide_gross"])


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("Shrek", "Shrek 2"),
        ("The Godfather", "The Godfather: Part III"),
        ("Star Trek: Generations", "Star Trek: Nemesis"),
        ("Batman", "Batman Returns"),
        ("Step Up", "Step Up 3D"),
        ("Harry Potter and the Sorcerer's Stone", "Harry Potter and the Goblet of Fire"),
        ("Saw II", "Saw IV"),
        ("Dr. No", "Skyfall"),
        ("Batman", "The Dark Knight"),
        ("Raiders of the Lost Ark", "Indiana Jones and the Temple of Doom"),
        ("X-Men", "X2: X-Men United"),
    ],
)
def test_titles_of_one_series_share_its_name(first: str, later: str) -> None:
    assert series(first) == series(later)


@pytest.mark.parametrize(
    ("one", "other"), [("Ghost", "Ghost World"), ("Heat", "Heat Wave"), ("Alien", "Aliens in Ohio")]
)
def test_titles_that_only_begin_alike_are_no_series(one: str, other: str) -> None:
    assert series(one) != series(other)


def test_the_table_of_franchises_says_what_no_title_does_and_says_it_once() -> None:
    told = [(name, title) for name, titles in FRANCHISES.items() for title in titles]
    for name, title in told:
        assert series(title) == series(name), title
        assert plain(title) != plain(name), f"{title} needs no row"

    assert len(told) == len({plain(title) for _, title in told})


def test_a_film_follows_the_latest_earlier_one_of_its_series() -> None:
    table = films(
        ("Jaws 2", 1978, 2e8), ("Jaws", 1975, 4e8), ("Jaws 4", 1987, 5e7), ("Up", 2009, 1)
    )

    np.testing.assert_array_equal([4e8, np.nan, 2e8, np.nan], predecessor_gross(table))


def test_a_later_film_tells_nothing_of_an_earlier_one() -> None:
    table = films(("Jaws", 1975, 4e8), ("Jaws 2", 1975, 2e8))

    assert predecessor_gross(table).isna().all()


def test_a_film_made_again_is_no_sequel() -> None:
    assert predecessor_gross(films(("Psycho", 1960, 5e7), ("psycho", 1998, 3e7))).isna().all()


def test_a_film_without_a_year_has_no_predecessor() -> None:
    assert predecessor_gross(films(("Jaws", 1975, 4e8), ("Jaws 2", np.nan, 2e8))).isna().all()
