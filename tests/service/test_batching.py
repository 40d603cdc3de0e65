"""Films that arrive together are forecast together, and no film waits for another."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from service.batching import Batcher, Question
from service.model.distribution import NOTHING


class Calls:
    """Answers that repeat their film, or an error, and the films of each call."""

    def __init__(self, error: Exception | None = None) -> None:
        self.films: list[list[Any]] = []
        self.error = error

    def __call__(self, questions: list[Question]) -> list[dict[str, Any]]:
        films = [film for film, *_ in questions]
        self.films.append(films)
        if self.error:
            raise self.error
        return [{"film": film} for film in films]


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a test, which does not hang where nobody is answered."""
    return asyncio.run(asyncio.wait_for(coroutine, 10))


def test_films_of_one_turn_are_one_call_and_each_gets_its_own_answer() -> None:
    calls = Calls()

    async def ask() -> list[dict[str, Any]]:
        gather = Batcher(calls)
        return await asyncio.gather(*(gather.answer((i,), NOTHING) for i in range(3)))

    assert [{"film": (0,)}, {"film": (1,)}, {"film": (2,)}] == run(ask())
    assert [[(0,), (1,), (2,)]] == calls.films


def test_a_later_film_is_another_call() -> None:
    calls = Calls()

    async def ask() -> None:
        gather = Batcher(calls)
        await gather.answer((0,), NOTHING)
        await gather.answer((1,), NOTHING)

    run(ask())

    assert [[(0,)], [(1,)]] == calls.films


def test_a_film_after_which_none_comes_is_answered_in_the_turn_after_the_next() -> None:
    async def ask() -> bool:
        film = asyncio.ensure_future(Batcher(Calls()).answer((0,), NOTHING))
        for _ in range(4):  # it comes, no other comes, it is answered, it hears so
            await asyncio.sleep(0)
        return film.done()

    assert run(ask())


def test_films_of_turns_that_follow_each_other_are_one_call() -> None:
    assert [[(0,), (1,), (2,)]] == one_a_turn(3)


def test_a_film_does_not_wait_for_all_that_go_on_coming() -> None:
    calls = one_a_turn(40)

    assert [(each,) for each in range(40)] == [film for films in calls for film in films]
    assert max(map(len, calls)) < 8


def one_a_turn(films: int) -> list[list[Any]]:
    """The calls for films of which one comes in each turn."""
    calls = Calls()

    async def ask() -> None:
        gather, coming = Batcher(calls), []
        for number in range(films):
            coming.append(asyncio.ensure_future(gather.answer((number,), NOTHING)))
            await asyncio.sleep(0)
        await asyncio.gather(*coming)

    run(ask())
    return calls.films


def test_an_error_reaches_everyone_who_waits() -> None:
    error = ArithmeticError("no forecast")

    async def ask() -> list[Any]:
        gather = Batcher(Calls(error))
        films = (gather.answer((i,), NOTHING) for i in range(3))
        return await asyncio.gather(*films, return_exceptions=True)

    assert [error] * 3 == run(ask())


def test_an_error_does_not_reach_who_comes_later() -> None:
    calls = Calls(ArithmeticError())

    async def ask() -> dict[str, Any]:
        gather = Batcher(calls)
        with pytest.raises(ArithmeticError):
            await gather.answer((0,), NOTHING)
        calls.error = None
        return await gather.answer((1,), NOTHING)

    assert {"film": (1,)} == run(ask())


@pytest.mark.parametrize("error", [None, ArithmeticError()])
def test_one_who_leaves_does_not_hurt_the_others(error: Exception | None) -> None:
    async def ask() -> list[Any]:
        gather = Batcher(Calls(error))
        films = [asyncio.ensure_future(gather.answer((i,), NOTHING)) for i in range(3)]
        await asyncio.sleep(0)
        films[1].cancel()
        return await asyncio.gather(*films, return_exceptions=True)

    first, left, last = run(ask())

    assert isinstance(left, asyncio.CancelledError)
    assert [error or {"film": (0,)}, error or {"film": (2,)}] == [first, last]
