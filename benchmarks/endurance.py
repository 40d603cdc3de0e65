"""What a soak has shown: what was answered, what was lost and why, and whether memory grew."""

from pydantic import BaseModel

from benchmarks.machine import Machine
from benchmarks.table import number, table
from benchmarks.traffic import Failure, Outcome

MOST_GROWTH = 0.05  # of the memory of all workers


class Endurance(BaseModel):
    """The figures of one soak."""

    machine: Machine
    others: float = 0.0  # share of the cores that other work used, 0-1
    capacity: float  # requests per second, as many as there can be
    outcome: Outcome
    slow: int  # requests of the slow client that were answered
    killed: float  # when, on the monotonic clock
    replaced: float | None
    restarts: int
    warm_mb: float  # PSS of all workers
    end_mb: float

    @property
    def growth(self) -> float:
        """By how much of itself the memory of all workers has grown since they were warm."""
        return self.end_mb / self.warm_mb - 1

    def with_the_worker(self) -> list[Failure]:
        """The requests that were lost with the killed worker and answered when asked again."""
        return [failure for failure in self.outcome.failures if self._expected(failure)]

    def unexpected(self) -> list[Failure]:
        """All other failures."""
        return [failure for failure in self.outcome.failures if not self._expected(failure)]

    def _expected(self, failure: Failure) -> bool:
        until = float("inf") if self.replaced is None else self.replaced
        return failure.answered and self.killed <= failure.at <= until

    def complaints(self) -> list[str]:
        """What a good soak does not have, in sentences."""
        said = []
        if failures := self.unexpected():
            said.append(f"{len(failures)} requests failed, the first one: {failures[0].words}")
        if self.growth >= MOST_GROWTH:
            said.append(f"Memory has grown by {self.growth:.1%}.")
        if self.restarts != 1 or self.replaced is None:
            said.append(f"One worker was killed, and {self.restarts} were started anew.")
        if not self.slow:
            said.append("The slow client was never answered.")
        return said

    def markdown(self) -> str:
        """The figures as a part of a page."""
        return "\n".join([self._head(), self._shares(), self._rest()])

    def _head(self) -> str:
        machine, outcome = self.machine, self.outcome
        return (
            f"`make soak SECONDS={outcome.seconds:.0f}` on {machine.cpu}, {machine.cores} cores, "
            f"{machine.day}; other work used {self.others:.0%} of the cores. Two workers answered "
            f"{outcome.rate:,.0f} requests/s, which is {outcome.rate / self.capacity:.0%} of the "
            f"{self.capacity:,.0f} that they and the load together reached at most.\n"
        )

    def _shares(self) -> str:
        rows = []
        for kind, share in self.outcome.shares.items():
            lost, failed = (
                sum(failure.kind == kind for failure in failures)
                for failures in (self.with_the_worker(), self.unexpected())
            )
            times = ["" if t is None else number(t) for t in (share.p50_ms, share.p99_ms)]
            rows.append([kind, f"{share.answered:,}", f"{lost:,}", f"{failed:,}", *times])
        head = ["requests", "answered", "asked again", "failed", "p50, ms", "p99, ms"]
        return table(head, rows)

    def _rest(self) -> str:
        lost = len(self.with_the_worker())
        took = "never" if self.replaced is None else f"after {self.replaced - self.killed:.1f} s"
        rows = [
            ["workers killed", "1"],
            ["workers started anew", f"{self.restarts}, {took}"],
            ["requests lost with the worker, answered when asked again", str(lost)],
            ["answers to a client that drips and reads slowly", f"{self.slow:,}"],
            ["memory of all workers when warm, PSS", f"{self.warm_mb:.0f} MB"],
            ["memory of all workers at the end, PSS", f"{self.end_mb:.0f} MB ({self.growth:+.1%})"],
        ]
        return table(["beside", "measured"], rows)
