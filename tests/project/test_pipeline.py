"""dvc.yaml: one real run on invented tables, and what each stage depends on."""

import ast
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from service.model.predictor import Predictor
from tests.support.checkout import Checkout
from tests.support.journals import days, forecasts, outcomes, write
from tests.support.project import ROOT
from training.common import paths

STAGES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
STAGE_NAMES = list(STAGES)


def test_a_run_makes_what_every_stage_promises(first_run: tuple[Checkout, str]) -> None:
    project, printed = first_run

    assert STAGE_NAMES == re.findall(r"Running stage '(\w+)'", printed)
    for stage in STAGES.values():
        for out in outs(stage):
            assert (project.root / out).exists()


def test_a_second_run_reads_the_tables_and_has_nothing_else_to_do(
    first_run: tuple[Checkout, str],
) -> None:
    project, _ = first_run
    before = (project.root / "dvc.lock").read_bytes()

    printed = project.run("dvc", "repro")

    assert ["ingest"] == re.findall(r"Running stage '(\w+)'", printed)
    assert STAGE_NAMES[1:] == re.findall(r"Stage '(\w+)' didn't change, skipping", printed)
    assert before == (project.root / "dvc.lock").read_bytes()


def test_a_forced_run_makes_the_same_bytes(first_run: tuple[Checkout, str]) -> None:
    project, _ = first_run
    before = (project.root / "dvc.lock").read_bytes()

    printed = project.run("dvc", "repro", "--force")

    assert STAGE_NAMES == re.findall(r"Running stage '(\w+)'", printed)
    assert before == (project.root / "dvc.lock").read_bytes()


def test_tables_that_cannot_be_read_leave_what_was_read_before(
    first_run: tuple[Checkout, str],
) -> None:
    project, _ = first_run
    raw = project.root / "raw" / "movies.csv"
    whole = raw.read_bytes()
    outputs = [
        *(project.root / "data" / "ingested").iterdir(),
        project.root / "reports" / "ingest.json",
    ]
    before = [path.read_bytes() for path in outputs]
    raw.write_bytes(b"")
    try:
        with pytest.raises(AssertionError, match=r"movies\.csv is empty"):
            project.run("dvc", "repro", "ingest")
    finally:
        raw.write_bytes(whole)

    assert before == [path.read_bytes() for path in outputs]


