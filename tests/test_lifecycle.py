"""How a server ends, and how it survives the death of a worker, under load from real clients."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import grpc
import psutil
import pytest
from conftest import ROOT
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector
from serving import light_environment

from rehearsal.port import free_port
from service.rpc import box_office_pb2 as pb
from service.rpc import box_office_pb2_grpc as pb_grpc

BODY = json.dumps({"production_budget": 20000000, "opening_gross": 9000000}).encode()
SERVE = [sys.executable, "-m", "bentoml", "serve", "service.service:BoxOffice", "--host=127.0.0.1"]
# What gRPC answers to a call that reaches a server which has begun to close.
REFUSED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
MOVIE = pb.Movie(production_budget=20000000, opening_gross=9000000)


@dataclass
class Running:
    """A server process with what its tests need to know of it."""

    process: psutil.Popen
    home: Path
    port: int
    grpc_port: int
    log: Path

    def counted(self, door: str, outcome: str = "ok") -> float:
        """How many requests the server says it answered, also when it has ended."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self.home / "prometheus_multiproc_dir"))
        labels = {"door": door, "outcome": outcome}
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


@dataclass
class Load:
    """Clients that ask one film after the other and keep what came of it."""

    outcomes: Counter[str] = field(default_factory=Counter)
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, client: Callable[["Load"], None], count: int) -> None:
        self.threads += [
            threading.Thread(target=client, args=(self,), daemon=True) for _ in range(count)
        ]
        for thread in self.threads[-count:]:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in self.threads)


def rest_client(port: int) -> Callable[[Load], None]:
    """Asks over one connection, and opens another where the server has closed it."""

    def ask(load: Load) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        while not load.stopping.is_set():
            try:
                connection.request("POST", "/v1/prediction", BODY)
                answer = connection.getresponse()
                answer.read()
                load.outcomes["ok" if answer.status == 200 else str(answer.status)] += 1
            except http.client.IncompleteRead:
                load.outcomes["cut off"] += 1
            except (OSError, http.client.HTTPException):
                load.outcomes["not taken"] += 1
                connection.close()
                time.sleep(0.01)
        connection.close()

    return ask


def grpc_client(port: int) -> Callable[[Load], None]:
    def ask(load: Load) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(f"127.0.0.1:{port}", options) as channel:
            stub = pb_grpc.PredictorStub(channel)
            while not load.stopping.is_set():
                try:
                    stub.Predict(pb.PredictRequest(movie=MOVIE), timeout=20)
                    load.outcomes["ok"] += 1
                except grpc.RpcError as error:
                    load.outcomes["not taken" if error.code() in REFUSED else str(error)] += 1
                    time.sleep(0.01)

    return ask


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_under_load_loses_no_request_and_ends_within_ten_seconds(
    model_tag: str, tmp_path: Path, workers: int
) -> None:
    with running(tmp_path, workers) as server, Load() as rest, Load() as rpc:
        rest.start(rest_client(server.port), 4)
        rpc.start(grpc_client(server.grpc_port), 2)
        time.sleep(1)
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(10)
        rest.stop()
        rpc.stop()

        assert {"ok", "not taken"} >= set(rest.outcomes)
        assert {"ok", "not taken"} >= set(rpc.outcomes)
        assert rest.outcomes["ok"] > 50
        assert rpc.outcomes["ok"] > 50
        # Whatever the server says it answered has arrived.
        assert rest.outcomes["ok"] == server.counted("rest")
        assert rpc.outcomes["ok"] == server.counted("grpc")


def test_a_request_that_has_begun_when_the_server_stops_is_answered(
    model_tag: str, tmp_path: Path
) -> None:
    with running(tmp_path, 1) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.putrequest("POST", "/v1/prediction")
        connection.putheader("Content-Length", str(len(BODY)))
        connection.endheaders(BODY[:5])
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.send(BODY[5:])

        assert 200 == connection.getresponse().status
        connection.close()
        server.process.wait(10)


def test_a_stream_that_has_begun_when_the_server_stops_is_answered(
    model_tag: str, tmp_path: Path
) -> None:
    asked = threading.Event()

    def messages() -> Iterator[pb.PredictBatchRequest]:
        yield pb.PredictBatchRequest(movies=[MOVIE])
        asked.wait(20)
        yield pb.PredictBatchRequest(movies=[MOVIE, MOVIE])

    with (
        running(tmp_path, 1) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel,
    ):
        answers = pb_grpc.PredictorStub(channel).PredictStream(messages(), timeout=20)
        first = next(answers)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        asked.set()

        assert [1, 2] == [len(first.predictions), len(next(answers).predictions)]
        server.process.wait(10)


def test_a_client_that_never_ends_its_request_does_not_keep_the_server(
    model_tag: str, tmp_path: Path
) -> None:
    with running(tmp_path, 1, BOX_OFFICE_TIMEOUT="2") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.putrequest("POST", "/v1/prediction")
        connection.putheader("Content-Length", "1000")
        connection.endheaders(b"{")
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)

        server.process.wait(10)
        connection.close()
        assert "Traceback" not in server.log.read_text()


def test_a_killed_worker_is_replaced_while_the_other_goes_on(
    model_tag: str, tmp_path: Path
) -> None:
    with running(tmp_path, 2) as server, Load() as rest:
        wait_until(lambda: server.started_workers() == 2)
        rest.start(rest_client(server.port), 4)
        time.sleep(0.5)
        victim, other = server.workers()
        victim.kill()
        wait_until(lambda: server.started_workers() == 3)
        before = rest.outcomes["ok"]
        wait_until(lambda: rest.outcomes["ok"] > before + 50)
        rest.stop()

        assert other in server.workers()
        assert 2 == len(server.workers())
        # Each client loses at most the request that the dead worker had.
        assert rest.outcomes["not taken"] + rest.outcomes["cut off"] <= 4
        assert {"ok", "not taken", "cut off"} >= set(rest.outcomes)


def test_grpc_on_a_port_that_is_taken_stops_the_server_with_its_setting(
    model_tag: str, tmp_path: Path
) -> None:
    env = light_environment(tmp_path, BOX_OFFICE_GRPC_PORT="0")
    env["PYTHONPATH"] += f":{ROOT}"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        env["BOX_OFFICE_GRPC_PORT"] = str(taken.getsockname()[1])
        run = subprocess.run(
            [*SERVE, "--port", str(free_port())],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert run.returncode != 0
    assert "set BOX_OFFICE_GRPC_PORT to a free port" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
