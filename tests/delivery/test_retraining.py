"""Continuous training: what comes of new data is judged, and proposed or complained of once."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from delivery import propose, retrain, sources
from delivery.process import CommandFailed
from service.errors import BoxOfficeError
from service.films.fields import FIELDS
from service.model.predictor import Predictor
from tests.support.cloud import Cloud, open_cloud
from tests.support.journals import days, forecasts, write
from tests.support.trained import edit_manifest, edit_promote, hand_over, trained
from training.estimator.folder import version

SCORES = {"pre_release": {"model": {"mae": 5e7, "r2": 0.4, "coverage": 0.9}}}
METRICS = {"cross_validation": SCORES, "spread": {}}
FILM = {"production_budget": 2e7}


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], check=True, capture_output=True, text=True)
    return done.stdout


@dataclass(frozen=True)
class Github(Cloud):
    """The folder of the fake gh and cml, and what a workflow is told."""

    def read(self, name: str) -> Any:
        path = self.folder / name
        return json.loads(path.read_text()) if path.exists() else []

    @property
    def programs(self) -> list[str]:
        return [f"{call['program']} {call['command']}" for call in self.arguments()]

    @property
    def outputs(self) -> dict[str, str]:
        lines = (self.folder / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text()


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Github:
    folder = open_cloud(tmp_path / "github", monkeypatch).folder
    # Where the fake pipeline of a test is.
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_GITHUB", str(folder))
    monkeypatch.setenv("GITHUB_OUTPUT", str(folder / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary"))
    return Github(folder)


@pytest.fixture
def main(
    model_folder: Path,
    films: pd.DataFrame,
    unseen: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    github: Github,
) -> Path:
    """A clean checkout of main, with the model that `make pull` brings."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "a founder")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "founder@films.invalid")
    root = trained(tmp_path / "main", model_folder, films, unseen)
    monkeypatch.chdir(root)
    edit_promote(smoke=[{"name": "a film", "film": FILM, "low": 0, "high": 1e12}], resamples=200)
    (root / "reports" / "metrics.json").write_text(json.dumps(METRICS))
    (root / "dvc.lock").write_text("as it was\n")
    (root / ".gitignore").write_text(
        "data\nmodels/box_office\nreports/answers.parquet\nreports/verdict.*\nreports/replay.*\n"
    )
    git("init", "--quiet", "--bare", "--initial-branch=main", str(tmp_path / "origin.git"))
    git("init", "--quiet", "--initial-branch=main")
    git("remote", "add", "origin", str(tmp_path / "origin.git"))
    git("add", ".")
    git("commit", "--quiet", "--message=main")
    git("push", "--quiet", "origin", "main")
    pipeline(root, "")
    return root


def pipeline(root: Path, script: str) -> None:
    """Let `dvc repro` do this; the folder `next` beside the checkout is for what it makes."""
    path = root.parent / "dvc"
    path.write_text(f"#!/bin/sh\nset -e\n{script}\n")
    path.chmod(0o755)


def change(model: Path) -> None:
    """Make another model of it, with the same forecasts: it has seen a longer film."""
    ranges = json.loads((model / "card.json").read_text())["ranges"]
    ranges["duration"]["high"] += 1
    edit_manifest(model, ranges=ranges)


def another_model(root: Path) -> None:
    """Let the pipeline make another model of the same forecasts."""
    shutil.copytree(root, root.parent / "next")
    change(root.parent / "next" / "models" / "box_office")
    hand_over(root.parent / "next")
    made = ("models/box_office/card.json", "reports/answers.parquet")
    pipeline(root, "; ".join(["echo new > dvc.lock", *(f"cp ../next/{n} {n}" for n in made)]))


def test_without_anything_new_nothing_is_trained_and_that_is_said(
    main: Path, github: Github
) -> None:
    assert 0 == retrain.main([])

    model = f"box_office:{version(main / 'models' / 'box_office')}"
    assert {"outcome": "unchanged", "model": model} == github.outputs
    assert "nothing to train" in github.summary
    assert "" == git("status", "--porcelain")


