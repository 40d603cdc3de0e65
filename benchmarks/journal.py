"""What the journal costs: servers without, with a folder and with stdout, in turns in one run.

`python -m benchmarks.journal [--seconds 1] [--rounds 8] [--starts 8]` prints a table. All films are
journaled. How many requests a server answers also depends on what else the processors do; how long
it has had of them for each does so less. A process is a few percent faster or slower than another
of the same code for as long as it lives, so that the servers are started several times.
"""

import argparse
import contextlib
import re
import signal
import statistics
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from benchmarks import load
from benchmarks.contenders import CONTENDERS, Contender
from benchmarks.load import Load, MissingTool, check_tools
from benchmarks.machine import Machine
from benchmarks.material import Material
from benchmarks.servers import Server

CONNECTIONS = 16
PATIENCE = 60.0  # seconds to the first answer
WRITTEN = 1.5  # seconds until all is written, so that no server is busy in the turn of another
WITHOUT = "off"


class Turn(NamedTuple):
    """What a server did: its load, and microseconds of a processor for each request."""

    load: Load
    cpu: float


Runs = dict[str, list[Turn]]
Counts = Counter[tuple[str, str]]  # records by journal and what became of them


def contenders(folder: Path) -> dict[str, Contender]:
    """Box Office with each journal, by what the table calls it."""
    places = {WITHOUT: "off", "a folder": str(folder / "journal"), "stdout": "stdout"}
    return {title: _journaling(place) for title, place in places.items()}


def _journaling(place: str) -> Contender:
    ours = CONTENDERS["box_office"]

    def environment(port: int, grpc_port: int) -> dict[str, str]:
        return {**ours.environment(port, grpc_port), "BOX_OFFICE_JOURNAL": place}

    return replace(ours, environment=environment)


@contextlib.contextmanager
def started(material: Material, folder: Path) -> Iterator[dict[str, Server]]:
    """All servers, when each of their workers has started."""
    with contextlib.ExitStack() as stack:
        servers = {
            title: stack.enter_context(contender.start(material, folder / f"{number}.log"))
            for number, (title, contender) in enumerate(contenders(folder).items())
        }
        end = time.monotonic() + PATIENCE
        for server in servers.values():
            while server.started_workers() < server.workers:
                server.check_alive()
                if time.monotonic() > end:
                    raise OSError(f"no answer within {PATIENCE:g} s")
                time.sleep(0.1)
        yield servers


def measured(
    servers: Mapping[str, Server], material: Material, rounds: int, seconds: int, folder: Path
) -> Runs:
    """Load the servers in turns, each round in another order; the first round warms them up."""
    runs: Runs = {title: [] for title in servers}
    order = [*servers]
    for number in range(rounds + 1):
        for title in order:
            done = turn(servers[title], material, seconds, folder)
            if number:
                runs[title].append(done)
        order = [*order[1:], order[0]]
    return runs


def turn(server: Server, material: Material, seconds: int, folder: Path) -> Turn:
    """Load a server for some seconds, and wait until all is written."""
    before, one = server.cpu(), CONTENDERS["box_office"].one
    run = load.post(one, server.port, material.parts(1), CONNECTIONS, seconds, folder)
    time.sleep(WRITTEN)
    return Turn(run, (server.cpu() - before) / (run.requests_per_s * seconds) * 1e6)


def records(server: Server) -> dict[str, int]:
    """How many records are written and dropped."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = re.findall(r'^box_office_journal_records_total{outcome="(\w+)"} (\S+)', text, re.M)
    return {outcome: int(float(count)) for outcome, count in found}


def table(runs: Sequence[Runs], counts: Counts) -> str:
    """The figures of all starts: medians; a change is the mean of the starts, and its error."""
    lines = [
        "| journal | requests/s | change | CPU, us a request | change "
        "| p50, ms | p99, ms | written | dropped |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for title in runs[0]:
        every = [_figures(turn) for start in runs for turn in start[title]]
        rate, cpu, p50, p99 = map(statistics.median, zip(*every, strict=True))
        rates, cpus = (_told([_median_change(start, title, f) for start in runs]) for f in (0, 1))
        written, dropped = (counts[title, name] for name in ("written", "dropped"))
        lines.append(
            f"| {title} | {rate:,.0f} | {rates} | {cpu:.1f} | {cpus} "
            f"| {p50:.2f} | {p99:.2f} | {written:,.0f} | {dropped:,.0f} |"
        )
    return "\n".join(lines)


def _figures(turn: Turn) -> tuple[float, float, float, float]:
    run = turn.load
    return run.requests_per_s, turn.cpu, run.p50_ms or 0, run.p99_ms or 0


def _median_change(start: Runs, title: str, figure: int) -> float:
    """By how much a figure differs from that without a journal, median of a start's rounds."""
    pairs = zip(map(_figures, start[title]), map(_figures, start[WITHOUT]), strict=True)
    return statistics.median(one[figure] / other[figure] - 1 for one, other in pairs)


def _told(of_starts: list[float]) -> str:
    if len(of_starts) < 2 or not any(of_starts):
        return f"{statistics.mean(of_starts):+.1%}"
    error = statistics.stdev(of_starts) / len(of_starts) ** 0.5
    return f"{statistics.mean(of_starts):+.1%} ± {error:.1%}"


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=1, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=8, help="of a start")
    parser.add_argument("--starts", type=int, default=8, help="of the servers")
    arguments = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers are stopped
    try:
        check_tools()
        material = Material.of_latest_model()
        runs: list[Runs] = []
        counts: Counts = Counter()
        for _ in range(arguments.starts):
            with (
                tempfile.TemporaryDirectory() as name,
                started(material, folder := Path(name)) as all_,
            ):
                runs.append(measured(all_, material, arguments.rounds, arguments.seconds, folder))
                for title, server in all_.items():
                    counts.update({(title, n): c for n, c in records(server).items()})
    except (MissingTool, OSError) as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    print(f"REST, one film, {CONNECTIONS} connections; {Machine.this()}\n")
    print(table(runs, counts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
