"""Where the processor's time of one request goes, in one process, beside that of a constant.

`python -m benchmarks.profile [--seconds 10]` loads Box Office and a constant in turn, samples the
Python stacks of Box Office with py-spy meanwhile, and prints a page: what each part takes, in
microseconds a request.
`--write` also puts the page into benchmarks/profile.md.
"""

import argparse
import contextlib
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.check import WrongAnswer
from benchmarks.contenders import CONTENDERS
from benchmarks.load import MissingTool, check_tools
from benchmarks.machine import Machine, Others
from benchmarks.material import Material
from benchmarks.processes import cpu, cpu_of_main_thread
from benchmarks.scenarios import SCENARIOS
from benchmarks.servers import Server
from benchmarks.table import table

PAGE = Path("benchmarks/profile.md")
_OURS, _FLOOR = "one_process", "floor"
_SCENARIOS = ("rest_1", "rest_16", "rest_64", "grpc_16")
_SAMPLES = 250  # a second
_SPY = Path(sys.executable).with_name("py-spy")
_LOOP = "event loop, sockets, the library of gRPC"
_THREADS = "other threads of the library of gRPC"
# A sample is of the first part whose words are in the file of a frame, from the innermost on.
PARTS = {
    "forecast: ONNX Runtime": ("onnxruntime/",),
    "forecast: all else": ("service/model/", "service/films/"),
    "reading a film": ("service/validation.py", "service/rpc/messages.py", "service/rpc/wire.py"),
    "names, journal, metrics": ("service/journal/", "service/telemetry/"),
    "HTTP: uvicorn, sending": (
        "service/rest/connection.py",
        "service/rest/transport.py",
        "uvicorn/",
    ),
    "endpoints, limits, batches, answers": ("service/",),
    _LOOP: ("grpc/", "asyncio/", "uvloop/"),
}


class Cost(NamedTuple):
    """Microseconds of the processor for one request, by part, and for a constant in its place."""

    parts: dict[str, float]
    constant: float


def part_of(stack: str) -> str:
    """The part of a stack of py-spy, "function (file:line)" from the outermost on, with ";"."""
    for frame in reversed(stack.split(";")):
        for part, words in PARTS.items():
            if any(f"({word}" in frame or f"/{word}" in frame for word in words):
                return part
    return _LOOP


def shares(samples: Iterable[str]) -> dict[str, float]:
    """The share of each part in samples, which are lines of a stack and a count."""
    counts: Counter[str] = Counter()
    for line in samples:
        stack, _, count = line.rpartition(" ")
        counts[part_of(stack)] += int(count)
    return {part: counts[part] / counts.total() for part in PARTS if counts[part]}


def cost(
    scenario: str, servers: dict[str, Server], material: Material, seconds: int, folder: Path
) -> Cost:
    """What a request of a scenario costs; raises WrongAnswer, or OSError without samples."""
    asked, pid, stacks = SCENARIOS[scenario], servers[_OURS].process.pid, folder / "stacks"
    stacks.unlink(missing_ok=True)
    asked.measure(_OURS, servers[_OURS], material, 1, folder)
    before, main_before = cpu(pid), cpu_of_main_thread(pid)
    with _sampled(pid, seconds, stacks):
        run = asked.measure(_OURS, servers[_OURS], material, seconds, folder)
    main = (cpu_of_main_thread(pid) - main_before) / (cpu(pid) - before)
    whole = run.cpu_us
    parts = {n: each * whole * main for n, each in shares(stacks.read_text().splitlines()).items()}
    floor = asked.measure(_FLOOR, servers[_FLOOR], material, seconds, folder)
    return Cost(parts | {_THREADS: whole * (1 - main)}, floor.cpu_us)


@contextlib.contextmanager
def _sampled(pid: int, seconds: int, stacks: Path) -> Iterator[None]:
    command = [
        *(_SPY, "record", "--pid", pid, "-d", seconds, "--rate", _SAMPLES),
        *("--format", "raw", "--output", stacks),
    ]
    with subprocess.Popen(
        list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as spy:
        yield
        _, said = spy.communicate(timeout=60)
    if spy.returncode or not stacks.exists():
        raise OSError(f"py-spy has no samples: {said[-500:]}")


def page(costs: dict[str, Cost], machine: Machine, others: float) -> str:
    """The costs as a page."""
    rows = [
        [part, *(f"{cost.parts.get(part, 0):.0f}" for cost in costs.values())]
        for part in (*PARTS, _THREADS)
    ]
    sums = [sum(cost.parts.values()) for cost in costs.values()]
    rows += [
        ["**all of it**", *(f"**{each:.0f}**" for each in sums)],
        ["a constant in its place", *(f"{cost.constant:.0f}" for cost in costs.values())],
        [
            "a constant / all of it",
            *(f"{c.constant / each:.2f}" for c, each in zip(costs.values(), sums, strict=True)),
        ],
    ]
    heads = [SCENARIOS[name].title for name in costs]
    return f"""# A request

`python -m benchmarks.profile --write` measures again, with the environment of `make bench`: on
{machine.cpu}, {machine.cores} cores, Python {machine.python}, {machine.day}. Other work used
{others:.0%} of the cores at the same time.

Microseconds of the processor for one film in one process: all that `/proc` says of it, divided by
the samples of py-spy that each part has. The last rows are of a bare ASGI application and a bare
method of grpc.aio, on the same uvicorn and gRPC.

{table(["", *heads], rows)}"""


def main(argv: list[str] | None = None) -> int:
    """Measure, and print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}, too")
    arguments = parser.parse_args(argv)
    try:
        check_tools()
        others, material = Others(), Material.of_latest_model()
        with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
            servers = {}
            for key in (_OURS, _FLOOR):
                started = CONTENDERS[key].start(material, Path(name, f"{key}.log"))
                servers[key] = stack.enter_context(started)
                CONTENDERS[key].wait(servers[key], material)
            costs = {
                each: cost(each, servers, material, arguments.seconds, Path(name))
                for each in _SCENARIOS
            }
    except (MissingTool, WrongAnswer, OSError) as error:
        print(f"profile: {error}", file=sys.stderr)
        return 1
    text = page(costs, Machine.this(), others.share())
    print(text)
    if arguments.write:
        PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
