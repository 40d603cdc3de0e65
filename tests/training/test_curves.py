"""The data of `dvc plots`: small, the same bytes each time, and what the answers say."""

import json

import numpy as np
import pandas as pd
import pytest

from training.reporting.curves import curves


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Answers about 2,000 films whose forecasts are right on average, twice too low when large."""
    draw = np.random.default_rng(0)
    budget = np.geomspace(1e5, 3e8, 2000)
    forecast = budget * 2
    actual = forecast * np.where(budget > 1e8, 2, 1)
    return pd.DataFrame(
        {
            "model": forecast,
            "worldwide_gross": actual,
            "production_budget": budget,
            "pit": draw.permutation(np.linspace(0, 1, 2000)),
        }
    )


def points(answers: pd.DataFrame, name: str) -> pd.DataFrame:
    return pd.DataFrame(json.loads(curves({"pre_release": answers})[f"{name}.json"]))


def test_they_are_the_same_bytes_and_small(answers: pd.DataFrame) -> None:
    both = {"pre_release": answers, "post_opening": answers}
    made = curves(both)

    assert made == curves(both)
    assert 100_000 > sum(map(len, made.values()))
    for text in made.values():
        assert ["pre_release", "post_opening"] == list(
            dict.fromkeys(point["horizon"] for point in json.loads(text))
        )


def test_a_line_is_a_point_so_that_a_change_is_seen(answers: pd.DataFrame) -> None:
    [first, *lines, last] = curves({"pre_release": answers})["residual.json"].splitlines()

    assert ("[", "]") == (first, last)
    assert 10 == len([json.loads(line.removesuffix(",")) for line in lines])


def test_some_films_stand_for_all_forecasts(answers: pd.DataFrame) -> None:
    drawn = points(answers, "forecast")

    assert 400 == len(drawn)
    assert {1.0, 2.0} == set((drawn["actual"] / drawn["forecast"]).round(2))
    assert len(answers[:50]) == len(points(answers[:50], "forecast"))


def test_quantiles_that_keep_their_promise_lie_on_the_diagonal(answers: pd.DataFrame) -> None:
    drawn = points(answers, "calibration")

    np.testing.assert_allclose(drawn["promised"], drawn["observed"], atol=0.001)
    assert 19 == len(drawn)


def test_residuals_say_at_which_size_forecasts_are_too_low(answers: pd.DataFrame) -> None:
    drawn = points(answers, "residual")

    assert drawn["size"].is_monotonic_increasing
    assert [1.0] * 8 == drawn["median"][:8].tolist()
    assert 2.0 == drawn["median"].iloc[-1] == drawn["high"].iloc[-1]


def test_films_of_unknown_size_have_no_residual(answers: pd.DataFrame) -> None:
    unknown = answers.assign(production_budget=np.nan)

    assert points(unknown, "residual").empty
