"""How the pipeline grows: more films are measured, and the figures say with which power."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from benchmarks import scale
from benchmarks.copies import multiply
from benchmarks.growth import Growth, Stage
from benchmarks.machine import Machine
from tests.support.checkout import copy_project
from tests.support.films import invented_tables, write_tables


def growth(*times: int, power: float = 1.0) -> Growth:
    """Two stages, of which one follows a power of the films and the other takes a second."""
    return Growth(
        machine=Machine.this(),
        films={t: 1000 * t for t in times},
        stages={
            "ingest": {t: Stage(seconds=3, busy=1, mb=100) for t in times},
            "train": {t: Stage(seconds=2 * t**power, busy=2 * t**power, mb=50 * t) for t in times},
        },
    )


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_is_the_power_that_the_time_follows(power: float) -> None:
    page = growth(1, 10, 100, power=power).markdown()

    assert f"| {power:.2f} |\n| all |" in page
    assert "| ingest | 3 s (1 s), 100 MB | 3 s (1 s), 100 MB | 3 s (1 s), 100 MB | 0.00 |" in page
    assert "films^b, from 10 x on" in page


def test_a_single_size_has_no_exponent() -> None:
    assert "| train | 6 s (6 s), 150 MB |  |" in growth(3).markdown()


@pytest.mark.parametrize(("power", "reached"), [(1.0, "yes"), (1.2, "**no**")])
def test_the_page_says_which_targets_are_reached(power: float, reached: str) -> None:
    page = growth(1, 30, 100, power=power).markdown()

    assert f"| train, 30 x / 1 x | ≤ 40 x | {30**power:.3g} x | {reached} |" in page
    assert "| train, 30 x | ≤ 2,000 MB | 1,500 MB | yes |" in page
    assert "| all, 100 x | ≤ 600 s |" in page


def test_copies_have_titles_of_their_own_and_amounts_a_little_apart(tmp_path: Path) -> None:
    tables = invented_tables(50)
    tables["movies"].loc[0, "budget"] = None
    write_tables(tables, tmp_path / "once")

    multiply(tmp_path / "once", 3, tmp_path / "thrice")

    once, thrice = (
        {p.name: pd.read_csv(p) for p in (tmp_path / name).glob("*.csv")}
        for name in ("once", "thrice")
    )
    assert once.keys() == thrice.keys()
    for name, table in once.items():
        copies = thrice[name]
        pd.testing.assert_frame_equal(table, copies[:50], check_dtype=False)
        assert [150, 150] == [len(copies), copies["movie_title"].nunique()]
    movies, copied = once["movies.csv"], thrice["movies.csv"][50:100].reset_index(drop=True)
    assert copied["budget"].isna().sum() == 1
    assert movies["title_year"].equals(copied["title_year"])
    ratio = (copied["budget"] / movies["budget"]).dropna()
    assert 0.5 < ratio.min() < 0.95 < 1.05 < ratio.max() < 2


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with few films and the first two stages."""
    copy_project(tmp_path)
    write_tables(invented_tables(60), tmp_path / "data" / "open")
    pipeline = yaml.safe_load((tmp_path / "dvc.yaml").read_text())
    stages = dict(list(pipeline["stages"].items())[:2])
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False))
    return tmp_path


def measured(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.scale", *words]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def test_every_stage_is_measured_at_every_size_and_the_project_stays_as_it_is(
    project: Path,
) -> None:
    before = {path for path in project.rglob("*") if "__pycache__" not in path.parts}

    done = measured(project, "--times", "1", "2", "--write")

    assert 0 == done.returncode, done.stderr
    rows = [
        line.split(" | ")[0].strip("| ") for line in done.stdout.splitlines() if line[:1] == "|"
    ]
    assert ["stage", "---", "ingest", "prepare", "all"] == rows
    assert "| 1 x, 60 films | 2 x, 120 films | exponent |" in done.stdout
    assert done.stdout == f"{(project / scale.PAGE).read_text()}\n"
    after = {path for path in project.rglob("*") if "__pycache__" not in path.parts}
    assert after - before <= {project / scale.PAGE}


def test_a_stage_that_fails_is_named_with_what_it_said(project: Path) -> None:
    (project / "data" / "open" / "financials.csv").unlink()

    done = measured(project, "--times", "1")

    assert 1 == done.returncode
    assert "scale: `python -m training.ingest` failed:" in done.stderr
    assert "data/open has no financials.csv" in done.stderr
