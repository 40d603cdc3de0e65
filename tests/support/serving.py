"""A real server on ports of its own, where the training packages cannot be imported."""

import asyncio
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from rehearsal.port import free_port
from service.dataplane import Dataplane
from tests.support.project import ROOT

FORBIDDEN = ("pandas", "sklearn", "scipy", "joblib", "pyarrow", "onnx", "skl2onnx", "dvc")
_BLOCK = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {FORBIDDEN!r}:
            raise ImportError(f"{{name}} is not there when serving")

sys.meta_path.insert(0, Blocked())
"""


def light_environment(folder: Path, **variables: str) -> dict[str, str]:
    """The environment of a process that cannot import what only training needs."""
    (folder / "sitecustomize.py").write_text(_BLOCK)
    return {**os.environ, "PYTHONPATH": str(folder), **variables}


class Addresses(NamedTuple):
    """Where a server answers: a URL, and host:port."""

    http: str
    grpc: str


@contextmanager
def serving(target: str, folder: Path, env: dict[str, str]) -> Iterator[str]:
    """Serve a service or a bento from a folder; gives its URL and stops it at the end."""
    port = free_port()
    command = [sys.executable, "-m", "bentoml", "serve", target, "--host", "127.0.0.1"]
    log = folder / f"serve-{port}.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, "--port", str(port)], cwd=folder, env=env, stdout=out, stderr=out
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/readyz", server, log)
        yield url
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def serving_everything(folder: Path, **variables: str) -> Iterator[Addresses]:
    """Serve the service over HTTP and gRPC, with settings from variables."""
    port = free_port()
    env = light_environment(folder, BOX_OFFICE_GRPC_PORT=str(port), **variables)
    env["PYTHONPATH"] += f":{ROOT}"
    with serving("service.service:BoxOffice", folder, env) as url:
        yield Addresses(url, f"127.0.0.1:{port}")


@contextmanager
def serving_grpc(dataplane: Dataplane) -> Iterator[str]:
    """Serve gRPC from a dataplane of this process, in a thread; gives host:port."""
    from service.rpc.server import RpcServer

    async def start() -> RpcServer:
        server = RpcServer(dataplane)
        await server.start("127.0.0.1", 0)
        return server

    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        try:
            yield f"127.0.0.1:{server.port}"
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not become ready:\n{log.read_text()}")