def test_a_new_model_that_is_not_worse_is_promoted(main: Path, github: Github) -> None:
    before = version(main / "models" / "box_office")
    another_model(main)
    retrain.main([])

    assert "promoted" == github.outputs["outcome"]
    assert before not in github.outputs["model"]
    assert "The gate lets this model replace the one of main" in github.summary
    assert github.summary == Path("reports/review.md").read_text()


def test_what_was_asked_about_is_in_the_report_without_a_film(
    main: Path, github: Github, films: pd.DataFrame
) -> None:
    drawn, model = films.head(120), main / "models" / "box_office"
    times, tag = days("2026-10-27T01:00", 120, 10), f"box_office:{version(model)}"
    write(main / "data" / "journal", forecasts(Predictor.load(model), drawn, times, tag))
    another_model(main)
    retrain.main(["--journal", "data/journal"])

    _, _, told = github.summary.partition("### What was asked about")
    assert f"through `{tag}` and `{github.outputs['model']}`" in told
    assert "Nothing speaks against" in told
    assert not any(f"{name}: " in github.summary for name in FIELDS)


def test_a_journal_that_cannot_be_read_is_said_and_the_model_is_proposed(
    main: Path, github: Github, capsys: pytest.CaptureFixture[str]
) -> None:
    another_model(main)
    retrain.main(["--journal", "nowhere"])

    assert "replay: nowhere holds no journal" in capsys.readouterr().err
    assert "promoted" == github.outputs["outcome"]
    assert "No journal was replayed here" in github.summary


def test_a_new_model_that_the_gate_refuses_is_rejected_with_its_reasons(
    main: Path, github: Github
) -> None:
    another_model(main)
    edit_promote(smoke=[{"name": "a tiny film", "film": FILM, "low": 0, "high": 1}])
    git("commit", "--quiet", "--all", "--message=A stricter gate")
    retrain.main([])

    assert "rejected" == github.outputs["outcome"]
    assert "a tiny film" in github.summary


def test_new_data_that_leave_the_model_as_it_was_are_not_called_old(
    main: Path, github: Github
) -> None:
    pipeline(main, "echo new > dvc.lock")
    retrain.main([])

    assert "unchanged" == github.outputs["outcome"]
    assert "nothing to train" not in github.summary
    assert "The model is the one of main, to the last byte" in github.summary


def test_a_pipeline_that_fails_has_no_outcome(main: Path, github: Github) -> None:
    pipeline(main, "exit 255")

    with pytest.raises(BoxOfficeError, match="The pipeline failed"):
        retrain.main([])
    assert not (github.folder / "output").exists()


def test_a_model_that_cannot_be_judged_has_no_outcome(main: Path, github: Github) -> None:
    pipeline(main, "echo new > dvc.lock; rm models/box_office/card.json")

    with pytest.raises(BoxOfficeError, match=r"models/box_office"):
        retrain.main([])
    assert not (github.folder / "output").exists()


def test_a_checkout_with_changes_of_its_own_is_refused(main: Path) -> None:
    edit_promote(resamples=100)

    with pytest.raises(BoxOfficeError, match=r"params\.yaml was changed: .* clean checkout"):
        retrain.main([])


def test_a_checkout_without_the_model_of_main_is_refused(main: Path) -> None:
    shutil.rmtree("models/box_office")

    with pytest.raises(BoxOfficeError, match="models/box_office is missing: run `make pull` first"):
        retrain.main([])


def test_a_checkout_without_the_answers_of_that_model_is_refused(main: Path) -> None:
    Path("reports/answers.parquet").unlink()

    with pytest.raises(BoxOfficeError, match=r"answers\.parquet is missing: run `make pull` first"):
        retrain.main([])


@pytest.fixture
def reported(main: Path) -> Path:
    """The checkout after a retraining that has something to say."""
    Path("reports/review.md").write_text("What this changes\n")
    Path("dvc.lock").write_text("new\n")
    return main


def test_a_promoted_model_is_a_pull_request_whose_checks_are_started(
    reported: Path, github: Github, capsys: pytest.CaptureFixture[str]
) -> None:
    propose.main(["promoted"])

    ((branch, pull),) = github.read("pulls.json").items()
    assert f"retrain-{version(reported / 'models' / 'box_office')}" == branch
    assert "What this changes\n" == pull["body"]
    assert ["cml pr create", "gh workflow run"] == github.programs
    assert "dvc.lock\n" == git("diff", "--name-only", "main", f"origin/{branch}")
    assert f"propose: {pull['url']}\n" == capsys.readouterr().out


