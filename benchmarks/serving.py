"""Box Office beside what one might use instead, with the same model and the same films.

`python -m benchmarks.serving [--seconds 3] [--rounds 3] [--only box_office,fastapi]` prints a
table. If everything is measured, it also writes the table and a chart to this folder.
"""

import argparse
import contextlib
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks import chart, table
from benchmarks.check import WrongAnswer
from benchmarks.contenders import CONTENDERS
from benchmarks.load import MissingTool, check_tools
from benchmarks.machine import Machine, Others
from benchmarks.material import Material
from benchmarks.results import Results, Run, Start
from benchmarks.scenarios import SCENARIOS
from benchmarks.servers import Server

HERE = Path(__file__).parent
WARM_UP = 1  # seconds of load before memory is read and before the rounds


class Bench:
    """The contenders and scenarios of one run, and a folder for its files."""

    def __init__(
        self, contenders: list[str], scenarios: list[str], seconds: int, folder: Path
    ) -> None:
        self.material = Material.of_latest_model()
        self.contenders = {k: CONTENDERS[k] for k in contenders if not CONTENDERS[k].absent}
        self.scenarios = {k: SCENARIOS[k] for k in scenarios}
        self.seconds = seconds
        self.folder = folder

    def starts(self, times: int) -> dict[str, list[Start]]:
        """Start each contender several times, alone."""
        return {k: [self._start(k) for _ in range(times)] for k in self.contenders}

    def _start(self, key: str) -> Start:
        begin = time.perf_counter()
        with self.contenders[key].start(self.material, self.folder / f"{key}.log") as server:
            self.contenders[key].wait(server, self.material)
            ready = time.perf_counter() - begin
            self._warm_up(key, server)
            worker, all_ = server.memory()
        _say(f"{key}: ready after {ready:.2f} s, {worker:.0f} MB a worker")
        return Start(ready_s=ready, worker_mb=worker, all_mb=all_)

    def rounds(self, times: int) -> dict[str, dict[str, list[Run]]]:
        """Start all contenders, then measure them in turn, several times."""
        runs: dict[str, dict[str, list[Run]]] = {name: {} for name in self.scenarios}
        with contextlib.ExitStack() as stack:
            servers = {}
            for key, contender in self.contenders.items():
                log = self.folder / f"{key}.log"
                servers[key] = stack.enter_context(contender.start(self.material, log))
                contender.wait(servers[key], self.material)
                self._warm_up(key, servers[key])
            for _ in range(times):
                self._round(servers, runs)
        return runs

    def _round(self, servers: dict[str, Server], runs: dict[str, dict[str, list[Run]]]) -> None:
        for name, scenario in self.scenarios.items():
            for key in [key for key in servers if key in scenario.endpoints]:
                servers[key].check_alive()
                run = scenario.measure(key, servers[key], self.material, self.seconds, self.folder)
                runs[name].setdefault(key, []).append(run)
                _say(f"{key}, {scenario.title}: {run.films_per_s:,.0f} films/s")

    def _warm_up(self, key: str, server: Server) -> None:
        SCENARIOS["rest_16"].measure(key, server, self.material, WARM_UP, self.folder)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=3)
    for name, names in ("--only", list(CONTENDERS)), ("--scenarios", list(SCENARIOS)):
        parser.add_argument(
            name, type=partial(_some_of, names), default=names, help=f"of {','.join(names)}"
        )
    return parser.parse_args(argv)


def _some_of(allowed: list[str], text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= set(allowed):
        raise argparse.ArgumentTypeError(f"{text} is not of {','.join(allowed)}")
    return names


def _measure(arguments: argparse.Namespace) -> Results:
    contenders, scenarios, others = arguments.only, arguments.scenarios, Others()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(contenders, scenarios, arguments.seconds, Path(folder))
        return Results(
            machine=Machine.this(),
            model=bench.material.tag,
            seconds=arguments.seconds,
            titles={k: CONTENDERS[k].title for k in contenders},
            absent={k: CONTENDERS[k].absent for k in contenders if CONTENDERS[k].absent},
            scenarios={k: SCENARIOS[k].title for k in scenarios},
            starts=bench.starts(arguments.starts),
            runs=bench.rounds(arguments.rounds),
            others=others.share(),
        )


def main(argv: list[str] | None = None) -> int:
    """Measure and print; write the results if everything was measured."""
    arguments = _arguments(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers are stopped
    try:
        check_tools()
        results = _measure(arguments)
    except (MissingTool, WrongAnswer, OSError) as error:
        _say(f"benchmark: {error}")
        return 1
    print(table.markdown(results))
    if set(arguments.only) == set(CONTENDERS) and set(arguments.scenarios) == set(SCENARIOS):
        (HERE / "results.json").write_text(results.model_dump_json(indent=1) + "\n")
        (HERE / "results.md").write_text(table.markdown(results))
        chart.draw(results, HERE / "results.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
