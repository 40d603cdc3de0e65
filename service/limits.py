"""How much may be asked at once: films in a request, and requests under way."""

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
        self._under_way = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Count a request as under way; raises Overloaded where there are enough."""
        if self._under_way >= self.max_concurrency:
            raise Overloaded(f"{self.max_concurrency} requests are under way: try again later.")
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def check_batch(self, films: int) -> None:
        """Raise TooLarge where a request has more films than are answered at once."""
        if films > self.max_batch:
            raise TooLarge(
                f"A request may have {self.max_batch} {NOUN}s, not {films}: send several."
            )

    def check_body(self, size: int) -> None:
        """Raise TooLarge where a request has more bytes than are read."""
        if size > self.max_body:
            raise TooLarge(f"A request may have {self.max_body} bytes: send several.")
