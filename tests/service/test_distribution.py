"""The distribution of a film: quantiles, chances, and what is left of it above a floor."""

import numpy as np
import pytest

from service.model.distribution import Asked, Distribution
from service.model.manifest import Curve
from service.model.spread import Lines, Spread

CURVE = Curve(
    probabilities=[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99],
    knots=[14.0, 18.0],
    quantiles=[
        [-4.0, -2.0],
        [-3.0, -1.5],
        [-1.0, -0.5],
        [0.0, 0.0],
        [0.8, 0.4],
        [2.0, 1.0],
        [3.0, 1.5],
    ],
    mean=[0.6, 0.2],
)
SPREAD = Spread(CURVE, coverage=0.9)
FORECAST = 18.0


def distribution(*floors: float, forecast: float = FORECAST, width: float = 1.0) -> Distribution:
    """Films of one forecast with each of the floors, NaN for none."""
    some = np.array(floors or [np.nan])
    return Distribution(
        spread=SPREAD,
        forecast=np.full(len(some), forecast),
        unit=np.zeros(len(some)),
        width=width,
        floor=some if floors else None,
    )


def sample(count: int = 400_000) -> np.ndarray:
    """Truths as the distribution says, each with the same probability."""
    shares = (np.arange(count) + 0.5) / count
    return distribution().quantiles(shares.tolist())[:, 0]


def test_the_quantiles_of_the_curve_are_the_quantiles_of_a_film() -> None:
    quantiles = distribution().quantiles(CURVE.probabilities)[:, 0]

    assert quantiles - FORECAST == pytest.approx([-2, -1.5, -0.5, 0, 0.4, 1, 1.5])


@pytest.mark.parametrize(
    ("forecast", "low"), [(10, -3), (14, -3), (16, -2.25), (18, -1.5), (25, -1.5)]
)
def test_distances_are_linear_between_knots_and_constant_beyond(
    forecast: float, low: float
) -> None:
    _, bound, _, _ = distribution(forecast=forecast).bounds()[:, 0]

    assert bound - forecast == pytest.approx(low)


def test_bounds_are_quantiles_and_the_mean_is_as_learned() -> None:
    median, low, high, mean = distribution().bounds()[:, 0] - FORECAST

    assert [median, low, high, mean] == pytest.approx([0, -1.5, 1, 0.2])


def test_unknown_fields_widen_all_but_the_median() -> None:
    median, low, high, mean = distribution(width=2.0).bounds()[:, 0] - FORECAST

    assert [median, low, high, mean] == pytest.approx([0, -3, 2, 0.8])


def test_a_narrower_interval_lies_within_a_wider_one() -> None:
    bounds = [distribution().bounds(coverage)[1:3, 0] for coverage in (0.98, 0.9, 0.8, 0.5, 0.1)]
    lows, highs = zip(*bounds, strict=True)

    assert [*lows, *reversed(highs)] == sorted([*lows, *highs])
    assert len({*lows, *highs}) == 10


@pytest.mark.parametrize("share", [0.001, 0.01, 0.2, 0.5, 0.7, 0.99, 0.9999])
@pytest.mark.parametrize("floor", [np.nan, 17.0, 18.5])
def test_the_chance_of_a_quantile_is_what_is_left_of_it(share: float, floor: float) -> None:
    film = distribution(floor)
    (quantile,) = film.quantiles([share])[0]

    assert np.exp(film.log_chance(np.exp(quantile))[0]) == pytest.approx(1 - share)


def test_at_least_nothing_and_at_least_the_floor_are_certain() -> None:
    film = distribution(17.0)

    assert [0, 0] == [film.log_chance(0)[0], film.log_chance(np.exp(16.9))[0]]
    assert film.log_chance(np.exp(17.1))[0] < 0


@pytest.mark.parametrize("floor", [14.0, 16.0, 17.0, 18.0, 19.0])
def test_the_quantiles_are_those_of_the_truths_above_the_floor(floor: float) -> None:
    truths = sample()
    left = truths[truths > floor]

    point, low, high, _ = distribution(floor).bounds()[:, 0]

    assert [low, point, high] == pytest.approx(np.quantile(left, [0.05, 0.5, 0.95]), abs=0.02)


@pytest.mark.parametrize("floor", [22.0, 100.0, 700.0])
def test_far_up_the_floor_all_is_finite_and_in_order(floor: float) -> None:
    point, low, high, mean = distribution(floor).bounds()[:, 0]

    assert floor <= low < point < high < floor + 10
    assert mean - point == pytest.approx(0.2)


@pytest.mark.parametrize("floor", [np.nan, 0.0])
def test_no_floor_and_one_that_tells_nothing_change_nothing(floor: float) -> None:
    np.testing.assert_array_equal(distribution().bounds(), distribution(floor).bounds())


def test_a_film_is_told_the_same_whichever_films_come_along() -> None:
    alone, along = distribution(17.5), distribution(17.5, np.nan, 16.0)

    for asked in (Asked(), Asked(0.5, 1e8, (0.1, 0.9))):
        assert asked.rows == len(alone.told(asked))
        np.testing.assert_array_equal(alone.told(asked)[:, 0], along.told(asked)[:, 0])
        np.testing.assert_array_equal(distribution().told(asked)[:, 0], along.told(asked)[:, 1])


def test_a_curve_without_the_bounds_of_its_coverage_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no quantile of 0\.1"):
        Spread(CURVE, coverage=0.8)


def test_knots_that_fall_together_make_no_hole() -> None:
    lines = Lines([1.0, 2.0, 2.0, 3.0], np.array([[0.0, 1.0, 1.0, 5.0]]))

    assert [0, 0.5, 1, 3, 5] == lines(np.array([0.0, 1.5, 2.0, 2.5, 9.0]))[0].tolist()
