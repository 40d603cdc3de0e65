"""The README is short, and its figures and its tree are those of the repository."""

import json
import re
from collections.abc import Callable
from functools import partial

from benchmarks.results import Results
from benchmarks.table import markdown, number
from tests.support import pages
from tests.support.project import ROOT

README = pages.TEXTS["README.md"]
METRICS = json.loads((ROOT / "reports" / "metrics.json").read_text())
SPLITS = {"cross_validation": "five folds, {:,} films", "backtest": "the latest {:,} films"}
FORECASTERS = {
    "model": "**Box Office**",
    "plain_boosting": "plain boosting",
    "median_film": "median film",
}
PACKAGES = ("service", "training", "delivery", "rehearsal", "benchmarks")


def test_it_can_be_read_in_one_go() -> None:
    assert 160 >= len(README.splitlines())


def test_it_shows_the_quality_that_the_last_training_run_wrote() -> None:
    rows = []
    for split, title in SPLITS.items():
        measured = METRICS[split]["pre_release"]
        label = title.format(measured["films"]["count"])
        for forecaster, name in FORECASTERS.items():
            rows.append([label, name, *quality(measured[forecaster])])
            label = ""

    assert rows == pages.table("README.md", "tested on")


def quality(metrics: dict[str, float]) -> list[str]:
    return [
        f"{metrics['mae'] / 1e6:.1f}",
        f"{metrics['median_ae'] / 1e6:.1f}",
        f"{metrics['rmsle']:.2f}",
        f"{metrics['r2']:.2f}",
        f"{metrics['negative_forecasts']:.0f}",
        f"{metrics['coverage']:.1%}" if "coverage" in metrics else "",
    ]


def test_it_shows_the_speed_that_the_last_benchmark_measured() -> None:
    results = Results.model_validate_json((ROOT / "benchmarks" / "results.json").read_text())

    def row(title: str, unit: str, figure: Callable[[str], float | None]) -> list[str]:
        shown = ("box_office", "one_process", "fastapi", "mlserver")
        return [title, *(f"{number(figure(contender) or 0)}{unit}" for contender in shown)]

    assert [
        row("one film a request, 16 connections", "/s", partial(results.rate, "rest_16")),
        row("99th percentile of those", " ms", partial(results.p99, "rest_16")),
        row("1,000 films a request", " films/s", partial(results.rate, "batch")),
        row("start to first answer", " s", lambda name: results.start(name, "ready_s")),
        row("memory of a worker", " MB", lambda name: results.start(name, "worker_mb")),
    ] == pages.table("README.md", "measured")
    heads = "| Box Office | Box Office, 1 process | FastAPI + gunicorn | MLServer, 1 process |"
    assert heads in README


def test_the_page_of_results_is_that_of_the_last_benchmark() -> None:
    results = Results.model_validate_json((ROOT / "benchmarks" / "results.json").read_text())

    assert markdown(results) == (ROOT / "benchmarks" / "results.md").read_text()


def tree() -> dict[str, list[str]]:
    """The folders in the picture of the house, by the folder that they are in."""
    [picture] = pages.blocks("README.md", "text")
    folders: dict[str, list[str]] = {}
    for indent, name in re.findall(r"^( *)([\w-]+)/  ", picture, re.M):
        if indent:
            folders[[*folders][-1]].append(name)
        else:
            folders[name] = []
    return folders


def folders_in(parent: str) -> list[str]:
    """The folders of the repository directly in another one, "." for its root."""
    folders = (ROOT / path for path in pages.tracked() if (ROOT / path).is_dir())
    inside = (folder.name for folder in folders if folder.parent == ROOT / parent)
    return sorted(name for name in inside if not name.startswith("."))


def test_its_tree_is_the_repository() -> None:
    shown = tree()

    assert folders_in(".") == sorted(shown)
    for package in PACKAGES:
        assert folders_in(package) == sorted(shown[package])


def test_every_page_is_linked_from_it() -> None:
    linked = {
        str(pages.resolved("README.md", path).relative_to(ROOT)) for path, _ in pages.links(README)
    }

    assert set(pages.TEXTS) - {"README.md"} <= linked
