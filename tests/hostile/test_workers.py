"""A worker that is stuck is replaced, one whose server is gone ends, and nobody else commands."""

import json
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.request import FILM
from tests.support.server import Server, running, wait_until

# Workers that are silent for five seconds are replaced.
SOON = {"BOX_OFFICE_TIMEOUT": "1", "BOX_OFFICE_GRACE": "1"}


@pytest.fixture(scope="module")
def server(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two workers, as in a container."""
    variables = {"BOX_OFFICE_WORKERS": "2", "BENTOML_CONTAINERIZED": "true", **SOON}
    with running(tmp_path_factory.mktemp("server"), **variables) as server:
        yield server


@pytest.fixture
def workers(server: Server) -> list[psutil.Process]:
    """Both of its workers, when both are ready."""
    wait_until(lambda: len(server.workers()) == 2 and all(map(listens, server.workers())))
    time.sleep(0.5)  # until each has said so
    return server.workers()


def listens(worker: psutil.Process) -> bool:
    """Does this worker listen for gRPC, as it does when it has loaded its model?"""
    listening = [c for c in worker.net_connections() if c.status == psutil.CONN_LISTEN]
    return len(listening) == 2


def replaced(server: Server, workers: list[psutil.Process]) -> bool:
    """Has exactly one of these workers given place to another?"""
    return len(server.workers()) == 2 and len({*server.workers()} - {*workers}) == 1


@contextmanager
def hard_work(server: Server) -> Iterator[list[int]]:
    """Four clients that ask for batch after batch; gives the statuses."""
    answers: list[int] = []
    stopping = threading.Event()
    batch = json.dumps([FILM] * 5000).encode()

    def ask() -> None:
        headers = {"Content-Type": "application/json"}
        while not stopping.is_set():
            request = urllib.request.Request(f"{server.http}/v1/predictions", batch, headers)
            with urllib.request.urlopen(request, timeout=60) as answer:
                answers.append(answer.status)

    with ThreadPoolExecutor(4) as clients:
        asked = [clients.submit(ask) for _ in range(4)]
        try:
            yield answers
        finally:
            stopping.set()
        for client in asked:
            client.result()


def test_only_rest_and_grpc_have_a_port(server: Server, workers: list[psutil.Process]) -> None:
    ports = {
        connection.laddr.port
        for process in (server.process, *workers)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert {server.port, server.grpc_port} == ports


def test_a_worker_that_is_killed_is_replaced_in_a_container_too(
    server: Server, workers: list[psutil.Process]
) -> None:
    victim, other = workers
    victim.kill()

    wait_until(lambda: replaced(server, workers))
    assert other in server.workers()


def test_a_worker_that_stands_still_is_replaced_and_one_that_works_hard_is_not(
    server: Server, workers: list[psutil.Process]
) -> None:
    victim, other = workers
    victim.suspend()
    with hard_work(server) as answers:
        wait_until(lambda: replaced(server, workers))

    assert {200} == {*answers}
    assert other in server.workers()
    assert f"Worker {victim.pid} hangs" in server.log.read_text()


def test_a_server_ends_although_a_worker_stands_still_and_leaves_no_file_behind(
    model_tag: str, tmp_path: Path
) -> None:
    with running(tmp_path, **SOON) as server:
        server.workers()[0].suspend()
        server.process.send_signal(signal.SIGTERM)

        assert 0 == server.process.wait(15)
        assert [] == list(server.temporary.glob("box-office-*"))


def test_the_workers_of_a_server_that_is_killed_end_and_free_its_ports(
    model_tag: str, tmp_path: Path
) -> None:
    with running(tmp_path, BOX_OFFICE_WORKERS="2") as server:
        workers = server.workers()
        server.process.kill()

        _, left = psutil.wait_procs(workers, timeout=10)
        for worker in left:
            worker.kill()
        assert [] == left
        for port in (server.port, server.grpc_port):
            with socket.socket() as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(("127.0.0.1", port))
