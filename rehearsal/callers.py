"""Callers of a service during a deployment: none of them may notice it."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from delivery.clients import Rest, SmokeFailed
from service.films.schema import EXAMPLE

PAUSE = 0.02  # seconds between two requests


@dataclass
class Traffic:
    """The failures, and how many requests each model has answered."""

    failures: list[str] = field(default_factory=list)
    models: Counter[str] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        """The number of requests."""
        return self.models.total() + len(self.failures)

    def ask(self, endpoint: Rest) -> None:
        """Send one request, and note its outcome."""
        try:
            self.models[endpoint.expect("/v1/prediction", EXAMPLE)["model"]] += 1
        except SmokeFailed as error:
            self.failures.append(str(error))


@contextmanager
def traffic(url: str) -> Iterator[Traffic]:
    """Ask for a forecast at a steady pace until the block ends."""
    seen, ended, endpoint = Traffic(), threading.Event(), Rest(url)

    def go() -> None:
        while not ended.is_set():
            seen.ask(endpoint)
            time.sleep(PAUSE)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()
