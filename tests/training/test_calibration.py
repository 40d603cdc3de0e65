"""The interval beside a constant-width one, and what happens in each decile."""

import numpy as np
import pandas as pd
import pytest

from training.evaluation.calibration import by_decile, constant_width, interval_report


def answers(count: int = 200, seed: int = 3) -> pd.DataFrame:
    """Films that are missed by a factor that is larger for small films, with the true interval."""
    random = np.random.default_rng(seed)
    model = np.exp(random.uniform(10, 20, count))
    scale = (21 - np.log(model)) / 5
    half = np.exp(1.645 * scale)
    truth = model * np.exp(random.normal(0, scale))
    table = {"model": model, "low": model / half, "high": model * half, "worldwide_gross": truth}
    return pd.DataFrame({**table, "fold": np.arange(count) % 5})


def test_the_constant_width_is_the_same_for_all_films_of_a_fold() -> None:
    table = answers()
    bounds = constant_width(table, 0.9)

    for side in ("low", "high"):
        ratio = bounds[side] / table["model"]
        assert [1] * 5 == ratio.round(9).groupby(table["fold"]).nunique().tolist()
    np.testing.assert_allclose(bounds["low"] * bounds["high"], table["model"] ** 2)


def test_the_constant_width_of_a_fold_does_not_know_its_films() -> None:
    table = answers()
    other = table.copy()
    other.loc[other["fold"] == 0, "worldwide_gross"] *= 1e6

    before, after = constant_width(table, 0.9), constant_width(other, 0.9)

    own = table["fold"] == 0
    pd.testing.assert_series_equal(before.loc[own, "high"], after.loc[own, "high"])
    assert (before.loc[~own, "high"] < after.loc[~own, "high"]).all()


def test_the_constant_width_covers_what_it_is_asked_to() -> None:
    report = interval_report(answers(2000), 0.8)

    assert pytest.approx(0.8, abs=0.02) == report["constant_width"]["coverage"]


def test_an_interval_that_follows_the_film_is_better_than_one_of_constant_width() -> None:
    report = interval_report(answers(2000), 0.9)

    assert report["improvement"]["score_log10"] > 0.05
    ratio = report["model"]["score_log10"] / report["constant_width"]["score_log10"]
    assert pytest.approx(1 - ratio, abs=1e-5) == report["improvement"]["score_log10"]


def test_deciles_hold_all_films_in_the_order_of_the_forecast() -> None:
    deciles = by_decile(answers(203))

    assert list(range(1, 11)) == [d["decile"] for d in deciles]
    assert 203 == sum(d["films"] for d in deciles)
    forecasts = [d["forecast"] for d in deciles]
    assert sorted(forecasts) == forecasts


def test_fewer_films_than_deciles_are_still_shown() -> None:
    assert 4 == sum(d["films"] for d in by_decile(answers(4)))


def test_a_decile_says_on_which_side_the_truth_fell() -> None:
    table = pd.DataFrame(
        {"worldwide_gross": [1.0, 4.0, 6.0, 100.0], "model": 5.0, "low": 2.0, "high": 10.0}
    )

    (decile,) = [d for d in by_decile(pd.concat([table] * 10)) if d["decile"] == 1]

    sides = ("below_interval", "below_forecast", "above_forecast", "above_interval")
    assert [0.25] * 4 == [decile[side] for side in sides]
    assert 0.5 == decile["coverage"]
    assert 0 == decile["bias_log10"]
    assert (1 + 4 + 6 + 100) / 4 - 5 == decile["bias_usd"]
