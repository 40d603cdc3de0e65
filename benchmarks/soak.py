"""Box Office under load for minutes: every transport, a killed worker, a slow client.

`python -m benchmarks.soak [--seconds 600]` measures how much the machine can do, loads it with 70%
of that, and prints the figures as a part of a page. It fails where a request does that was not lost
with the killed worker, or where memory grows by 5%.
"""

import argparse
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.contenders import CONTENDERS
from benchmarks.endurance import Endurance
from benchmarks.machine import Machine, Others
from benchmarks.material import Material
from benchmarks.servers import Server
from benchmarks.slow_client import SlowClient
from benchmarks.traffic import Outcome

LOAD = 0.7  # of what the machine can do
CAPACITY = 5.0  # seconds in which that is measured
# When things happen, as shares of the time: a worker dies, the next one is warm, the end is near.
KILL, WARM, END = 0.1, (0.3, 0.4), (0.9, 1.0)
PATIENCE = 60.0  # seconds to the first answer


class Soak:
    """A running server, and what happens to it."""

    def __init__(self, server: Server, material: Material, seconds: float) -> None:
        self._server = server
        self._material = material
        self._seconds = seconds
        self._memory: list[tuple[float, float]] = []  # share of the time, PSS of all workers in MB
        self._killed: float | None = None
        self._replaced: float | None = None

    def run(self) -> Endurance:
        """Measure what the machine can do, then load it."""
        self._wait()
        capacity = self._finished(self._traffic(CAPACITY)).rate
        _say(f"{capacity:,.0f} requests/s at most; now {LOAD:.0%} of that")
        slow = SlowClient(self._server.port, self._material)
        with slow.beside():
            traffic = self._traffic(self._seconds, "--rate", str(LOAD * capacity))
            self._watch(traffic)
            outcome = self._finished(traffic)
        outcome.failures += slow.failures
        return Endurance(
            machine=Machine.this(),
            capacity=capacity,
            outcome=outcome,
            slow=slow.answered,
            killed=self._killed or 0.0,
            replaced=self._replaced,
            restarts=self._server.started_workers() - self._server.workers,
            warm_mb=self._memory_between(*WARM),
            end_mb=self._memory_between(*END),
        )

    def _wait(self) -> None:
        """Return when all workers answer, and so each has started."""
        end = time.monotonic() + PATIENCE
        while self._server.started_workers() < self._server.workers:
            self._server.check_alive()
            if time.monotonic() > end:
                raise OSError(f"no answer within {PATIENCE:g} s")
            time.sleep(0.1)
        time.sleep(1)

    def _traffic(self, seconds: float, *words: str) -> "subprocess.Popen[str]":
        ports = "--port", str(self._server.port), "--grpc-port", str(self._server.grpc_port)
        command = [sys.executable, "-m", "benchmarks.traffic", *ports, "--seconds", str(seconds)]
        return subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True)

    def _finished(self, traffic: "subprocess.Popen[str]") -> Outcome:
        printed, _ = traffic.communicate()
        if traffic.returncode:
            raise OSError(f"the load ended with {traffic.returncode}")
        return Outcome.model_validate_json(printed)

    def _watch(self, traffic: "subprocess.Popen[str]") -> None:
        """Look at the memory, kill a worker, see it replaced, until the traffic ends."""
        begun = time.monotonic()
        while traffic.poll() is None:
            self._server.check_alive()
            share = (time.monotonic() - begun) / self._seconds
            self._memory.append((share, self._server.memory()[0] * self._server.workers))
            if self._killed is None and share > KILL:
                self._killed = time.monotonic()
                self._server.kill_a_worker()
                _say("killed a worker")
            started = self._server.started_workers() > self._server.workers
            if self._killed and not self._replaced and started:
                self._replaced = time.monotonic()
                _say("another worker has taken its place")
            time.sleep(0.2)

    def _memory_between(self, begin: float, end: float) -> float:
        return statistics.median(mb for share, mb in self._memory if begin <= share <= end)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(argv: list[str] | None = None) -> int:
    """Soak, and print the figures and what is wrong with them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    seconds = parser.parse_args(argv).seconds
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped
    material, others = Material.of_latest_model(), Others()
    try:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "serve.log"
            with CONTENDERS["box_office"].start(material, log) as server:
                endurance = Soak(server, material, seconds).run()
        endurance.others = others.share()
    except OSError as error:
        _say(f"soak: {error}")
        return 1
    print(endurance.markdown())
    for complaint in endurance.complaints():
        _say(f"soak: {complaint}")
    return 1 if endurance.complaints() else 0


if __name__ == "__main__":
    sys.exit(main())
