"""The report on a pull request: what is better, what has drifted, what was changed."""

import numpy as np
import pandas as pd
import pytest

from training import drift
from training.change import Change, parameters


@pytest.mark.parametrize(
    ("metric", "before", "now", "words"),
    [
        ("mae", 50e6, 40e6, "▼ 10.0 better"),
        ("mae", 40e6, 50e6, "▲ 10.0 worse"),
        ("r2", 0.4, 0.5, "▲ 0.100 better"),
        ("rmsle", 1.5, 1.6, "▲ 0.100 worse"),
        ("coverage", 0.95, 0.91, "▼ 4.0 % better"),
        ("coverage", 0.89, 0.85, "▼ 4.0 % worse"),
        ("mae", 40e6, 40e6, "="),
        ("mae", None, 40e6, "new"),
        ("mae", 40e6, None, "gone"),
    ],
)
def test_a_change_says_which_way_it_went_and_whether_that_is_better(
    metric: str, before: float | None, now: float | None, words: str
) -> None:
    assert words == Change(metric, before, now, None, 0.9).words()


def test_a_change_smaller_than_the_folds_differ_is_called_so() -> None:
    assert Change("mae", 50e6, 49e6, 3e6, 0.9).words().endswith("within the spread")
    assert not Change("mae", 50e6, 40e6, 3e6, 0.9).words().endswith("within the spread")


def test_parameters_that_differ_are_named_by_their_path() -> None:
    before = {"train": {"seed": 7, "trees": {"max_iter": 60}}, "gone": 1}
    now = {"train": {"seed": 7, "trees": {"max_iter": 80}}, "added": 2}

    assert [
        ["`train.trees.max_iter`", "60", "80"],
        ["`gone`", "1", ""],
        ["`added`", "", "2"],
    ] == parameters(before, now)


def films(**columns: list[object]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    usual = {"movie_title": [f"Film {i}" for i in range(count)], "worldwide_gross": [1.0] * count}
    return pd.DataFrame(usual | columns)


def test_titles_that_came_went_or_changed_are_counted() -> None:
    before = films(movie_title=["A", "B", "C"], duration=[90.0, np.nan, 100.0])
    now = films(movie_title=["B", "C", "D"], duration=[np.nan, 101.0, 80.0])

    assert drift.Titles(before=3, now=3, added=1, removed=1, changed=1) == drift.titles(before, now)


@pytest.mark.parametrize(
    ("before", "now", "distance", "drifted"),
    [
        ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], 0.0, False),
        ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], 1.0, True),
        ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, np.nan, np.nan], 0.5, True),
    ],
)
def test_the_distance_of_numbers_is_that_of_their_distributions(
    before: list[object], now: list[object], distance: float, drifted: bool
) -> None:
    (found, _) = drift.fields(films(duration=before), films(duration=now))

    assert ("duration", distance, drifted) == (found.field, found.distance, found.drifted)


def test_the_distance_of_labels_is_half_of_what_their_shares_differ_by() -> None:
    (found, _) = drift.fields(films(genre=["A", "A", "B", "B"]), films(genre=["A", "C", "C", "C"]))

    assert 0.75 == found.distance


def test_a_field_that_one_table_never_knows_has_drifted() -> None:
    (found, _) = drift.fields(films(duration=[1.0, 2.0]), films(duration=[np.nan, np.nan]))

    assert found.distance is None
    assert found.drifted
