"""Batching: single films that arrive together are forecast together."""

import asyncio
from collections.abc import Callable

from service.answers import Answer
from service.model.distribution import Asked
from service.validation import Film

Question = tuple[Film, Asked, str]  # the last is the trace, or ""
_TURNS = 4  # after the first, that may bring more


class Batcher:
    """Collects films for one call of `answer_all`, while each turn of the event loop brings more.

    No film waits for others to arrive: a turn that brings none, or a few turns, end a batch. A
    batch costs hardly more than one film.
    """

    def __init__(
        self,
        answer_all: Callable[[list[Question]], list[Answer]],
        trace: Callable[[], str] = str,
    ) -> None:
        self._answer_all, self._trace = answer_all, trace
        self._questions: list[Question] = []
        self._futures: list[asyncio.Future[Answer]] = []

    async def answer(self, film: Film, asked: Asked) -> Answer:
        """The answer to one film and what is asked of it; raises what `answer_all` raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        if not self._questions:
            loop.call_soon(self._look, 0, _TURNS)
        self._questions.append((film, asked, self._trace()))
        self._futures.append(future)
        return await future

    def _look(self, before: int, turns: int) -> None:
        if turns and len(self._questions) > before:
            now = len(self._questions)
            asyncio.get_running_loop().call_soon(self._look, now, turns - 1)
        else:
            self._flush()

    def _flush(self) -> None:
        questions, futures = self._questions, self._futures
        self._questions, self._futures = [], []
        try:
            answers = self._answer_all(questions)
        except Exception as error:
            for future in futures:
                if not future.done():
                    future.set_exception(error)
            return
        for future, answer in zip(futures, answers, strict=True):
            if not future.done():
                future.set_result(answer)
