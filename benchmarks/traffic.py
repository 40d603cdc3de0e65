"""Traffic: the mixture at a rate, for some seconds, from a process of its own.

`python -m benchmarks.traffic --port 3000 --grpc-port 3001 --seconds 5` prints what came of it as
JSON. A request that is lost with its connection is asked once more, as clients may.
"""

import argparse
import asyncio
import time
from array import array
from contextlib import AsyncExitStack

import aiohttp
import grpc
import numpy as np
import uvloop
from pydantic import BaseModel

from benchmarks.check import WrongAnswer
from benchmarks.material import Material
from benchmarks.mixture import KINDS, TIMEOUT, Caller, Lost, rounds

CALLERS = 16
# One connection per channel, so that each may reach another worker.
_OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1)]


class Failure(BaseModel):
    """A request without a right answer at the first try, and whether it had one at the second."""

    at: float  # on the monotonic clock, which all processes share
    kind: str
    words: str
    answered: bool


class Share(BaseModel):
    """The requests of one kind that were answered, and how long that took."""

    answered: int
    p50_ms: float | None
    p99_ms: float | None


class Outcome(BaseModel):
    """What came of all requests."""

    seconds: float
    shares: dict[str, Share]
    failures: list[Failure]

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return sum(share.answered for share in self.shares.values()) / self.seconds


class Traffic:
    """Callers that share a rate; without one, each asks as soon as it is answered."""

    def __init__(self, seconds: float, rate: float | None) -> None:
        self._interval = CALLERS / rate if rate else 0.0
        self._seconds = seconds
        self._latencies = {name: array("d") for name in KINDS}
        self._failures: list[Failure] = []

    async def drive(self, port: int, grpc_port: int, material: Material) -> Outcome:
        """Let all callers ask until the time is over."""
        begun = time.monotonic()
        async with AsyncExitStack() as stack:
            callers = []
            for _ in range(CALLERS):
                rest = aiohttp.ClientSession(
                    f"http://127.0.0.1:{port}", timeout=aiohttp.ClientTimeout(TIMEOUT)
                )
                rpc = grpc.aio.insecure_channel(f"127.0.0.1:{grpc_port}", _OPTIONS)
                await stack.enter_async_context(rest)
                await stack.enter_async_context(rpc)
                callers.append(Caller(rest, rpc, material))
            end = time.monotonic() + self._seconds
            await asyncio.gather(*(self._ask(c, n, end) for n, c in enumerate(callers)))
        shares = {name: _share(latencies) for name, latencies in self._latencies.items()}
        seconds = time.monotonic() - begun
        return Outcome(seconds=seconds, shares=shares, failures=self._failures)

    async def _ask(self, caller: Caller, number: int, end: float) -> None:
        due = time.monotonic() + self._interval * number / CALLERS
        for name in rounds(number):
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            begun = time.monotonic()
            if begun > end:
                return
            # What is late stays late: there is no burst to catch up.
            due = max(due + self._interval, begun)
            if await self._answered(caller, name):
                self._latencies[name].append(time.monotonic() - begun)

    async def _answered(self, caller: Caller, name: str) -> bool:
        try:
            await caller.ask(name)
        except WrongAnswer as wrong:
            return self._failed(name, time.monotonic(), str(wrong), answered=False)
        except Lost as lost:
            at = time.monotonic()
            try:
                await caller.ask(name, again=True)
            except (Lost, WrongAnswer) as again:
                return self._failed(name, at, f"{lost}, then {again}", answered=False)
            return self._failed(name, at, str(lost), answered=True)
        return True

    def _failed(self, name: str, at: float, words: str, *, answered: bool) -> bool:
        self._failures.append(Failure(at=at, kind=name, words=words, answered=answered))
        return False


def _share(latencies: "array[float]") -> Share:
    p50, p99 = np.percentile(latencies, [50, 99]) * 1e3 if latencies else (None, None)
    return Share(answered=len(latencies), p50_ms=p50, p99_ms=p99)


def main() -> None:
    """Drive a server, and print the outcome."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--grpc-port", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rate", type=float, help="requests per second; as many as there can be")
    arguments = parser.parse_args()
    traffic = Traffic(arguments.seconds, arguments.rate)
    drive = traffic.drive(arguments.port, arguments.grpc_port, Material.of_latest_model())
    print(uvloop.run(drive).model_dump_json())


if __name__ == "__main__":
    main()
