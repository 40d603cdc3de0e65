"""What every request keeps to, and every refusal: what it costs the worker, and how long it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.http1 import Answer, ask, request
from tests.support.memory import MIB, growth_of
from tests.support.server import Server

BODY = 4 * MIB  # the most that a request may have
FILMS = 10_000  # the most films in one
TOLD = 20  # the most problems that a refusal tells
LONGEST = 100_000  # bytes of a refusal
GROWTH = 150  # MiB that a request may add to a worker


@contextmanager
def little_memory(server: Server) -> Iterator[None]:
    """Hold that what happens in the block adds little memory to the one worker."""
    with growth_of(server.workers()[0].pid) as growth:
        yield
    assert growth.size < GROWTH * MIB, f"{growth.size // MIB} MiB more in the worker"


def answered(server: Server, path: str, body: bytes, **headers: object) -> Answer:
    """The answer to a request, which costs the worker little."""
    with little_memory(server):
        [answer] = ask(server.port, request(path, body, **headers))
    return answer


def refused(server: Server, path: str, body: bytes, **headers: object) -> Answer:
    """The refusal of a request, which costs the worker little, and is short and strict JSON."""
    answer = answered(server, path, body, **headers)
    assert answer.status in {400, 413}, f"{answer.status}: {answer.body[:200]!r}"
    assert len(answer.body) <= LONGEST, f"{len(answer.body)} bytes: {answer.body[:200]!r}"
    assert answer.json()["error"]
    return answer


def list_of(item: bytes) -> bytes:
    """A JSON list with as many of an item as fit into a body."""
    return b"[" + b",".join([item] * ((BODY - 2) // (len(item) + 1))) + b"]"