def test_a_proposal_says_so_where_nothing_has_changed(reported: Path) -> None:
    git("checkout", "--quiet", "dvc.lock")

    with pytest.raises(BoxOfficeError, match="nothing to propose"):
        propose.main(["promoted"])


def test_a_rejected_model_is_an_issue_however_often_it_is_rejected(
    reported: Path, github: Github, capsys: pytest.CaptureFixture[str]
) -> None:
    propose.main(["rejected"])
    propose.main(["rejected"])

    (issue,) = github.read("issues.json")
    assert issue["title"].endswith("is rejected")
    assert "What this changes\n" == issue["body"]
    assert ["gh issue list", "gh issue create", "gh issue list"] == github.programs
    assert 2 * f"propose: {issue['url']}\n" == capsys.readouterr().out


def test_another_rejected_model_is_another_issue(reported: Path, github: Github) -> None:
    propose.main(["rejected"])
    change(reported / "models" / "box_office")
    propose.main(["rejected"])

    assert 2 == len({issue["title"] for issue in github.read("issues.json")})


def test_a_report_longer_than_github_takes_is_cut(reported: Path, github: Github) -> None:
    Path("reports/review.md").write_text("x" * 70_000)
    propose.main(["rejected"])

    (issue,) = github.read("issues.json")
    assert propose.LONGEST == len(issue["body"])


def journal(root: Path, predictor: Predictor, films: pd.DataFrame) -> str:
    """A journal of two films, one of which has become known, and implausibly the other."""
    times = days("2026-01-01", 2, 1)
    said = forecasts(predictor, films.head(2).assign(movie_title=["A", "B"]), times, "a:b")
    known = [
        {"journal": "outcome", "id": each["id"], "time": "2026-03-01", "worldwide_gross": gross}
        | {"movie_title": title, "title_year": 2026}
        for each, title, gross in zip(said, "AB", (5e7, 1e12), strict=True)
    ]
    return str(write(root.parent / "journal", [*said, *known]))


def test_what_has_become_known_is_learned_from_and_shown_where_it_is_a_source(
    main: Path, github: Github, model_folder: Path, films: pd.DataFrame
) -> None:
    where = journal(main, Predictor.load(model_folder), films)
    params = main / "params.yaml"
    params.write_text(sources.added(params.read_text(), "data/outcomes"))
    (main / ".gitignore").write_text("data/films.parquet\nmodels/box_office\nreports\n")
    git("add", ".")
    git("commit", "--quiet", "--message=Learn from outcomes")
    git("push", "--quiet", "origin", "main")
    another_model(main)

    retrain.main(["--journal", where])
    propose.main([github.outputs["outcome"]])

    (branch,) = github.read("pulls.json")
    shown = git("show", f"origin/{branch}:data/outcomes/financials.csv")
    assert ["A"] == [row.split(",")[0] for row in shown.splitlines()[1:]]
    assert "B,1" in git("show", f"origin/{branch}:data/outcomes/set_apart.csv")


def test_what_has_become_known_is_left_alone_where_it_is_no_source(
    main: Path, github: Github, model_folder: Path, films: pd.DataFrame
) -> None:
    retrain.main(["--journal", journal(main, Predictor.load(model_folder), films)])

    assert not (main / "data" / "outcomes").exists()


@pytest.mark.parametrize(
    ("outcome", "broken"),
    [
        ("promoted", "cml pr create"),
        ("promoted", "gh workflow run"),
        ("rejected", "gh issue list"),
        ("rejected", "gh issue create"),
    ],
)
def test_what_github_refuses_is_named(
    reported: Path, monkeypatch: pytest.MonkeyPatch, outcome: str, broken: str
) -> None:
    monkeypatch.setenv("FAKE_FAIL", broken)

    with pytest.raises(CommandFailed, match=f"`{broken}.*` failed: the fake was told to fail"):
        propose.main([outcome])


def test_nothing_is_proposed_without_a_report(main: Path) -> None:
    with pytest.raises(BoxOfficeError, match=r"reports/review\.md is missing: run `make retrain`"):
        propose.main(["promoted"])
