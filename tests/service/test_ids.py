"""Ids name forecasts: no two are the same, they sort by time, and say when they were given."""

import time
from itertools import pairwise

import pytest

from service.journal import ids
from service.journal.ids import Ids
from tests.support.ulids import milliseconds


def test_ids_of_one_worker_are_different_and_sort_in_the_order_of_asking() -> None:
    worker = Ids()
    names = [name for count in (1, 0, 3, 5000, 1) for name in worker.take(count)]

    assert 5005 == len(set(names))
    assert names == sorted(names)
    assert {26} == set(map(len, names))


def test_workers_that_ask_in_one_millisecond_get_different_ids(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_123_456_789)
    names = [name for worker in [Ids() for _ in range(50)] for name in worker.take(100)]

    assert 5000 == len(set(names))


def test_an_id_says_when_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_123_456_789)

    assert 1_700_000_000_123 == milliseconds(Ids().take(1)[0])


def test_ids_go_on_sorting_where_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([5_000_000_000, 4_000_000_000, 6_000_000_000])
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))
    worker = Ids()
    names = [worker.take(1)[0] for _ in range(3)]

    assert names == sorted(set(names))
    assert [5000, 5000, 6000] == list(map(milliseconds, names))


def test_ids_go_on_sorting_where_the_count_is_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 5_000_000_000)
    worker = Ids()
    worker._next = ids._COUNT - 2
    names = worker.take(2) + worker.take(2)

    assert all(one < other for one, other in pairwise(names))


@pytest.mark.parametrize("text", ["", "seven", "8" + "0" * 25, "0" * 25 + "U", "0" * 27])
def test_what_is_no_id_says_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="is no id of a forecast"):
        milliseconds(text)
