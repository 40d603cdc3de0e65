"""Connections that wait for a request: who has waited longest, and who too long."""

import asyncio
from math import inf
from typing import Protocol

_LOOK_EVERY = 1.0  # seconds


class Waiting(Protocol):
    """What is asked of a connection."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    timeout_keep_alive: int


class Idle:
    """The connections of a worker that wait for a request, the longest first.

    Who has had an answer, and has sent nothing for `timeout_keep_alive` seconds since, is closed,
    also one that has not read its answer. A timer for each answer, as uvicorn has it, would take a
    twentieth of a request.
    """

    def __init__(self) -> None:
        # Infinite before the first answer, and amid a request.
        self._since: dict[Waiting, float] = {}
        self._looking: asyncio.AbstractEventLoop | None = None

    def new(self, connection: Waiting) -> None:
        """It waits for its first request."""
        self._since[connection] = inf

    def answered(self, connection: Waiting) -> None:
        """It waits for its next request."""
        self._since[connection] = connection.loop.time()
        if self._looking is not connection.loop:
            self._look_later(connection.loop)

    def heard(self, connection: Waiting) -> None:
        """It has sent a part of a request."""
        if connection in self._since:
            self._since[connection] = inf

    def remove(self, connection: Waiting) -> None:
        """It waits no longer."""
        self._since.pop(connection, None)

    def longest(self) -> Waiting:
        """The one that has waited longest; raises StopIteration if none waits."""
        return next(iter(self._since))

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._looking = loop
        loop.call_later(_LOOK_EVERY, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection, since in [*self._since.items()]:
            if since + connection.timeout_keep_alive < now:
                connection.transport.abort()
        if self._since:
            self._look_later(loop)
        else:
            self._looking = None
