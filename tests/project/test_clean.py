"""`make clean` and `make distclean` remove what can be made again, and nothing else."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.project import ROOT

ENVIRONMENTS = (".venv", ".venv-bench", ".github/lint/node_modules", ".mypy_cache", "build")
MADE = ("data/ingested", "data/films.parquet", "models/box_office", "reports/answers.parquet")
CACHES = (".dvc/cache", ".dvc/tmp")
# What people have put there, what others were told, and what would take hours.
OURS = (
    *("data/open/movies.csv", "data/journal/2026.jsonl", "data/outcomes/movies.csv"),
    *("data/openings/movies.csv", "reports/search.journal", "models/model_card.md", ".dvc/config"),
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which commands have left something everywhere."""
    for name in ("Makefile", "dvc.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "delivery", tmp_path / "delivery")
    for name in (*ENVIRONMENTS, *MADE, *CACHES, *OURS):
        path = tmp_path / name
        (path.parent if path.suffix else path).mkdir(parents=True, exist_ok=True)
        (path if path.suffix else path / "file").touch()
    imported = "deps: [{path: data}]\nouts: [{path: openings}]\n"
    (tmp_path / "data" / "openings.dvc").write_text(imported)
    return tmp_path


def make(checkout: Path, target: str) -> str:
    """What make says, on stderr."""
    command = ["make", "--silent", target]
    run = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    return run.stderr


def left(checkout: Path, *names: str) -> set[str]:
    return {name for name in names if (checkout / name).exists()}


def test_clean_leaves_what_was_trained(checkout: Path) -> None:
    make(checkout, "clean")

    assert set() == left(checkout, *ENVIRONMENTS)
    assert {*MADE, *CACHES, *OURS} == left(checkout, *MADE, *CACHES, *OURS)


def test_distclean_removes_what_the_pipeline_can_make_again(checkout: Path) -> None:
    assert "" == make(checkout, "distclean")

    assert set() == left(checkout, *ENVIRONMENTS, *MADE, *CACHES)
    assert set(OURS) == left(checkout, *OURS)


def test_a_cache_that_may_be_the_only_place_of_tables_stays(checkout: Path) -> None:
    (checkout / "data" / "mine.dvc").write_text("outs:\n- path: mine\n")

    said = make(checkout, "distclean")

    assert ".dvc/cache stays: what ./data/mine.dvc says may be nowhere else\n" == said
    assert {".dvc/cache", *OURS} == left(checkout, *MADE, *CACHES, *OURS)


def test_what_distclean_removes_is_what_the_pipeline_makes() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].values()
    listed = [o for s in stages for o in [*s.get("outs", []), *s.get("plots", [])]]
    options = {k: v for o in listed for k, v in (o.items() if isinstance(o, dict) else [(o, {})])}
    kept_by_dvc = {name for name, option in options.items() if option.get("cache", True)}
    command = ["make", "--silent", "--eval=told:; @echo $(MADE)", "told"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert kept_by_dvc == set(told.split())
