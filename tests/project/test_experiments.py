"""What `dvc metrics`, `dvc plots` and `dvc exp` show of a change, on invented films."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import pages
from tests.support.checkout import Checkout

SCREEN = 160  # characters of a line that a wide screen shows
RATE = "train.trees.learning_rate"
SHOW = ("dvc", "exp", "show", "--only-changed", "--drop", "^(models|reports)/|State|Executor")
PLOTS = {
    "forecasts": ("forecast", "actual"),
    "calibration": ("promised", "observed"),
    "residuals": ("size", "median"),
}
SHOWN = {command: told for command, told in pages.commands("docs/delivery.md") if "dvc" in command}
every_plot = pytest.mark.parametrize("name", PLOTS)


@pytest.fixture(scope="module")
def tried(first_run: tuple[Checkout, str]) -> Iterator[Checkout]:
    """A project with a model that is committed, and an experiment that is not."""
    project, _ = first_run
    project.run("git", "add", ".")
    project.run("git", "commit", "--quiet", "--message", "A model")
    project.run("dvc", "exp", "run", "dvc.yaml", "-S", f"{RATE}=0.1", "-n", "slower")
    yield project
    project.run("git", "checkout", "--quiet", ".")
    project.run("dvc", "checkout", "--quiet", "dvc.yaml")


def numbers(project: Checkout, *revision: str) -> Any:
    """The headline as it is here, or as it was committed."""
    path = "reports/headline.json"
    if revision:
        return json.loads(project.run("git", "show", f"{revision[0]}:{path}"))
    return json.loads((project.root / path).read_text())


def test_metrics_are_one_line_that_a_screen_shows(tried: Checkout) -> None:
    [header, line] = tried.run("dvc", "metrics", "show").splitlines()

    names = {f"{h}.{name}" for h, found in numbers(tried).items() for name in found}
    assert names == set(header.split()) - {"Path"}
    assert "reports/headline.json" == line.split()[0]
    # Both horizons are here; the films that ship with the project have one.
    assert max(len(header), len(line)) < SCREEN * 1.1


def test_a_difference_of_metrics_is_a_line_each(tried: Checkout) -> None:
    shown = tried.run("dvc", "metrics", "diff").splitlines()[1:]

    before, now = numbers(tried, "HEAD"), numbers(tried)
    for line in shown:
        file, name, *values = line.split()
        horizon, metric = name.split(".")
        assert "reports/headline.json" == file
        assert [before[horizon][metric], now[horizon][metric]] == pytest.approx(
            [float(value) for value in values[:2]], abs=1e-4
        )
    assert len(shown) == sum(before[h][name] != now[h][name] for h in now for name in now[h])
    assert shown


def test_an_experiment_is_a_row_with_what_it_changes(tried: Checkout) -> None:
    rows = tried.run(*SHOW, "--csv").splitlines()
    table = [dict(zip(rows[0].split(","), row.split(","), strict=True)) for row in rows[1:]]

    [row] = [row for row in table if "slower" in row.values()]
    assert "0.1" == row[RATE]
    assert str(numbers(tried)["pre"]["mae"]) == row["pre.mae"]
    shown = {name for name in table[0] if "." in name}
    assert shown <= {
        RATE,
        *(f"{h}.{name}" for h, found in numbers(tried).items() for name in found),
    }


@every_plot
def test_a_plot_has_its_points_and_axes(tried: Checkout, name: str) -> None:
    x, y = PLOTS[name]
    text = tried.run("dvc", "plots", "show", "--show-vega", name)
    made = json.loads(text)

    assert "<DVC" not in text
    assert {"pre_release", "post_opening"} == {p["horizon"] for p in made["data"]["values"]}
    drawn = [layer["encoding"] for layer in made["spec"]["layer"]]
    assert (x, y) == (drawn[-1]["x"]["field"], drawn[-1]["y"]["field"])
    used = {part["field"] for each in drawn for part in each.values() if "field" in part}
    assert used - {"rev"} <= set(made["data"]["values"][0])


@every_plot
def test_a_difference_of_plots_has_both_sides(tried: Checkout, name: str) -> None:
    made = json.loads(tried.run("dvc", "plots", "diff", "HEAD", "--show-vega", "--targets", name))
    sides = {
        rev: [p for p in made["data"]["values"] if p["rev"] == rev] for rev in ("HEAD", "workspace")
    }

    assert len(sides["HEAD"]) == len(sides["workspace"]) > 0
    assert [{**p, "rev": ""} for p in sides["HEAD"]] != [
        {**p, "rev": ""} for p in sides["workspace"]
    ]
    assert {"HEAD", "workspace"} == set(
        made["spec"]["layer"][-1]["encoding"]["color"]["scale"]["domain"]
    )


def test_the_page_of_plots_has_the_interactive_ones_and_the_pictures(tried: Checkout) -> None:
    tried.run("dvc", "plots", "show")

    page = (tried.root / "dvc_plots" / "index.html").read_text()
    assert list(PLOTS) == re.findall(r'<div id = "(\w+)">', page)
    assert 3 == page.count("<img")


def test_an_experiment_can_wait_in_the_queue(tried: Checkout) -> None:
    before = (tried.root / "params.yaml").read_bytes()

    said = tried.run(
        "dvc", "exp", "run", "dvc.yaml", "--queue", "-S", f"{RATE}=0.3", "-n", "faster"
    )
    try:
        waiting = tried.run("dvc", "queue", "status")
    finally:
        tried.run("dvc", "queue", "remove", "--queued")

    assert "Queued experiment 'faster' for future execution." in said
    assert re.search(r"^\w{7} +faster +.+ +Queued$", waiting, re.M)
    assert before == (tried.root / "params.yaml").read_bytes()


def test_the_page_shows_these_commands_with_what_they_print(tried: Checkout) -> None:
    run, diff, queue, status, _, show = SHOWN

    assert f"dvc exp run dvc.yaml -S {RATE}=0.1 -n slower" == run
    assert SHOWN[run].endswith("Experiment results have been applied to your workspace.\n")
    assert tried.run("dvc", "metrics", "diff").split()[:5] == SHOWN[diff].split()[:5]
    names = {line.split()[1] for line in SHOWN[diff].splitlines()[1:]}
    assert names == {f"pre.{name}" for name in numbers(tried)["pre"]}
    queued = re.findall(r"^Queued experiment '(.+)' for", SHOWN[queue], re.M)
    assert queued == re.findall(r"^\w{7}  (\S+) .+ Queued$", SHOWN[status], re.M)
    assert " ".join(SHOW).replace(SHOW[-1], f"'{SHOW[-1]}'") == show
    assert SCREEN > max(map(len, SHOWN[show].splitlines()))
