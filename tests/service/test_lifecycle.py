"""How a server ends, and how it survives the death of a worker, under load from real clients."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import grpc
import pytest

from benchmarks.processes import tree
from rehearsal.port import free_port
from service.rpc import box_office_pb2 as pb
from service.rpc import box_office_pb2_grpc as pb_grpc
from tests.support.light import light_environment
from tests.support.project import ROOT
from tests.support.request import BODY, MOVIE
from tests.support.server import (
    BENTOML,
    ONE_PROCESS,
    WAYS,
    refusal_to_start,
    running,
    serve,
    wait_until,
)

# What gRPC answers to a call that reaches a server which has begun to close.
REFUSED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}


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


@pytest.mark.parametrize(("way", "workers"), [(ONE_PROCESS, 1), (BENTOML, 1), (BENTOML, 2)])
def test_sigterm_under_load_loses_no_request_and_ends_within_ten_seconds(
    model_tag: str, tmp_path: Path, way: str, workers: int
) -> None:
    variables = {"BOX_OFFICE_WORKERS": str(workers)}
    if way == ONE_PROCESS:  # it counts in memory, unless it is given a folder as a worker is
        (folder := tmp_path / "tmp" / "box-office-server-alone").mkdir(parents=True)
        variables["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    with (
        running(tmp_path, way=way, **variables) as server,
        Load() as rest,
        Load() as rpc,
    ):
        rest.start(rest_client(server.port), 4)
        rpc.start(grpc_client(server.grpc_port), 2)
        time.sleep(1)
        server.keep_counts()
        server.process.send_signal(signal.SIGTERM)
        assert 0 == server.process.wait(10)
        rest.stop()
        rpc.stop()

        assert {"ok", "not taken"} >= set(rest.outcomes)
        assert {"ok", "not taken"} >= set(rpc.outcomes)
        assert rest.outcomes["ok"] > 50
        assert rpc.outcomes["ok"] > 50
        # Whatever the server says it answered has arrived.
        assert rest.outcomes["ok"] == server.counted("rest")
        assert rpc.outcomes["ok"] == server.counted("grpc")


@pytest.mark.parametrize("way", WAYS)
def test_a_request_that_has_begun_when_the_server_stops_is_answered(
    model_tag: str, tmp_path: Path, way: str
) -> None:
    with running(tmp_path, way=way) as server:
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


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_that_has_begun_when_the_server_stops_is_answered(
    model_tag: str, tmp_path: Path, way: str
) -> None:
    asked = threading.Event()

    def messages() -> Iterator[pb.PredictBatchRequest]:
        yield pb.PredictBatchRequest(movies=[MOVIE])
        asked.wait(20)
        yield pb.PredictBatchRequest(movies=[MOVIE, MOVIE])

    with (
        running(tmp_path, way=way) as server,
        grpc.insecure_channel(server.grpc) as channel,
    ):
        answers = pb_grpc.PredictorStub(channel).PredictStream(messages(), timeout=20)
        first = next(answers)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        asked.set()

        assert [1, 2] == [len(first.predictions), len(next(answers).predictions)]
        server.process.wait(10)


@pytest.mark.parametrize("way", WAYS)
def test_a_client_that_never_ends_its_request_does_not_keep_the_server(
    model_tag: str, tmp_path: Path, way: str
) -> None:
    with running(tmp_path, way=way, BOX_OFFICE_TIMEOUT="2") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.putrequest("POST", "/v1/prediction")
        connection.putheader("Content-Length", "1000")
        connection.endheaders(b"{")
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)

        server.process.wait(10)
        connection.close()
        assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_process_that_is_told_to_end_while_it_starts_ends_at_once(
    model_tag: str, tmp_path: Path, number: int
) -> None:
    # Stops at the first import of the server itself, when it listens for signals alone.
    (tmp_path / "uvloop.py").write_text("print('here', flush=True)\nimport time; time.sleep(60)")
    env = light_environment(tmp_path, ROOT)
    command = [*serve(way=ONE_PROCESS), "--port=0"]
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(number)

        assert 0 == process.wait(10)


def test_a_killed_worker_is_replaced_while_the_other_goes_on(
    model_tag: str, tmp_path: Path
) -> None:
    with running(tmp_path, BOX_OFFICE_WORKERS="2") as server, Load() as rest:
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


def test_a_worker_that_dies_is_replaced_long_before_bentoml_would_look(
    model_tag: str, tmp_path: Path
) -> None:
    with running(tmp_path) as server:
        first = server.workers()
        first[0].kill()
        wait_until(lambda: server.workers() not in ([], first))
        # The arbiter has just looked; without us it would do so again in ten seconds.
        second = server.workers()
        second[0].kill()
        wait_until(lambda: server.workers() not in ([], second), seconds=5)


def test_a_server_that_is_told_to_end_while_it_starts_another_worker_ends(
    model_tag: str, tmp_path: Path
) -> None:
    with running(tmp_path) as server:
        before = {*tree(server.process.pid)}
        server.workers()[0].kill()
        until = time.monotonic() + 20
        while {*tree(server.process.pid)} <= before:  # without a pause: a moment is what counts
            assert time.monotonic() < until
        server.process.send_signal(signal.SIGTERM)

        assert 0 == server.process.wait(10)


@pytest.mark.parametrize("way", WAYS)
def test_grpc_on_a_port_that_is_taken_stops_the_server_with_its_setting(
    model_tag: str, tmp_path: Path, way: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [*serve(way=way), f"--port={free_port()}"]
        words = refusal_to_start(command, tmp_path, BOX_OFFICE_GRPC_PORT=port)

    assert "set BOX_OFFICE_GRPC_PORT to a free port" in words


def test_the_process_that_starts_the_workers_loads_nothing_that_only_they_need(
    model_tag: str,
) -> None:
    program = "import sys, service.service, service.supervisor; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert set() == {"grpc", "onnxruntime", "prometheus_client", "uvicorn"} & {*run.stdout.split()}
