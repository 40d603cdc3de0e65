"""Checks answers during a measurement: a thread asks for films whose forecasts are known."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.background import beside
from benchmarks.material import Films, Floats, Part

PAUSE = 0.1  # seconds between two requests, so that checking costs hardly anything


class WrongAnswer(Exception):
    """An answer differs from that of the predictor, or there is none."""


class Check:
    """Sends one request after the other, and counts the right answers."""

    def __init__(self, what: str, ask: Callable[[Films], Floats], parts: list[Part]) -> None:
        self.checked = 0
        self._what = what
        self._ask = ask
        self._parts = itertools.cycle(parts)
        self._wrong: WrongAnswer | None = None

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Check before, during and after the block; raises WrongAnswer at its end."""
        self._one()
        with beside(self._until):
            yield
        if self._wrong:
            raise self._wrong
        self._one()

    def _until(self, stopping: threading.Event) -> None:
        while not stopping.wait(PAUSE):
            try:
                self._one()
            except WrongAnswer as wrong:
                self._wrong = wrong
                return

    def _one(self) -> None:
        part = next(self._parts)
        try:
            answer = self._ask(part.films)
        except OSError as error:
            raise WrongAnswer(f"{self._what}: {error}") from error
        if difference := part.difference(answer):
            raise WrongAnswer(f"{self._what}: {difference}")
        self.checked += 1
