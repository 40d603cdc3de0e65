"""Metrics, against values computed by hand."""

import numpy as np
import pandas as pd
import pytest

from training.evaluation.metrics import interval_metrics, interval_score, log_error, point_metrics

TRUTH = np.array([10.0, 20.0, 30.0, 60.0])


def test_a_perfect_forecast_has_no_error() -> None:
    expected = {"r2": 1, "mae": 0, "median_ae": 0, "rmsle": 0, "negative_forecasts": 0}

    assert expected == point_metrics(TRUTH, TRUTH)


def test_errors_are_those_computed_by_hand() -> None:
    metrics = point_metrics(TRUTH, np.array([12.0, 20.0, 26.0, 50.0]))

    assert 4 == metrics["mae"]
    assert 3 == metrics["median_ae"]
    # 1 - (4 + 0 + 16 + 100) / (400 + 100 + 0 + 900)
    assert pytest.approx(1 - 120 / 1400, rel=1e-5) == metrics["r2"]


def test_rmsle_is_of_the_logs_of_one_more() -> None:
    truth, gross = np.array([np.e - 1, 0.0]), np.array([np.e**3 - 1, 0.0])

    assert pytest.approx(np.sqrt(4 / 2), rel=1e-5) == point_metrics(truth, gross)["rmsle"]


def test_negative_forecasts_are_counted_and_taken_as_zero_in_rmsle() -> None:
    negative = point_metrics(TRUTH, np.array([-5.0, -1e9, 30.0, 60.0]))
    zero = point_metrics(TRUTH, np.array([0.0, 0.0, 30.0, 60.0]))

    assert 2 == negative["negative_forecasts"]
    assert 0 == zero["negative_forecasts"]
    assert zero["rmsle"] == negative["rmsle"]
    assert zero["mae"] < negative["mae"]


def test_coverage_is_the_share_inside_bounds_that_count_as_inside() -> None:
    low, high = np.array([10.0, 1.0, 31.0, 50.0]), np.array([20.0, 20.0, 62.0, 59.0])

    assert 0.5 == interval_metrics(TRUTH, low, high)["coverage"]


def test_the_width_of_an_interval_is_the_median_ratio_of_its_bounds() -> None:
    low, high = np.array([10.0, 1.0, 31.0, 50.0]), np.array([20.0, 20.0, 62.0, 200.0])

    assert 3 == interval_metrics(TRUTH, low, high)["interval_ratio"]


def test_metrics_have_six_digits_so_that_reports_can_be_compared() -> None:
    truth = np.array([1.0, 2.0, 4.0])

    assert 0.333333 == point_metrics(truth, np.array([1.0, 2.0, 5.0]))["mae"]


def test_the_interval_score_is_the_width_plus_what_is_missed_over_half_the_risk() -> None:
    low, high = np.array([0.0, 22.0, 10.0, 50.0]), np.array([20.0, 30.0, 20.0, 70.0])

    # widths 20, 8, 10, 20; missed by 0, 2, 10, 0; at 80 % a miss counts tenfold
    assert pytest.approx((58 + 10 * 12) / 4) == interval_score(TRUTH, low, high, 0.8)


def test_the_log_error_is_the_same_for_twice_as_for_half() -> None:
    answers = pd.DataFrame({"worldwide_gross": [2.0, 2.0, 2.0], "model": [1.0, 4.0, 0.0]})

    assert [pytest.approx(np.log(2))] * 3 == log_error(answers).tolist()
