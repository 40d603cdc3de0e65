"""What is left of a forecast once it is known what the truth is not below."""

import numpy as np
import pytest

from service.model.floor import above

FORECAST = np.array([[17.0], [15.0], [18.5], [17.4]])  # point, low, high and mean, in logs
COVERAGE = 0.9


def sample(count: int = 400_000) -> np.ndarray:
    """Truths as the forecast says: half below the point, each half log-logistic."""
    (point,), (low,), (high,), _ = FORECAST
    odds = np.random.default_rng(1).logistic(size=count)
    spread = np.log((1 + COVERAGE) / (1 - COVERAGE))
    return point + odds * np.where(odds < 0, point - low, high - point) / spread


@pytest.mark.parametrize("floor", [14.0, 16.0, 17.0, 18.0, 19.0])
def test_the_quantiles_are_those_of_the_truths_above_the_floor(floor: float) -> None:
    left = sample()[sample() > floor]

    point, low, high, _ = above(np.array([floor]), FORECAST, COVERAGE)[:, 0]

    assert [low, point, high] == pytest.approx(np.quantile(left, [0.05, 0.5, 0.95]), abs=0.06)


@pytest.mark.parametrize("floor", [20.0, 100.0, 700.0])
def test_far_up_the_floor_all_is_finite_and_in_order(floor: float) -> None:
    point, low, high, mean = above(np.array([floor]), FORECAST, COVERAGE)[:, 0]

    assert floor <= low < point < high < floor + 10
    assert mean - point == pytest.approx(0.4)


@pytest.mark.parametrize("floor", [np.nan, 0.0])
def test_no_floor_and_one_that_tells_nothing_change_nothing(floor: float) -> None:
    np.testing.assert_array_equal(FORECAST, above(np.array([floor]), FORECAST, COVERAGE))
