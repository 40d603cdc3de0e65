"""How fast a table of ten million films is forecast, and in how much memory.

`python -m benchmarks.score [--films 1000000] [--kind csv]` makes a table from a seed and measures
`training.score` on it. Beside it are measured as many bare predictors as there are cores, each in
a process of its own, of which only the time in `predict` counts, and `mlserver infer`, where it is
there.
`--write` also puts the page into benchmarks/score.md.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.contenders import CONTENDERS, ROOT
from benchmarks.infer import FORMS, infer
from benchmarks.large_table import GROUP, write
from benchmarks.machine import Machine, Others
from benchmarks.material import Material
from benchmarks.scale import run
from service.model.predictor import Predictor
from service.settings import SERVING

PAGE = Path("benchmarks/score.md")
BATCH = 20_000  # films in one call of a bare predictor, as in one of training.score


def bare(folder: Path, table: Path, groups: list[int]) -> tuple[int, float]:
    """How many films a predictor forecasts, and the seconds of that alone."""
    predictor = Predictor.load(folder)
    films, seconds = 0, 0.0
    for columns in _columns(table, groups, predictor):
        begin = time.perf_counter()
        films += len(predictor.predict(columns).horizon)
        seconds += time.perf_counter() - begin
    return films, seconds


def _columns(table: Path, groups: list[int], predictor: Predictor) -> Iterator[dict[str, Any]]:
    labels = predictor.manifest.categories
    with pq.ParquetFile(table) as file:
        for batch in file.iter_batches(BATCH, row_groups=groups):
            yield {
                name: batch[name].to_pylist()
                if name in labels
                else batch[name].to_numpy(zero_copy_only=False).astype(np.float64)
                for name in batch.schema.names[1:]
            }


def bare_rate(material: Material, table: Path, films: int, processes: int) -> float:
    """Films per second of several bare predictors at once."""
    groups = list(range(-(-films // GROUP)))
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        shares = [
            pool.submit(bare, material.folder / SERVING, table, groups[place::processes])
            for place in range(processes)
        ]
        measured = [share.result() for share in shares]
    return sum(count for count, _ in measured) / max(seconds for _, seconds in measured)


def measure(films: int, kind: str, peer: int) -> str:
    """The page of a run."""
    others, machine = Others(), Machine.this()
    material, cores = Material.of_latest_model(), machine.cores
    rows: list[tuple[str, str, float, str]] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in ("service", "training"):
            (folder / name).symlink_to(ROOT / name)
        manifest = Predictor.load(material.folder / SERVING).manifest
        drawn = folder / "bare.parquet"
        least = min(films, GROUP * 5 * cores)
        write(drawn, least, manifest)
        write(folder / f"table.{kind}", films, manifest)
        command = (
            f"python -m training.score table.{kind} out --format {kind} --model {material.tag}"
        )
        before = bare_rate(material, drawn, least, cores)
        stage = run(command, folder)
        # The machine may be another one by now: what it reached before and after is what counts.
        reached = (before + bare_rate(material, drawn, least, cores)) / 2
        rate = films / stage.seconds
        rows += [
            (f"`training.score`, {kind} to {kind}", f"{films:,}", rate, f"{stage.mb:,.0f} MB"),
            (f"{cores} bare predictors, predict() alone", f"{least:,}", reached, ""),
        ]
        if absent := CONTENDERS["mlserver"].absent:
            print(f"score: MLServer is not measured: {absent}", file=sys.stderr)
        else:
            for form in FORMS:
                rate_of_peer = infer(material, form, peer, folder)
                rows.append((f"`mlserver infer`, {form.title}", f"{peer:,}", rate_of_peer, ""))
    lines = [
        f"| {title} | {count} | {each:,.0f} | {rate / each:.2f} | {memory} |"
        for title, count, each, memory in rows
    ]
    return "\n".join(
        [
            "# A whole table",
            "",
            f"`python -m benchmarks.score --films {films} --kind {kind}` on {machine.cpu}, "
            f"{cores} cores, {machine.day}; other work used {others.share():.0%} of the cores. "
            f"`training.score` took {stage.seconds:.1f} s with its start, and all of its processes "
            f"{stage.mb:,.0f} MB of memory at most (PSS).",
            "Wanted are at least 0.60 of the bare predictors, 20 times `mlserver infer`, and at "
            "most 2,000 MB.",
            "",
            "| | films | films/s | of it, `training.score` reaches | memory |",
            "| --- | ---: | ---: | ---: | ---: |",
            *lines,
            "",
        ]
    )


def main(argv: list[str] | None = None) -> int:
    """Measure, and print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=10_000_000)
    parser.add_argument("--kind", choices=["csv", "parquet"], default="parquet")
    parser.add_argument("--peer-films", type=int, default=50_000, help="for `mlserver infer`")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}, too")
    arguments = parser.parse_args(argv)
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        page = measure(arguments.films, arguments.kind, arguments.peer_films)
    except OSError as error:
        print(f"score: {error}", file=sys.stderr)
        return 1
    print(page)
    if arguments.write:
        PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
