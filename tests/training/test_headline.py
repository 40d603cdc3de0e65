"""The headline of the metrics is short enough to be compared at a glance."""

from typing import Any

import pytest

from service.films.schema import HORIZONS
from training.evaluation.headline import headline, shortened


@pytest.fixture
def report() -> dict[str, Any]:
    """What the headline reads of the metrics of two horizons, of which one has a backtest."""
    crps = {"crps_log10": {"model": 0.353827}}
    scores = {"model": {"mae": 51_228_700.0, "rmsle": 1.58442, "coverage": 0.904262}}
    return {
        "cross_validation": dict.fromkeys(HORIZONS, scores),
        "distribution": dict.fromkeys(HORIZONS, crps),
        "backtest": {"pre_release": {"model": {"mae": 66_339_900.0}}},
    }


def test_it_is_flat_by_horizon_with_amounts_in_millions(report: dict[str, Any]) -> None:
    both = {"mae": 51.2287, "rmsle": 1.58442, "coverage": 0.904262, "crps": 0.353827}

    assert {"pre": both | {"late_mae": 66.3399}, "post": both} == headline(report)


def test_it_has_about_a_dozen_numbers(report: dict[str, Any]) -> None:
    assert 12 >= sum(map(len, headline(report).values()))


@pytest.mark.parametrize(
    ("horizons", "names"),
    [
        (["pre_release", "post_opening"], ["pre", "post"]),
        (["listing"], ["listing"]),
        (["day_1", "day_7"], ["day_1", "day_7"]),
    ],
)
def test_a_horizon_is_called_by_its_first_word_where_that_says_which(
    horizons: list[str], names: list[str]
) -> None:
    assert dict(zip(horizons, names, strict=True)) == shortened(horizons)
