"""How long a start takes, by parts, and its memory: one process beside `bentoml serve`.

`python -m benchmarks.start [--runs 7]` starts both ways in turn with the latest model of the
BentoML store, prints the medians as a page, and ends with 1 where one process takes more than is
wanted.
`--write` also puts the page into benchmarks/start.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchmarks.contenders import ENVIRONMENT
from benchmarks.machine import Machine, Others
from benchmarks.processes import cpu, pss, rss, tree
from benchmarks.servers import Server, running
from benchmarks.startup import ALONE, FIRST, MEMORY, SUPERVISED, Startup
from rehearsal.port import free_port
from service.films.schema import EXAMPLE
from service.store import stored

PAGE = Path("benchmarks/start.md")
PAUSE = 0.002  # seconds between two questions
_PATIENCE = 60
_CLOCK = "import json, sys, time; times = [time.monotonic()]\n"
_TELL = "times.append(time.monotonic())\n"
# What each process imports before it serves, and the model that the last of them loads.
_SUPERVISOR = f"{_CLOCK}import bentoml_cli.cli, service.service, service.supervisor\n{_TELL}{_TELL}"
_SERVING = f"""{_CLOCK}
import uvloop, uvicorn, service.rpc.server
from service.service import BoxOffice
BoxOffice.to_asgi()
{_TELL}
BoxOffice()
{_TELL}"""
_PROGRAMS = {ALONE: (_SERVING,), SUPERVISED: (_SUPERVISOR, _SERVING)}
_COMMANDS = {
    ALONE: ("-m", "service"),
    SUPERVISED: ("-m", "bentoml", "serve", "service.service:BoxOffice"),
}


def parts(program: str, environment: dict[str, str]) -> dict[str, float]:
    """Seconds of Python itself, of modules and of the model, in a process of its own."""
    begin = time.monotonic()
    told = subprocess.run(
        [sys.executable, "-c", f"{program}\nprint(json.dumps(times))"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    times = [begin, *json.loads(told.splitlines()[-1])]
    names = ("Python itself", "modules", "the model")
    return {name: times[at + 1] - times[at] for at, name in enumerate(names)}


def whole(way: str, environment: dict[str, str], log: Path) -> dict[str, float]:
    """Seconds until a server listens and forecasts, its processor time then, and its memory."""
    ports = free_port(), free_port()
    grpc = {"BOX_OFFICE_GRPC_HOST": "127.0.0.1", "BOX_OFFICE_GRPC_PORT": str(ports[1])}
    command = [sys.executable, *_COMMANDS[way], "--host", "127.0.0.1", "--port", str(ports[0])]
    begin = time.monotonic()
    with running(command, environment | grpc, ports, 1, log) as server:
        first = _seconds(server, begin, _forecast)
        processes = tree(server.process.pid)
        return {
            FIRST: first,
            "processor time until then": sum(map(cpu, processes)),
            MEMORY: sum(map(rss, processes)) / 1e6,
            "memory of all processes, PSS": sum(map(pss, processes)) / 1e6,
        }


def _seconds(server: Server, begin: float, ask: Callable[[int], None]) -> float:
    """Seconds from the beginning until it is answered; raises OSError where it is not."""
    while True:
        try:
            ask(server.port)
            return time.monotonic() - begin
        except OSError:
            server.check_alive()
            if time.monotonic() - begin > _PATIENCE:
                raise
            time.sleep(PAUSE)


def _forecast(port: int) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/prediction",
        json.dumps(EXAMPLE).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=_PATIENCE).close()


def measure(count: int) -> Startup:
    """So many starts of each way, in turn."""
    others, tag = Others(), str(stored("box_office:latest").tag)
    environment = ENVIRONMENT | {"BOX_OFFICE_MODEL": tag}
    startup = Startup(machine=Machine.this(), model=tag, runs={way: [] for way in _COMMANDS})
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            for way, programs in _PROGRAMS.items():
                alone = [parts(program, environment) for program in programs]
                summed = {name: sum(each[name] for each in alone) for name in alone[0]}
                startup.runs[way].append(summed | whole(way, environment, Path(folder, "log")))
    startup.others = others.share()
    return startup


def main(argv: list[str] | None = None) -> int:
    """Measure, and print the page; 1 where one process takes more than is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}, too")
    arguments = parser.parse_args(argv)
    try:
        startup = measure(arguments.runs)
    except OSError as error:
        print(f"start: {error}", file=sys.stderr)
        return 1
    print(startup.markdown())
    if arguments.write:
        PAGE.write_text(startup.markdown(), encoding="utf-8")
    for complaint in startup.complaints():
        print(f"start: {complaint}", file=sys.stderr)
    return 1 if startup.complaints() else 0


if __name__ == "__main__":
    sys.exit(main())
