"""The scenarios: films in a request, connections, and the endpoint of each contender."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import load
from benchmarks.check import Check
from benchmarks.contenders import CONTENDERS
from benchmarks.grpc_endpoints import PREDICT, PREDICT_STREAM, GrpcEndpoint
from benchmarks.load import Load
from benchmarks.material import Material, Part
from benchmarks.rest_endpoints import OIP_BINARY, RestEndpoint
from benchmarks.results import Run
from benchmarks.servers import Server

Endpoint = RestEndpoint | GrpcEndpoint


@dataclass(frozen=True)
class Scenario:
    """Requests with `films` films each, over some connections, to an endpoint of each contender."""

    title: str
    films: int
    connections: int
    endpoints: dict[str, Endpoint]

    def measure(
        self, key: str, server: Server, material: Material, seconds: int, folder: Path
    ) -> Run:
        """Measure a contender for some seconds; raises WrongAnswer."""
        endpoint = self.endpoints[key]
        port = server.port if isinstance(endpoint, RestEndpoint) else server.grpc_port
        parts = material.parts(self.films)
        drive = partial(self._load, endpoint, port, parts, seconds, folder)
        before, checked = server.cpu(), 0
        if CONTENDERS[key].forecasts:
            check = Check(f"{key}, {self.title}", partial(endpoint.ask, port), parts)
            with check.beside():
                measured = drive()
            checked = check.checked
        else:
            measured = drive()
        films = measured.requests_per_s * seconds * self.films
        return self._run(measured, checked, (server.cpu() - before) / films)

    def _load(
        self, endpoint: Endpoint, port: int, parts: list[Part], seconds: int, folder: Path
    ) -> Load:
        if isinstance(endpoint, RestEndpoint):
            return load.post(endpoint, port, parts, self.connections, seconds, folder)
        return load.call(endpoint, port, parts[0], self.connections, seconds, folder)

    def _run(self, load: Load, checked: int, cpu_s: float) -> Run:
        return Run(
            films_per_s=load.requests_per_s * self.films,
            p50_ms=load.p50_ms,
            p99_ms=load.p99_ms,
            checked=checked,
            cpu_us=cpu_s * 1e6,
        )


def _one(connections: int) -> Scenario:
    endpoints: dict[str, Endpoint] = {key: contender.one for key, contender in CONTENDERS.items()}
    return Scenario(
        f"REST, one film, {_some(connections, 'connection')}", 1, connections, endpoints
    )


def _unary(connections: int) -> Scenario:
    title = f"gRPC unary, {_some(connections, 'connection')}"
    keys = ("box_office", "one_process", "floor")
    return Scenario(title, 1, connections, dict.fromkeys(keys, PREDICT))


def _stream(films: int) -> Scenario:
    title = f"PredictStream, {_some(films, 'film')} a message, 16 streams"
    return Scenario(title, films, 16, {"box_office": PREDICT_STREAM})


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}s" if count > 1 else f"1 {noun}"


SCENARIOS = {
    **{f"rest_{n}": _one(n) for n in (1, 16, 64)},
    "batch": Scenario(
        "REST, 1,000 films, 4 connections",
        1000,
        4,
        {key: c.many for key, c in CONTENDERS.items() if c.many},
    ),
    **{f"grpc_{n}": _unary(n) for n in (1, 16, 64)},
    **{f"stream_{n}": _stream(n) for n in (1, 100)},
    "oip_binary": Scenario(
        "OIP binary, 10,000 films, 4 connections", 10_000, 4, {"box_office": OIP_BINARY}
    ),
}
