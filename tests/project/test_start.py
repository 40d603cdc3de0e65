"""The benchmark of starts: medians of each way, and what is wanted of one process."""

import pytest

from benchmarks.machine import Machine
from benchmarks.startup import ALONE, FIRST, MEMORY, SUPERVISED, Startup


def startup(*runs: tuple[float, float]) -> Startup:
    """Starts of one process in so many seconds and MB, beside one of BentoML."""
    figures = [{FIRST: seconds, MEMORY: mb} for seconds, mb in runs]
    return Startup(
        machine=Machine.this(),
        model="box_office:0123456789abcdef",
        runs={ALONE: figures, SUPERVISED: [{FIRST: 2.61, MEMORY: 231.4}]},
    )


def test_a_start_is_the_median_of_its_runs() -> None:
    measured = startup((1.2, 120), (9.0, 150), (1.3, 130))

    assert {FIRST: 1.3, MEMORY: 130} == measured.medians(ALONE)
    assert {FIRST: 2.61, MEMORY: 231.4} == measured.medians(SUPERVISED)


@pytest.mark.parametrize(
    ("seconds", "mb", "complaints"),
    [
        (1.5, 140, []),
        (1.51, 140, ["first forecast over REST: 1.51 s, wanted at most 1.50 s"]),
        (1.5, 141, ["memory of all processes, RSS: 141 MB, wanted at most 140 MB"]),
    ],
)
def test_what_one_process_exceeds_is_a_complaint(
    seconds: float, mb: float, complaints: list[str]
) -> None:
    assert complaints == startup((seconds, mb)).complaints()


def test_the_page_has_both_ways_and_what_is_wanted() -> None:
    page = startup((1.234, 123.4), (1.234, 123.4)).markdown()

    assert "medians of 2 starts each" in page
    assert f"| {FIRST} | 1.23 s | 2.61 s | ≤ 1.50 s |" in page
    assert f"| {MEMORY} | 123 MB | 231 MB | ≤ 140 MB |" in page
