"""Limits of one worker: what a request may hold, and how much may be under way at once."""

import asyncio
import resource
from collections.abc import AsyncIterator

from service.errors import Overloaded, TooLarge
from service.films.fields import FIELDS
from service.films.schema import NOUN
from service.settings import Settings

_SHORT = 8 * 1024  # bytes of a request about one film, or a hundred
_SMALL = 64 * 1024  # bytes that every request may have, whatever the others have
_SPARE = 1000
_PIECE = 2000  # films
_TURNS = 5
_QUANTILES = 10  # of each film of the largest request
_FILES = 128  # open files that are not connections


class Batch:
    """How many films a request may have, and what they are for."""

    def __init__(self, most: int, purpose: str = "") -> None:
        self.max_batch, self._purpose = most, purpose

    def check_batch(self, films: int) -> None:
        """Raise TooLarge if a request has too many films."""
        if films > self.max_batch:
            raise TooLarge(
                f"A request may have {self.max_batch:,} {NOUN}s{self._purpose}, not {films:,}: "
                "send several."
            )


class Limits(Batch):
    """The limits of one worker, shared by all its endpoints."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.max_batch)
        self.explained = Batch(min(settings.max_explained, settings.max_batch), " to explain")
        self.max_body = settings.max_body
        _, self.max_rpc_connections = affordable_connections(settings.max_connections)
        self.timeout = settings.timeout
        self.grace = settings.grace
        self.max_concurrency = settings.max_concurrency
        self.max_pending = settings.max_pending
        self.under_way = [0, 0]  # short ones, and long ones
        self.begun = 0
        self.pending = 0
        self.lane = asyncio.Lock()

    def idle(self) -> bool:
        """Is no request under way?"""
        return not any(self.under_way)

    def turn(self, size: int, long: bool = False) -> "Turn":
        """For `async with`: let a request of so many bytes be worked on.

        Raises Overloaded if too many are. A short one is worked on at once. Long ones wait for each
        other: one after the other they take as long in all, hold the memory of one, and leave room
        for short ones between. A request can be `long` for what it asks, however few its bytes.
        """
        return Turn(self, long or size > _SHORT)

    def check_quantiles(self, films: int, quantiles: int) -> None:
        """Raise TooLarge if a request asks for too many quantiles of too many films."""
        if films * quantiles > (most := _QUANTILES * self.max_batch):
            raise TooLarge(
                f"A request may ask for {most:,} quantiles in all, not {films:,} x {quantiles}: "
                "send several."
            )

    def check_body(self, size: int) -> None:
        """Raise TooLarge if a request has too many bytes."""
        if size > self.max_body:
            raise TooLarge(f"A request may have {self.max_body:,} bytes: send several.")


class Turn:
    """The time in which a request is worked on. (A generator would take twice as long.)"""

    __slots__ = ("_limits", "_long")

    def __init__(self, limits: Limits, long: bool) -> None:
        self._limits = limits
        self._long = long

    async def __aenter__(self) -> None:
        """Count the request, and wait for the others if it is long."""
        limits = self._limits
        if limits.under_way[self._long] >= limits.max_concurrency:
            raise Overloaded(f"{limits.max_concurrency:,} requests are under way: try again later.")
        limits.under_way[self._long] += 1
        limits.begun += 1
        if self._long:
            await self._wait()

    async def __aexit__(self, *_: object) -> None:
        """Let the next one be worked on."""
        self._limits.under_way[self._long] -= 1
        if self._long:
            self._limits.lane.release()

    async def _wait(self) -> None:
        try:
            await self._limits.lane.acquire()
        except BaseException:
            self._limits.under_way[self._long] -= 1
            raise
        try:
            await give_way()
        except BaseException:
            await self.__aexit__()  # which Python calls only for what has been entered
            raise


class Memory:
    """The bytes that a request holds beyond those that every request may have."""

    __slots__ = ("_held", "_limits")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held = 0

    def read(self, size: int) -> None:
        """Count the bytes of a request; raises Overloaded if all requests hold too many."""
        more = size - _SMALL - self._held
        if more > 0:
            if self._limits.pending + more > self._limits.max_pending:
                raise Overloaded("Too many large requests are under way: try again later.")
            self._hold(more)

    def answer(self, size: int) -> None:
        """Count the bytes of an answer in place of those of its request."""
        self._hold(max(0, size - _SMALL) - self._held)

    def free(self) -> None:
        """The request is over."""
        self._hold(-self._held)

    def _hold(self, more: int) -> None:
        self._limits.pending += more
        self._held += more


async def give_way() -> None:
    """Let what has arrived meanwhile be accepted, read and answered, a turn of the loop each."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def pieces(count: int) -> AsyncIterator[slice]:
    """The pieces of long work on so many films; between them, others have their turn."""
    for start in range(0, max(count, 1), _PIECE):
        if start:
            await give_way()
        yield slice(start, start + _PIECE)


def affordable_connections(wanted: int) -> tuple[int, int]:
    """As many connections over REST as wanted, and over gRPC four times as many.

    Fewer, where this process may not open as many files. (The gRPC library cannot make room by
    closing the idlest, and a connection that never speaks has its place until the timeout.)
    """
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < (needed := 5 * wanted + _FILES):
        files = needed if most == resource.RLIM_INFINITY else max(files, min(needed, most))
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    spare = max(2, files - _FILES)
    rest = min(wanted, spare // 2)
    return rest, min(4 * wanted, spare - rest)


def check_values(body: bytes, films: int) -> None:
    """Raise TooLarge, without reading it, if JSON holds more values than so many films can have.

    Each value but the first of a list or an object has a comma before it.
    """
    values = len(body) - len(body.translate(None, b",[{"))
    if values > _SPARE + films * 4 * len(FIELDS):
        most = f"one {NOUN}" if films == 1 else f"{films:,} {NOUN}s"
        way_out = "send its fields alone" if films == 1 else "send several"
        raise TooLarge(f"The body holds more values than {most} can have: {way_out}.")
