"""Callers of a service that go on while it is deployed: none of them may notice."""

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
    """What became of the requests, and which models have answered them."""

    failures: list[str] = field(default_factory=list)
    models: Counter[str] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        """How many there were."""
        return self.models.total() + len(self.failures)

    def ask(self, endpoint: Rest) -> None:
        """Send one request, and note what became of it."""
        try:
            self.models[endpoint.expect("/v1/prediction", EXAMPLE)["model"]] += 1
        except SmokeFailed as error:
            self.failures.append(str(error))


@contextmanager
def traffic(url: str) -> Iterator[Traffic]:
    """Ask for a film at a steady pace until the block ends."""
    found, ended, endpoint = Traffic(), threading.Event(), Rest(url)

    def go() -> None:
        while not ended.is_set():
            found.ask(endpoint)
            time.sleep(PAUSE)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