@contextmanager
def changed(project: Checkout, name: str, before: str, after: str) -> Iterator[None]:
    """A file of the project with another text in the place of the first such one, for a while."""
    path = project.root / name
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    try:
        yield
    finally:
        path.write_text(text)
        project.run("dvc", "repro")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder on the web."""
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_table_that_has_changed_is_learned_from(first_run: tuple[Checkout, str]) -> None:
    project, _ = first_run

    with changed(project, "raw/movies.csv", "Film 0,Drama", "Film 0,Horror"):
        printed = project.run("dvc", "repro", "train")

    assert ["ingest", "prepare", "train"] == re.findall(r"Running stage '(\w+)'", printed)


def test_a_table_on_the_web_is_learned_from_whenever_it_has_changed_and_only_then(
    first_run: tuple[Checkout, str],
) -> None:
    project, _ = first_run

    with (
        served(project.root / "raw") as address,
        changed(project, "params.yaml", "source: [raw]", f"source: [{address}]"),
    ):
        same = project.run("dvc", "repro", "prepare")
        with changed(project, "raw/movies.csv", "Film 0,Drama", "Film 0,Western"):
            other = project.run("dvc", "repro", "prepare")

    assert ["ingest"] == re.findall(r"Running stage '(\w+)'", same)
    assert ["ingest", "prepare"] == re.findall(r"Running stage '(\w+)'", other)


def test_what_has_become_of_films_is_learned_from_beside_the_tables(
    first_run: tuple[Checkout, str],
) -> None:
    project, _ = first_run
    folder, known = project.root / "models" / "box_office", films(project)
    asked = known.sample(30, random_state=1)
    said = forecasts(Predictor.load(folder), asked, days("2025-01-01", 30, 5), "box_office:x")
    titles = [asked["movie_title"].iloc[0], *(f"Told {number}" for number in range(1, 30))]
    for record, title in zip(said, titles, strict=True):
        record["fields"]["movie_title"] = title
    told = outcomes(said, np.random.default_rng(1), inside=0.9, after="365D")
    write(project.root / "data" / "journal", [*said, *told])
    project.run("python", "-m", "training.outcomes", "--now", "2026-11-26")

    with changed(project, "params.yaml", "source: [raw]", "source: [raw, data/outcomes]"):
        printed = project.run("dvc", "repro")
        learned = films(project)
        found = json.loads((project.root / "reports" / "ingest.json").read_text())

    assert STAGE_NAMES == re.findall(r"Running stage '(\w+)'", printed)
    assert {*titles[1:]} == {*learned["movie_title"]} - {*known["movie_title"]}
    assert len(known) + 29 == len(learned)
    assert 1 == found["films in several sources"]
    grosses = learned.set_index("movie_title")["worldwide_gross"]
    assert [each["worldwide_gross"] for each in told[1:]] == grosses[titles[1:]].tolist()
    assert len(known) == len(films(project))


def films(project: Checkout) -> pd.DataFrame:
    return pd.read_parquet(project.root / "data" / "films.parquet")


def outs(stage: dict[str, Any]) -> set[str]:
    """The paths that a stage writes, with or without options behind them."""
    given = [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]
    return {out if isinstance(out, str) else next(iter(out)) for out in given}


def module(stage: dict[str, Any]) -> Path:
    """The file that a stage runs."""
    name = re.fullmatch(r"python -m ([\w.]+)", stage["cmd"])
    assert name
    return ROOT / (name[1].replace(".", "/") + ".py")


def imported(path: Path) -> set[Path]:
    """The modules of this project that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    files = {ROOT / (name.replace(".", "/") + ".py") for name in names}
    return {file for file in files if file.is_file()}


def modules(path: Path) -> set[Path]:
    """A module with all that it imports, directly or not."""
    found, left = set(), {path}
    while left:
        found.add(file := left.pop())
        left |= imported(file) - found
    return found


def shared_paths(path: Path) -> set[str]:
    """The paths of training.common.paths that a module names."""
    nodes = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)]
    names = {alias.name for n in nodes if n.module == "training.common.paths" for alias in n.names}
    return {str(getattr(paths, name)) for name in names}


def lies_under(path: str, dep: str) -> bool:
    return path == dep or path.startswith(f"{dep}/")


def code(stage: dict[str, Any]) -> set[str]:
    """The modules that a stage imports, directly or not, as paths in the project."""
    return {str(path.relative_to(ROOT)) for path in modules(module(stage))}


@pytest.mark.parametrize("name", STAGE_NAMES)
def test_every_module_that_a_stage_imports_lies_under_one_of_its_dependencies(name: str) -> None:
    deps = STAGES[name]["deps"]

    assert set() == {
        path for path in code(STAGES[name]) if not any(lies_under(path, dep) for dep in deps)
    }


@pytest.mark.parametrize("name", STAGE_NAMES)
def test_a_stage_depends_on_its_data_and_its_packages_and_on_nothing_idle(name: str) -> None:
    stage = STAGES[name]
    used = {dep for dep in stage["deps"] if any(lies_under(path, dep) for path in code(stage))}
    read = {
        path
        for path in shared_paths(module(stage))
        if not any(lies_under(out, path) for out in outs(stage))
    }

    assert {*read, "requirements/train.txt"} == set(stage["deps"]) - used


def test_only_the_stage_that_reads_the_tables_runs_each_time() -> None:
    assert ["ingest"] == [n for n, stage in STAGES.items() if stage.get("always_changed")]


@pytest.mark.parametrize("name", STAGE_NAMES)
def test_a_stage_lists_the_sections_of_params_that_its_module_reads(name: str) -> None:
    sections = {
        node.attr
        for node in ast.walk(ast.parse(module(STAGES[name]).read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "params.load()"
    }

    assert sections == set(STAGES[name].get("params", []))
