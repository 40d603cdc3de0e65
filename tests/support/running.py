"""A server process of its own, with its workers, its counts and its log."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from rehearsal.port import free_port
from service.rpc import box_office_pb2 as pb
from tests.support.project import ROOT
from tests.support.serving import light_environment

BODY = json.dumps({"production_budget": 20000000, "opening_gross": 9000000}).encode()
SERVE = [sys.executable, "-m", "bentoml", "serve", "service.service:BoxOffice", "--host=127.0.0.1"]
MOVIE = pb.Movie(production_budget=20000000, opening_gross=9000000)


@dataclass
class Running:
    """A server process with what its tests need to know of it."""

    process: psutil.Popen
    home: Path
    port: int
    grpc_port: int
    log: Path

    def counted(self, endpoint: str, outcome: str = "ok") -> float:
        """How many requests the server says it answered, also when it has ended."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self.home / "prometheus_multiproc_dir"))
        labels = {"endpoint": endpoint, "outcome": outcome}
        return registry.get_sample_value("box_office_requests_total", labels) or 0

    def workers(self) -> list[psutil.Process]:
        alive = [c for c in self.process.children() if c.status() != psutil.STATUS_ZOMBIE]
        return [c for c in alive if "_bentoml_impl.worker.service" in c.cmdline()]

    def started_workers(self) -> int:
        return self.log.read_text().count("Service box_office initialized")

    def wait_until_ready(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2).close()
                channel = grpc.insecure_channel(f"127.0.0.1:{self.grpc_port}")
                grpc.channel_ready_future(channel).result(timeout=2)
                channel.close()
                return
            except (OSError, grpc.FutureTimeoutError):
                time.sleep(0.1)
        raise AssertionError(f"the server did not become ready:\n{self.log.read_text()}")


def wait_until(happened: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def running(folder: Path, workers: int, **variables: str) -> Iterator[Running]:
    """A server with a BENTOML_HOME of its own, where it keeps its counts."""
    home = folder / "home"
    home.mkdir()
    (home / "models").symlink_to(Path(os.environ["BENTOML_HOME"]) / "models")
    port, grpc_port, log = free_port(), free_port(), folder / "serve.log"
    env = light_environment(folder, BENTOML_HOME=str(home), BOX_OFFICE_WORKERS=str(workers))
    env |= {"BOX_OFFICE_GRPC_PORT": str(grpc_port), **variables}
    env["PYTHONPATH"] += f":{ROOT}"
    with log.open("w") as out:
        process = psutil.Popen(
            [*SERVE, "--port", str(port)],
            cwd=folder,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        server = Running(process, home, port, grpc_port, log)
        server.wait_until_ready()
        yield server
    finally:
        for left in [*process.children(recursive=True), process] if process.is_running() else []:
            left.kill()
        process.wait(10)
