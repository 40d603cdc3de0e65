"""A slow client with good intentions: it drips a batch, and reads the answer in small pieces."""

import http.client
import threading
import time
from contextlib import AbstractContextManager

from benchmarks.background import beside
from benchmarks.material import Material
from benchmarks.rest_endpoints import REST_MANY
from benchmarks.traffic import Failure

_FILMS = 1000
_PIECES = 20
_PAUSE = 0.1  # seconds after a piece, so that a body takes two, which is less than it may
_READ = 1 << 14  # bytes of an answer at a time


class SlowClient:
    """Asks again and again beside the others; holds what was answered and what was not."""

    name = f"a slow client, {_FILMS:,} films"

    def __init__(self, port: int, material: Material) -> None:
        self.answered = 0
        self.failures: list[Failure] = []
        self._port = port
        self._body = REST_MANY.write(material.parts(_FILMS)[0].films)

    def beside(self) -> AbstractContextManager[None]:
        """Ask during the block."""
        return beside(self._until)

    def _until(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            if not (words := self._ask()):
                self.answered += 1
                continue
            at, retried = time.monotonic(), not self._ask()
            failure = Failure(at=at, kind=self.name, words=words, answered=retried)
            self.failures.append(failure)

    def _ask(self) -> str:
        """What went wrong, or ""."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.putrequest("POST", REST_MANY.path)
            headers = {**self._body.headers, "Content-Length": str(len(self._body.data))}
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            size = len(self._body.data) // _PIECES + 1
            for at in range(0, len(self._body.data), size):
                connection.send(self._body.data[at : at + size])
                time.sleep(_PAUSE)
            response = connection.getresponse()
            while response.read(_READ):
                time.sleep(_PAUSE)
            return "" if response.status == 200 else f"status {response.status}"
        except (OSError, http.client.HTTPException) as error:
            return repr(error)
        finally:
            connection.close()
