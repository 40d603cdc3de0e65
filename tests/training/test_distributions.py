"""Quantiles that are right are told from those that are too narrow, too wide or beside the mark."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from training.evaluation.distribution import constant_crps, crps, distribution_report

SHARES = np.arange(1, 100) / 100


def answers(scale: float, shift: float = 0.0, count: int = 4000) -> pd.DataFrame:
    """Films with errors of 1 in log10, and what quantiles of another scale say of them."""
    random = np.random.default_rng(5)
    error = random.normal(0, 1, count)
    quantiles = np.tile(shift + scale * stats.norm.ppf(SHARES), (count, 1))
    table = {
        "model": np.full(count, 1e7),
        "worldwide_gross": 1e7 * 10**error,
        "pit": stats.norm.cdf((error - shift) / scale),
        "crps_log10": crps(error, quantiles),
        "fold": np.arange(count) % 5,
    }
    return pd.DataFrame(table)


def test_the_score_is_that_of_the_formula_for_normal_errors() -> None:
    error = np.linspace(-3, 3, 50)
    quantiles = np.tile(stats.norm.ppf(SHARES), (50, 1))
    exact = error * (2 * stats.norm.cdf(error) - 1) + 2 * stats.norm.pdf(error) - 1 / np.sqrt(np.pi)

    np.testing.assert_allclose(crps(error, quantiles), exact, atol=0.05)


def test_quantiles_that_are_right_cover_what_they_promise() -> None:
    report = distribution_report(answers(1))

    for promised, inside in report["coverage"].items():
        assert float(promised) == pytest.approx(inside, abs=0.02)
    assert {f"{i}" for i in range(1, 11)} == report["pit"].keys()
    assert list(report["pit"].values()) == pytest.approx([0.1] * 10, abs=0.02)
    assert abs(report["crps_log10"]["improvement"]) < 0.01


def test_quantiles_that_are_too_narrow_are_told() -> None:
    report = distribution_report(answers(0.5))

    assert report["coverage"]["0.9"] < 0.7
    assert min(report["pit"]["1"], report["pit"]["10"]) > 0.15
    assert report["crps_log10"]["improvement"] < 0


def test_quantiles_beside_the_mark_are_told() -> None:
    report = distribution_report(answers(1, shift=1))

    assert report["pit"]["1"] > 0.3
    assert report["pit"]["10"] < 0.05


def test_the_rival_does_not_know_the_films_that_it_is_judged_by() -> None:
    table = answers(1)
    own = (table["fold"] == 0).to_numpy()
    truth = table["worldwide_gross"]

    alone = constant_crps(table.assign(worldwide_gross=truth.where(~own, truth * 1e3)))
    others = constant_crps(table.assign(worldwide_gross=truth.where(own, truth * 1e3)))

    assert constant_crps(table)[own].mean() < others[own].mean()
    # Off by three, and the others' errors, centred on none, say nothing of it.
    assert alone[own].mean() == pytest.approx(3 - 1 / np.sqrt(np.pi), abs=0.1)
