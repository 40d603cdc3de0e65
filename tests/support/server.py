"""A server in a process of its own, which cannot import what only training needs."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from rehearsal.port import free_port
from tests.support.light import light_environment
from tests.support.project import ROOT

SERVICE = "service.service:BoxOffice"
RPC_ALONE = (sys.executable, "-m", "service.rpc.server")
# The ways to serve REST and gRPC, which promise the same.
BENTOML, ONE_PROCESS = WAYS = ("bentoml serve", "one process")


def serve(target: str = SERVICE, way: str = BENTOML) -> tuple[str, ...]:
    """The command that serves a service or a bento over REST, and over gRPC where it has a port."""
    words = ("bentoml", "serve", target) if way == BENTOML else ("service",)
    return (sys.executable, "-m", *words, "--host=127.0.0.1")


@dataclass
class Server:
    """A process that serves: where it answers, how many it has answered, what it says."""

    process: psutil.Popen
    home: Path
    port: int
    grpc_port: int
    log: Path

    @property
    def http(self) -> str:
        """The URL of REST."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def grpc(self) -> str:
        """HOST:PORT of gRPC."""
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def temporary(self) -> Path:
        """Where it puts temporary files."""
        return self.log.with_name("tmp")

    def metrics(self) -> list[Path]:
        """The files that its workers count in."""
        return sorted(self.temporary.glob("box-office-server-*/*.db"))

    def keep_counts(self) -> None:
        """Let `counted` say, also when the server has ended, what the workers of now count."""
        (kept := self.log.with_name("counts")).mkdir()
        for file in self.metrics():
            (kept / file.name).hardlink_to(file)

    def counted(self, endpoint: str, outcome: str = "ok") -> float:
        """How many requests the server says it answered, with the counts that were kept."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self.log.with_name("counts")))
        labels = {"endpoint": endpoint, "outcome": outcome}
        return registry.get_sample_value("box_office_requests_total", labels) or 0

    def workers(self) -> list[psutil.Process]:
        """Those that `bentoml serve` has started, or the one process that does all."""
        children = [child for child in self.process.children() if _is_worker(child)]
        return children if "bentoml" in self.process.args else [self.process]

    def started_workers(self) -> int:
        return self.log.read_text().count("Service box_office initialized")

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Return when it answers wherever it has a port; an error where it ends instead."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self._ask_whether_ready()
                return
            except (OSError, grpc.FutureTimeoutError):
                time.sleep(0.1)
        raise AssertionError(f"the server did not become ready:\n{self.log.read_text()}")

    def _ask_whether_ready(self) -> None:
        if self.port:
            urllib.request.urlopen(f"{self.http}/readyz", timeout=5).close()
        if self.grpc_port:
            with grpc.insecure_channel(self.grpc) as channel:
                grpc.channel_ready_future(channel).result(timeout=2)

    def end(self) -> None:
        """End it as a platform does; whatever does not end in time is killed, and an error."""
        if self.process.poll() is not None:
            return
        everything = [*self.process.children(recursive=True), self.process]
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            for left in everything:
                with suppress(psutil.NoSuchProcess):
                    left.kill()


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "_bentoml_impl.worker.service" in process.cmdline()
    except psutil.Error:  # it has just ended
        return False


@contextmanager
def running(
    folder: Path,
    target: str = SERVICE,
    code: Path = ROOT,
    under: Sequence[str] = (),
    way: str = BENTOML,
    **variables: str,
) -> Iterator[Server]:
    """Serve over REST and gRPC in one of WAYS; a bento has the code of the service with it.

    The command may run under another one, which replaces itself with it.
    """
    ports = free_port(), int(variables.setdefault("BOX_OFFICE_GRPC_PORT", str(free_port())))
    path = (code,) if target == SERVICE else ()
    (folder / "tmp").mkdir(exist_ok=True)
    places = {"BENTOML_HOME": str(_home(folder)), "TMPDIR": str(folder / "tmp")}
    env = light_environment(folder, *path, **{**places, **variables})
    command = (*under, *serve(target, way), f"--port={ports[0]}")
    with _running(command, folder, env, ports) as server:
        yield server


@contextmanager
def running_rpc_alone(
    folder: Path, port_in: str = "BOX_OFFICE_GRPC_PORT", **variables: str
) -> Iterator[Server]:
    """Serve gRPC alone, on a port that one variable or another names."""
    variables[port_in] = str(port := free_port())
    env = light_environment(folder, ROOT, BENTOML_HOME=str(_home(folder)), **variables)
    with _running(RPC_ALONE, folder, env, (0, port)) as server:
        yield server


def refusal_to_start(command: Sequence[str], folder: Path, **variables: str) -> str:
    """What a server says that refuses to start: one sentence."""
    run = subprocess.run(
        command,
        cwd=folder,
        env=light_environment(folder, ROOT, **variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = (run.stdout + run.stderr).splitlines()
    assert (1, 1) == (run.returncode, len(lines)), lines
    return lines[0]


def wait_until(happened: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def _running(
    command: Sequence[str], folder: Path, env: dict[str, str], ports: tuple[int, int]
) -> Iterator[Server]:
    log = folder / "serve.log"
    with log.open("w") as out:
        process = psutil.Popen(command, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT)
    server = Server(process, Path(env["BENTOML_HOME"]), *ports, log)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.end()


def _home(folder: Path) -> Path:
    """A BENTOML_HOME with the models and bentos of this run, but with counts of its own."""
    home = folder / "home"
    home.mkdir()
    for store in ("models", "bentos"):
        source = Path(os.environ["BENTOML_HOME"]) / store
        if source.is_dir():
            (home / store).symlink_to(source)
    return home
