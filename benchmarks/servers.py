"""A server from start to stop: its processes, their memory, its log."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


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
        sizes = sorted(map(_pss, _tree(self.process.pid)), reverse=True)
        return sum(sizes[: self.workers]) / self.workers / 1e6, sum(sizes) / 1e6

    def kill_a_worker(self) -> None:
        """Kill the largest process, with no chance to answer what it has begun."""
        os.kill(max(_tree(self.process.pid), key=_pss), signal.SIGKILL)

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
    tree = _tree(process.pid)
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in tree:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _tree(pid: int) -> list[int]:
    """The ids of a process and of all that it started."""
    try:
        children = [
            int(child)
            for listing in Path(f"/proc/{pid}/task").glob("*/children")
            for child in listing.read_text().split()
        ]
    except OSError:
        return []
    return [pid, *(below for child in children for below in _tree(child))]


def _pss(pid: int) -> int:
    """Memory of a process in bytes; shared memory is divided among the processes that share it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
