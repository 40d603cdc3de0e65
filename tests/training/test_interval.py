"""Intervals that keep their promise, widen where errors are large, and never cross."""

from dataclasses import replace

import numpy as np
import pytest

from service.model.manifest import Curve
from service.model.spread import Spread
from training.estimator.interval import Unseen, distribution_curve, quantile_curve, title_folds


def uneven_errors(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Forecasts in logs and truths whose error shrinks as the forecast rises."""
    random = np.random.default_rng(seed)
    point = random.uniform(12, 20, count)
    return point, point + random.normal(0, (21 - point) / 4)


def unseen(point: np.ndarray, truth: np.ndarray, weight: np.ndarray | None = None) -> Unseen:
    """Whole films of different titles."""
    count = len(point)
    weight = np.ones(count) if weight is None else weight
    return Unseen(
        point, truth - point, np.arange(count).astype(object), weight, np.ones(count, dtype=bool)
    )


def bounds(curve: Curve, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, low, high, _ = Spread(curve, 0.9).bounds(point)
    return point + low, point + high


@pytest.fixture(scope="module")
def curve() -> Curve:
    return distribution_curve(unseen(*uneven_errors(2000, 1)), 0.9, 5, 7)


def test_new_films_fall_inside_as_often_as_promised(curve: Curve) -> None:
    point, truth = uneven_errors(20000, 2)
    low, high = bounds(curve, point)

    assert 0.9 == pytest.approx(np.mean((low <= truth) & (truth <= high)), abs=0.015)


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.95, 0.98])
def test_the_other_quantiles_keep_their_promise_too(curve: Curve, coverage: float) -> None:
    point, truth = uneven_errors(20000, 2)
    _, low, high, _ = point + Spread(curve, coverage).bounds(point)

    assert coverage == pytest.approx(np.mean((low <= truth) & (truth <= high)), abs=0.02)


def test_quantiles_rise_strictly_whatever_the_forecast(curve: Curve) -> None:
    assert (np.diff(Spread(curve, 0.9).quantiles(np.linspace(0, 40, 500)), axis=0) > 0).all()


def test_the_promise_holds_for_small_and_for_large_forecasts(curve: Curve) -> None:
    point, truth = uneven_errors(20000, 3)
    low, high = bounds(curve, point)
    inside = (low <= truth) & (truth <= high)

    for part in (point < 14, point > 18):
        assert 0.9 == pytest.approx(np.mean(inside[part]), abs=0.04)


def test_the_interval_is_wider_where_errors_are_larger(curve: Curve) -> None:
    low, high = bounds(curve, np.array([13.0, 19.0]))

    assert high[0] - low[0] > 2 * (high[1] - low[1])


def test_bounds_are_finite_never_cross_and_never_fall_as_the_forecast_rises(curve: Curve) -> None:
    point = np.linspace(-50, 100, 5001)
    low, high = bounds(curve, point)

    assert np.isfinite([low, high]).all()
    assert (low <= point).all()
    assert (point <= high).all()
    assert (np.diff(low) >= -1e-9).all()
    assert (np.diff(high) >= -1e-9).all()


def test_a_biased_forecast_still_lies_inside_its_interval() -> None:
    point, truth = uneven_errors(700, 4)
    low, high = bounds(distribution_curve(unseen(point, truth - 30), 0.9, 5, 7), point)

    assert (low <= point).all()
    assert (point <= high).all()


def test_bounds_never_fall_where_unknown_fields_widen_them() -> None:
    point = np.random.default_rng(5).uniform(12, 20, 3000)
    truth = point + np.random.default_rng(6).normal(0, np.where(point < 16, 4, 0.1))
    forecasts = np.linspace(10, 22, 500)

    curve = distribution_curve(unseen(point, truth), 0.9, 5, 7, widest=2)
    distances = Spread(curve, 0.9).quantiles(forecasts)

    assert (np.diff(forecasts + 2 * distances) >= -1e-9).all()


def test_films_count_with_their_weight() -> None:
    point = np.repeat(15.0, 4000) + np.linspace(0, 1e-6, 4000)
    wild = np.arange(4000) % 2 == 0
    truth = point + np.random.default_rng(7).normal(0, np.where(wild, 5, 1))

    heavy, light = (
        distribution_curve(unseen(point, truth, np.where(wild, weight, 1.0)), 0.9, 5, 7)
        for weight in (1.0, 0.001)
    )

    row = heavy.place(0.95)
    assert light.quantiles[row][0] < heavy.quantiles[row][0] / 1.5


def test_the_means_of_films_sum_to_what_they_earned(curve: Curve) -> None:
    point, truth = uneven_errors(20000, 8)
    *_, mean = Spread(curve, 0.9).bounds(point)

    assert np.exp(truth).sum() == pytest.approx(np.exp(point + mean).sum(), rel=0.1)


def test_films_with_hidden_fields_do_not_move_the_mean() -> None:
    point, truth = uneven_errors(4000, 9)
    films = unseen(point, truth)
    whole = np.arange(4000) % 2 == 0
    few, all_ = (
        quantile_curve(replace(films, error=films.error + shift, whole=whole), np.array([0.9])).mean
        for shift in (0, np.where(whole, 0, 3))
    )

    assert few == all_


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
