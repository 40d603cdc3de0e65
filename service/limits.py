"""Limits: films and bytes in a request, and requests in flight."""

from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import Overloaded, TooLarge
from service.films.schema import NOUN


class Limits:
    """The limits of one worker, shared by all its endpoints."""

    def __init__(self, max_batch: int, max_body: int, max_concurrency: int, timeout: float) -> None:
        self.max_batch = max_batch
        self.max_body = max_body
        self.max_concurrency = max_concurrency
        self.timeout = timeout
        self._in_flight = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Count a request as in flight; raises Overloaded if there are too many."""
        if self._in_flight >= self.max_concurrency:
            raise Overloaded(f"{self.max_concurrency} requests are under way: try again later.")
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1

    def check_batch(self, films: int) -> None:
        """Raise TooLarge if a request has too many films."""
        if films > self.max_batch:
            raise TooLarge(
                f"A request may have {self.max_batch} {NOUN}s, not {films}: send several."
            )

    def check_body(self, size: int) -> None:
        """Raise TooLarge if a request has too many bytes."""
        if size > self.max_body:
            raise TooLarge(f"A request may have {self.max_body} bytes: send several.")
