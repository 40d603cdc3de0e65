"""Is a revision that has some of the traffic as healthy as the one that had all of it?

While a revision is watched, probes are sent to it at a steady pace, so that there are requests to
judge on a quiet day as well. Then the request log of Cloud Run shows what all callers got. A failed
gRPC call has status 200 in that log, so gRPC is judged by its probes.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from delivery.clients import SmokeFailed
from delivery.cloudrun import CloudRun
from service.errors import BoxOfficeError

Probe = Callable[[], object]


@dataclass(frozen=True)
class Rules:
    """How long a revision is watched at each step, and the limits that it has to keep."""

    steps: tuple[int, ...] = (10, 100)  # percent of the traffic
    watch: float = 300.0  # seconds at each step
    pause: float = 1.0  # seconds between two probes
    patience: float = 60.0  # seconds for the log to arrive after that
    least: int = 100  # requests in the log, below which there are too few to judge
    errors: float = 0.01  # share of requests with a server error
    latency: float = 1.0  # seconds, 95th percentile
    slower: float = 1.5  # times the 95th percentile of the previous revision


@dataclass(frozen=True)
class Health:
    """Status codes and latencies (in seconds) of the requests to one revision."""

    statuses: list[int] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    @classmethod
    def parse(cls, logged: list[dict[str, Any]]) -> "Health":
        """Read them from the `httpRequest` fields of a request log."""
        return cls(
            [int(entry["status"]) for entry in logged],
            [float(entry["latency"].removesuffix("s")) for entry in logged if "latency" in entry],
        )

    @property
    def requests(self) -> int:
        """The number of requests."""
        return len(self.statuses)

    @property
    def errors(self) -> float:
        """The share of server errors; a refused request is not one."""
        return sum(status >= 500 for status in self.statuses) / max(self.requests, 1)

    @property
    def latency(self) -> float:
        """The 95th percentile by nearest rank, in seconds."""
        ordered = sorted(self.latencies)
        return ordered[math.ceil(0.95 * len(ordered)) - 1] if ordered else 0.0

    def __str__(self) -> str:
        """One line for the log of a deployment."""
        return f"{self.requests} requests, {self.errors:.1%} failed, p95 {self.latency:.3f} s"


def judge(candidate: Health, champion: Health, rules: Rules) -> list[str]:
    """Reasons against the candidate; none if it may stay."""
    if candidate.requests < rules.least:
        return [f"{candidate.requests} requests are in its log, fewer than {rules.least}"]
    against = []
    if candidate.errors > rules.errors:
        against.append(f"{candidate.errors:.1%} of its requests failed, over {rules.errors:.1%}")
    if candidate.latency > rules.latency:
        against.append(f"its p95 is {candidate.latency:.3f} s, over {rules.latency:.3f} s")
    if champion.requests >= rules.least and candidate.latency > rules.slower * champion.latency:
        against.append(
            f"its p95 is {candidate.latency:.3f} s, over {rules.slower} times the "
            f"{champion.latency:.3f} s of the revision before it"
        )
    return against


def probe(probes: list[Probe], rules: Rules) -> tuple[int, list[SmokeFailed]]:
    """Send all probes repeatedly until the watch is over; returns their number and the failures."""
    sent, failed, end = 0, [], time.monotonic() + rules.watch
    while time.monotonic() < end:
        for ask in probes:
            try:
                ask()
            except SmokeFailed as error:
                failed.append(error)
            sent += 1
        time.sleep(rules.pause)
    return sent, failed


def watch(run: CloudRun, candidate: str, champion: str, probes: list[Probe], rules: Rules) -> str:
    """One line on the health of the candidate; raises BoxOfficeError if it breaks a rule."""
    since = datetime.now(UTC).isoformat()
    sent, failed = probe(probes, rules)
    if len(failed) > rules.errors * sent:
        raise BoxOfficeError(f"{len(failed)} of {sent} probes of {candidate} failed: {failed[-1]}")
    health = _logged(run, candidate, since, rules)
    against = judge(health, Health.parse(run.requests(champion, since)), rules)
    if against:
        raise BoxOfficeError(f"{candidate} is not sound: {'; '.join(against)}.")
    return f"{candidate}: {health}; {sent} probes answered"


def _logged(run: CloudRun, revision: str, since: str, rules: Rules) -> Health:
    """Wait until the log has enough requests, or until patience is over; then read the health."""
    end = datetime.now(UTC) + timedelta(seconds=rules.patience)
    while True:
        health = Health.parse(run.requests(revision, since))
        if health.requests >= rules.least or datetime.now(UTC) >= end:
            return health
        time.sleep(min(5.0, rules.patience))
