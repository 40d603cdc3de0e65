"""How the pipeline grows: every stage on 1, 10, 30 and 100 times the films of params.yaml.

`python -m benchmarks.scale [--times 1 10 30]` runs the stages of dvc.yaml in a copy of the project,
and prints the figures as a page; `--write` also puts it into benchmarks/scale.md.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import yaml

from benchmarks.background import beside
from benchmarks.copies import multiply
from benchmarks.growth import Growth, Stage
from benchmarks.machine import Machine, Others
from benchmarks.processes import pss, tree
from training.common import params

PAGE = Path("benchmarks/scale.md")
COUNTS = Path("reports/prepare.json")
PAUSE = 0.1  # seconds between two looks at the memory


def lay_out(folder: Path, times: int) -> None:
    """A project in an empty folder: the code and the parameters, and `times` as many films."""
    for name in ("service", "training"):
        shutil.copytree(name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(params.PARAMS, folder)
    for source in map(Path, params.load().ingest.source):
        multiply(source, times, folder / source)


def run(command: str, folder: Path) -> Stage:
    """How long a stage takes, and its memory; raises OSError with what it said where it fails."""
    program, *words = shlex.split(command)
    begin = time.perf_counter()
    with (folder / "stage.log").open("w+b") as log:
        process = subprocess.Popen(
            [sys.executable if program == "python" else program, *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        sizes = [0]

        def watch(ended: threading.Event) -> None:
            while not ended.wait(PAUSE):
                sizes.append(sum(map(pss, tree(process.pid))))

        with beside(watch):
            _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if status:
            log.seek(0)
            raise OSError(f"`{command}` failed:\n{log.read().decode()[-2000:]}")
    return Stage(seconds=seconds, busy=used.ru_utime + used.ru_stime, mb=max(sizes) / 1e6)


def measure(sizes: list[int]) -> Growth:
    """Every stage at every size, the smallest size first."""
    others, growth = Others(), Growth(machine=Machine.this())
    commands = {
        name: stage["cmd"]
        for name, stage in yaml.safe_load(Path("dvc.yaml").read_text())["stages"].items()
    }
    for times in sorted(set(sizes)):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            lay_out(folder, times)
            for name, command in commands.items():
                stage = run(command, folder)
                print(
                    f"{times} x: {name}: {stage.seconds:.1f} s, {stage.mb:.0f} MB",
                    file=sys.stderr,
                )
                growth.stages.setdefault(name, {})[times] = stage
            growth.films[times] = json.loads((folder / COUNTS).read_bytes())["films"]
    growth.others = others.share()
    return growth


def main(argv: list[str] | None = None) -> int:
    """Measure, and print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10, 30, 100])
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}, too")
    arguments = parser.parse_args(argv)
    try:
        page = measure(arguments.times).markdown()
    except OSError as error:
        print(f"scale: {error}", file=sys.stderr)
        return 1
    print(page)
    if arguments.write:
        PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
