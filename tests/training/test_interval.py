"""An interval that keeps its promise, widens where errors are large, and never crosses."""

import numpy as np
import pytest

from service.model.manifest import Curve
from training.estimator.interval import interval_curve, quantile_curve, title_folds


def uneven_errors(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Forecasts in logs and truths whose error shrinks as the forecast rises."""
    random = np.random.default_rng(seed)
    point = random.uniform(12, 20, count)
    return point, point + random.normal(0, (21 - point) / 4)


@pytest.fixture(scope="module")
def curve() -> Curve:
    point, truth = uneven_errors(2000, 1)
    return interval_curve(point, truth, np.arange(2000).astype(object), 0.9, 5, 7)


def test_new_films_fall_inside_as_often_as_promised(curve: Curve) -> None:
    point, truth = uneven_errors(20000, 2)
    low, high = curve.bounds(point)

    assert 0.9 == pytest.approx(np.mean((low <= truth) & (truth <= high)), abs=0.015)


def test_the_promise_holds_for_small_and_for_large_forecasts(curve: Curve) -> None:
    point, truth = uneven_errors(20000, 3)
    low, high = curve.bounds(point)
    inside = (low <= truth) & (truth <= high)

    for part in (point < 14, point > 18):
        assert 0.9 == pytest.approx(np.mean(inside[part]), abs=0.04)


def test_the_interval_is_wider_where_errors_are_larger(curve: Curve) -> None:
    low, high = curve.bounds(np.array([13.0, 19.0]))

    assert high[0] - low[0] > 2 * (high[1] - low[1])


def test_bounds_are_finite_never_cross_and_never_fall_as_the_forecast_rises(curve: Curve) -> None:
    point = np.linspace(-50, 100, 5001)
    low, high = curve.bounds(point)

    assert np.isfinite([low, high]).all()
    assert (low <= point).all()
    assert (point <= high).all()
    assert (np.diff(low) >= -1e-9).all()
    assert (np.diff(high) >= -1e-9).all()


def test_a_biased_forecast_still_lies_inside_its_interval() -> None:
    point, truth = uneven_errors(700, 4)
    low, high = quantile_curve(point, truth - 30, 0.9).bounds(point)

    assert (low <= point).all()
    assert (point <= high).all()


def test_no_title_is_learned_from_and_predicted_at_once() -> None:
    titles = np.array([f"film {i % 40}" for i in range(100)], dtype=object)

    for learn, check in title_folds(titles, 5, 7):
        assert set(titles[learn]).isdisjoint(titles[check])


class Title(str):
    """A title that counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Title.compared += 1
        return super().__eq__(other)

    def __lt__(self, other: str) -> bool:
        Title.compared += 1
        return super().__lt__(other)

    __hash__ = str.__hash__


def test_titles_are_split_without_comparing_each_with_every_other() -> None:
    titles = np.array([Title(f"Film {i}") for i in range(1000)], dtype=object)

    assert 5 == len(list(title_folds(titles, 5, 7)))
    assert Title.compared < 20 * len(titles)
