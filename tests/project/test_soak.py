"""What a soak forgives and what it does not: the figures decide, and the page shows them."""

from typing import Any

import pytest

from benchmarks.endurance import Endurance
from benchmarks.machine import Machine
from benchmarks.traffic import Failure, Outcome, Share

KIND = "gRPC, one film"
KILLED, REPLACED = 100.0, 105.0


def failure(at: float, *, answered: bool) -> Failure:
    return Failure(at=at, kind=KIND, words="UNAVAILABLE: Socket closed", answered=answered)


def soak(*failures: Failure, **figures: Any) -> Endurance:
    """A soak in which all is well but for what is given."""
    share = Share(answered=42_000, p50_ms=1.5, p99_ms=20)
    well: dict[str, Any] = {
        "machine": Machine.this(),
        "capacity": 1000,
        "outcome": Outcome(seconds=60, shares={KIND: share}, failures=list(failures)),
        "slow": 20,
        "killed": KILLED,
        "replaced": REPLACED,
        "restarts": 1,
        "warm_mb": 200,
        "end_mb": 209,
    }
    return Endurance(**well | figures)


def test_a_soak_in_which_all_is_well_has_no_complaint() -> None:
    assert [] == soak().complaints()


def test_what_is_lost_with_the_worker_and_answered_when_asked_again_is_forgiven() -> None:
    endurance = soak(failure(KILLED, answered=True), failure(REPLACED, answered=True))

    assert [] == endurance.complaints()
    assert 2 == len(endurance.with_the_worker())


@pytest.mark.parametrize(
    "bad",
    [
        failure(KILLED + 1, answered=False),
        failure(KILLED - 1, answered=True),
        failure(REPLACED + 1, answered=True),
    ],
    ids=["not answered when asked again", "before the worker died", "after it was replaced"],
)
def test_whatever_else_fails_is_a_complaint(bad: Failure) -> None:
    [complaint] = soak(bad).complaints()

    assert bad.words in complaint


@pytest.mark.parametrize(
    "bad", [{"end_mb": 210}, {"restarts": 2}, {"restarts": 0, "replaced": None}, {"slow": 0}]
)
def test_growth_restarts_and_a_client_that_waits_in_vain_are_complaints(
    bad: dict[str, Any],
) -> None:
    assert 1 == len(soak(**bad).complaints())


def test_its_page_has_the_figures() -> None:
    page = soak(failure(KILLED, answered=True), failure(0, answered=True)).markdown()

    assert f"| {KIND} | 42,000 | 1 | 1 | 1.5 | 20 |" in page
    assert "700 requests/s, which is 70% of the 1,000" in page
    assert "| memory of all workers at the end, PSS | 209 MB (+4.5%) |" in page
