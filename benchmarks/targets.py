"""What Box Office is to reach, in one run on two cores."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.results import Results

_OURS, _ONE, _FLOOR = "box_office", "one_process", "floor"
_FASTAPI, _MLSERVER = "fastapi", "mlserver"


@dataclass(frozen=True)
class Target:
    """A figure and its bound: at least `least`, or at most `most`, in a unit."""

    title: str
    figure: Callable[[Results], float | None]
    unit: str
    least: float | None = None
    most: float | None = None

    @property
    def bound(self) -> str:
        """The bound in words."""
        word, value = ("≥", self.least) if self.least is not None else ("≤", self.most)
        return f"{word} {value:,g} {self.unit}"

    def verdict(self, results: Results) -> str:
        """Whether there is a figure, and whether it is within its bound."""
        figure = self.figure(results)
        if figure is None:
            return "not measured"
        low, high = self.least or 0, float("inf") if self.most is None else self.most
        return "yes" if low <= figure <= high else "**no**"


def over(mine: float | None, theirs: float | None) -> float | None:
    """The ratio of two figures."""
    return mine / theirs if mine is not None and theirs else None


def _rates(
    scenario: str, contender: str, theirs: str = "rest_16"
) -> Callable[[Results], float | None]:
    return lambda results: over(results.rate(scenario, _OURS), results.rate(theirs, contender))


def _of_floor(scenario: str) -> Callable[[Results], float | None]:
    return lambda results: over(results.rate(scenario, _ONE), results.rate(scenario, _FLOOR))


TARGETS = [
    Target("REST, one film, 1 connection", lambda r: r.rate("rest_1", _ONE), "films/s", least=4000),
    Target("16 connections / a constant over bare ASGI", _of_floor("rest_16"), "x", least=0.45),
    Target("64 connections / a constant over bare ASGI", _of_floor("rest_64"), "x", least=0.6),
    Target("gRPC unary, 16 connections / a constant", _of_floor("grpc_16"), "x", least=0.8),
    Target("REST, one film, 16 connections / FastAPI", _rates("rest_16", _FASTAPI), "x", least=9),
    Target(
        "its p99 / FastAPI",
        lambda r: over(r.p99("rest_16", _OURS), r.p99("rest_16", _FASTAPI)),
        "x",
        most=0.1,
    ),
    Target("REST, one film, 16 connections / MLServer", _rates("rest_16", _MLSERVER), "x", least=5),
    Target(
        "PredictStream, 100 films a message / FastAPI REST, one film, 16 connections",
        _rates("stream_100", _FASTAPI),
        "x",
        least=20,
    ),
    Target("1,000 films a request", lambda r: r.rate("batch", _OURS), "films/s", least=100_000),
    Target("OIP binary", lambda r: r.rate("oip_binary", _OURS), "films/s", least=500_000),
    Target("start to first answer", lambda r: r.start(_ONE, "ready_s"), "s", most=1.5),
    Target(
        "start to first answer / FastAPI",
        lambda r: over(r.start(_ONE, "ready_s"), r.start(_FASTAPI, "ready_s")),
        "x",
        most=0.66,
    ),
    Target("memory a worker", lambda r: r.start(_OURS, "worker_mb"), "MB", most=115),
    Target(
        "memory a worker / FastAPI",
        lambda r: over(r.start(_OURS, "worker_mb"), r.start(_FASTAPI, "worker_mb")),
        "x",
        most=0.5,
    ),
]
