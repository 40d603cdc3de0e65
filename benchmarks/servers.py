"""A server from start to stop: its processes, their memory, its log."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import cpu, pss, tree


@dataclass(frozen=True)
class Server:
    """A running server: its first process, its ports, and how many workers it has."""

    process: "subprocess.Popen[bytes]"
    port: int
    grpc_port: int
    workers: int
    log: Path

    def memory(self) -> tuple[float, float]:
        """PSS in MB: the mean of the workers, which are the largest processes, and the sum."""
        sizes = sorted(map(pss, tree(self.process.pid)), reverse=True)
        return sum(sizes[: self.workers]) / self.workers / 1e6, sum(sizes) / 1e6

    def cpu(self) -> float:
        """Seconds that all its processes have had of a processor."""
        return sum(map(cpu, tree(self.process.pid)))

    def kill_a_worker(self) -> None:
        """Kill the largest process, with no chance to answer what it has begun."""
        os.kill(max(tree(self.process.pid), key=pss), signal.SIGKILL)

    def started_workers(self) -> int:
        """How many workers have started so far, as the log of a BentoML server has it."""
        return self.log.read_text().count("Service box_office initialized")

    def check_alive(self) -> None:
        """Raise OSError with the end of the log if the server has ended."""
        if self.process.poll() is not None:
            raise OSError(f"the server ended:\n{self.log.read_text()[-2000:]}")


@contextmanager
def running(
    command: Sequence[str],
    environment: Mapping[str, str],
    ports: tuple[int, int],
    workers: int,
    log: Path,
) -> Iterator[Server]:
    """Start a server; at the end, stop it and all its processes."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield Server(process, *ports, workers, log)
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    processes = tree(process.pid)
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
