"""Connections that nobody uses any more are closed, and no others."""

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from service.rest.idle import Idle

KEPT = 5  # seconds


class Loop:
    """An event loop whose time goes on when it is told to."""

    def __init__(self) -> None:
        self.now, self.calls = 0.0, list[tuple[float, Callable[..., None], Any]]()

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[..., None], *given: Any) -> None:
        self.calls.append((self.now + seconds, call, given))

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass, and what is due in them happen."""
        end = self.now + seconds
        while due := [each for each in self.calls if each[0] <= end]:
            first = min(due, key=lambda each: each[0])
            self.calls.remove(first)
            self.now, call, given = first
            call(*given)
        self.now = end


@pytest.fixture
def loop() -> Loop:
    return Loop()


def connection(loop: Loop) -> Mock:
    return Mock(loop=loop, timeout_keep_alive=KEPT)


def test_who_has_sent_nothing_since_an_answer_is_closed(loop: Loop) -> None:
    idle, one = Idle(), connection(loop)

    idle.answered(one)
    loop.wait(KEPT)
    assert not one.transport.abort.called
    loop.wait(2)
    assert one.transport.abort.called


def test_who_asks_again_in_time_is_not_closed(loop: Loop) -> None:
    idle, one = Idle(), connection(loop)

    for _ in range(4):
        idle.answered(one)
        loop.wait(KEPT - 1)
        idle.remove(one)
    loop.wait(KEPT * 2)

    assert not one.transport.abort.called


@pytest.mark.parametrize("amid", ["before the first answer", "amid a request"])
def test_whose_time_others_measure_is_not_closed(loop: Loop, amid: str) -> None:
    idle, one, other = Idle(), connection(loop), connection(loop)

    idle.new(one)
    if amid == "amid a request":
        idle.answered(one)
        idle.heard(one)
    idle.answered(other)
    loop.wait(KEPT + 2)

    assert (False, True) == (one.transport.abort.called, other.transport.abort.called)


def test_the_longest_is_the_one_that_began_first(loop: Loop) -> None:
    idle, first, second = Idle(), connection(loop), connection(loop)

    idle.new(first)
    idle.answered(second)
    assert idle.longest() is first
    idle.remove(first)
    idle.answered(first)
    assert idle.longest() is second


def test_nobody_is_looked_for_where_nobody_waits(loop: Loop) -> None:
    idle, one = Idle(), connection(loop)

    idle.answered(one)
    idle.remove(one)
    loop.wait(2)
    assert [] == loop.calls
    idle.answered(one)
    loop.wait(KEPT + 2)
    assert one.transport.abort.called
