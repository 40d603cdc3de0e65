"""What a dollar was worth in the year of a film."""

import numpy as np
import pytest

from service.films.prices import NEWEST, log_price_level


def test_prices_are_relative_to_2010() -> None:
    assert [0.0, pytest.approx(np.log(130.7 / 218.1))] == list(
        log_price_level(np.array([2010.0, 1990.0]))
    )


def test_a_year_between_two_listed_ones_is_interpolated() -> None:
    low, middle, high = log_price_level(np.array([1990.0, 1992.5, 1995.0]))

    assert middle == pytest.approx((low + high) / 2)


def test_an_unknown_year_leaves_amounts_as_they_are() -> None:
    assert [0.0] == list(log_price_level(np.array([np.nan])))


def test_years_outside_the_table_take_the_nearest() -> None:
    before, first, last, after = log_price_level(np.array([1890.0, 1915.0, NEWEST, 2060.0]))

    assert (before, after) == (first, last)
