"""The promise of coverage is judged after every outcome, and is not broken by looking often."""

import numpy as np
import pytest

from training.watching import coverage

ALPHA, PROMISED = 0.05, 0.9
DAYS, A_DAY, YEARS = 365, 3, 1500


def first_alarms(inside: float, outcomes: int, runs: int, seed: int, kept: int = 0) -> list[float]:
    """After how many outcomes each of many runs is accused; infinity where it never is.

    They count after so many outcomes during which the promise was kept; accused before is none.
    """
    random = np.random.default_rng(seed)
    shares = np.concatenate([np.full(kept, PROMISED), np.full(outcomes, inside)])
    promised = np.full(len(shares), PROMISED)
    said = [
        coverage.verdict(random.random(len(shares)) < shares, promised, ALPHA).broken_after
        for _ in range(runs)
    ]
    return [np.inf if each is None else each - kept for each in said if (each or np.inf) > kept]


def test_a_year_of_daily_looks_accuses_less_than_one_in_twenty_that_keep_their_promise() -> None:
    alarms = first_alarms(PROMISED, DAYS * A_DAY, YEARS, seed=1)

    assert np.isfinite(alarms).mean() < ALPHA


def test_coverage_fallen_from_90_to_75_percent_is_found_within_100_outcomes() -> None:
    alarms = first_alarms(0.75, 100, 1000, seed=2)

    assert np.isfinite(alarms).mean() > 0.9
    assert np.median(alarms) < 50


def test_a_promise_that_was_long_kept_is_found_broken_about_as_fast() -> None:
    alarms = first_alarms(0.75, 100, 500, seed=5, kept=300)

    assert np.isfinite(alarms).mean() > 0.7


def test_more_coverage_than_promised_is_no_broken_promise() -> None:
    assert not np.isfinite(first_alarms(0.97, 2000, 100, seed=3)).any()


def test_a_promise_that_was_broken_stays_broken() -> None:
    inside = [False] * 6 + [True] * 200

    said = coverage.verdict(inside, np.full(len(inside), PROMISED), ALPHA)

    assert said.broken_after is not None
    assert said.broken_after <= 6
    assert said.wealth < 1 / ALPHA


def test_intervals_that_promised_less_are_judged_by_what_they_promised() -> None:
    inside = np.arange(400) % 2 == 0

    assert not coverage.verdict(inside, np.full(400, 0.5), ALPHA).broken
    assert coverage.verdict(inside, np.full(400, 0.9), ALPHA).broken


def test_no_bet_can_lose_everything_however_little_is_promised() -> None:
    for promised in (0.01, 0.5, 0.999):
        gained = coverage.wealth(np.ones(500, bool), np.full(500, promised))
        assert (gained > 0).all()


def test_a_bet_is_fair_where_the_promise_is_kept_exactly() -> None:
    for promised in (0.01, 0.5, 0.9, 0.999):
        hit, missed = (coverage.wealth([inside], [promised])[0] for inside in (True, False))
        assert promised * hit + (1 - promised) * missed == pytest.approx(1)


def test_where_coverage_lies_holds_at_all_times_together() -> None:
    random = np.random.default_rng(4)
    missed = 0
    for _ in range(200):
        inside = (random.random(400) < PROMISED).cumsum()
        at = range(1, 401, 20)
        bounds = [coverage.bounds(n, int(inside[n - 1]), ALPHA) for n in at]
        missed += any(not low <= PROMISED <= high for low, high in bounds)

    assert missed < 200 * ALPHA


def test_without_outcomes_nothing_is_said() -> None:
    said = coverage.verdict([], [], ALPHA)

    assert (0, False, 0.0, 1.0) == (said.outcomes, said.broken, said.low, said.high)
