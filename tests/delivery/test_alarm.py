"""One issue says what is not right with what is served, and a broken promise starts a training."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from delivery import alarm
from delivery.process import CommandFailed
from rehearsal.workflow import Workflows
from service.errors import BoxOfficeError
from service.films.schema import HORIZONS
from service.model.predictor import Predictor
from tests.support.cloud import Cloud, open_cloud
from tests.support.journals import Record, days, forecasts, outcomes, write
from tests.support.project import ROOT
from tests.support.trained import trained
from training.estimator.folder import version
from training.evaluation.answers import together
from training.evaluation.crossval import compare

WORDS = ["--journal", "data/journal", "--run", "https://github.com/owner/films/actions/runs/1"]
NOW = ["--now", "2026-11-27"]


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The fake gh, and the folder in which it keeps issues."""
    cloud = open_cloud(tmp_path / "github", monkeypatch)
    monkeypatch.setenv("FAKE_GITHUB", str(cloud.folder))
    monkeypatch.setenv("GITHUB_OUTPUT", str(cloud.folder / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(cloud.folder / "summary"))
    return cloud


@pytest.fixture(scope="module")
def root(model_folder: Path, films: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose pipeline has run on invented films."""
    served = Predictor.load(model_folder)
    answers = {horizon: compare(served, films, films, horizon) for horizon in HORIZONS}
    table = together(answers, "0" * 16)
    project = trained(tmp_path_factory.mktemp("alarmed") / "project", model_folder, films, table)
    (project / "reports" / "metrics.json").write_text("{}")
    return project


@pytest.fixture
def said(
    root: Path,
    films: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    github: Cloud,
) -> list[Record]:
    """Forecasts of films like those of the training; the command runs where they were made."""
    monkeypatch.chdir(shutil.copytree(root, tmp_path / "project"))
    folder = Path("models/box_office")
    drawn = films.sample(150, random_state=1)
    tag = f"box_office:{version(folder)}"
    times = days("2026-10-29T01:00", 150, 5)
    return forecasts(Predictor.load(folder), drawn, times, tag)


def look(*parts: list[Record]) -> None:
    write(Path("data/journal"), [each for part in parts for each in part])
    assert 0 == alarm.main([*WORDS, *NOW])


def drifted(said: list[Record]) -> list[Record]:
    return [record | {"worldwide_gross": record["worldwide_gross"] * 20} for record in said]


def broken(said: list[Record]) -> list[Record]:
    return outcomes(said, np.random.default_rng(3), inside=0.6)


def issues(github: Cloud) -> Any:
    path = github.folder / "issues.json"
    return json.loads(path.read_text()) if path.exists() else []


def commands(github: Cloud) -> list[str]:
    return [f"{call['program']} {call['command']}" for call in github.arguments()]


def test_where_all_is_well_there_is_no_issue(said: list[Record], github: Cloud) -> None:
    look(said)

    assert [] == issues(github)
    assert "code=0\n" == (github.folder / "output").read_text()
    assert "There is nothing to do." in (github.folder / "summary").read_text()


def test_drift_is_one_issue_however_many_days_it_lasts(said: list[Record], github: Cloud) -> None:
    for _ in range(3):
        look(drifted(said))

    [issue] = issues(github)
    assert ("What is served has drifted", "OPEN") == (issue["title"], issue["state"])
    assert "# Watch: drift" in issue["body"]
    assert "actions/runs/1" in issue["body"]
    assert "![" not in issue["body"]
    assert "gh workflow run" not in commands(github)


def test_the_issue_is_closed_when_all_is_well_and_another_is_opened_when_it_is_not(
    said: list[Record], github: Cloud
) -> None:
    look(drifted(said))
    look(said)
    look(said)
    look(drifted(said))

    first, second = issues(github)
    assert ("CLOSED", "There is nothing to do.") == (first["state"], first["comment"])
    assert "OPEN" == second["state"]


def test_a_promise_that_breaks_starts_one_training(
    said: list[Record], github: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    look(drifted(said))
    for _ in range(2):
        look(said, broken(said))

    [issue] = issues(github)
    assert "What is served breaks its promise" == issue["title"]
    started = [call["argv"] for call in github.arguments() if call["command"] == "workflow run"]
    assert [["workflow", "run", "train.yml", "--ref=main"]] == started
    assert "issue 1 is updated, train.yml is started\n" in capsys.readouterr().out
    assert (ROOT / ".github" / "workflows" / alarm.RETRAINING).exists()


def test_issues_of_others_are_left_alone(said: list[Record], github: Cloud) -> None:
    other = {"number": 1, "state": "OPEN", "title": "What is served on Mondays?", "body": ""}
    (github.folder / "issues.json").write_text(json.dumps([other]))

    look(drifted(said))
    look(said)

    first, second = issues(github)
    assert other == first
    assert "CLOSED" == second["state"]


def test_what_cannot_be_told_is_red_and_closes_no_issue(said: list[Record], github: Cloud) -> None:
    look(drifted(said))

    with pytest.raises(BoxOfficeError, match="It could not be told"):
        alarm.main(["--journal", "nowhere", *WORDS[2:]])

    assert ["OPEN"] == [issue["state"] for issue in issues(github)]


def noted(github: Cloud) -> list[tuple[str, str]]:
    """The verdict and the severity of each entry in the log of Google Cloud."""
    path = github.folder / "written.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    entries = [json.loads(line) for line in lines]
    assert all(entry["log"] == alarm.LOG for entry in entries)
    assert all(entry["jsonPayload"]["run"].endswith("/runs/1") for entry in entries)
    return [(entry["jsonPayload"]["verdict"], entry["severity"]) for entry in entries]


def test_google_cloud_is_told_what_was_found_and_that_nothing_could_be(
    said: list[Record], github: Cloud
) -> None:
    there = ["--project", "films"]
    for records in (said, drifted(said), said + broken(said)):
        write(Path("data/journal"), records)
        alarm.main([*WORDS, *NOW, *there])
    with pytest.raises(BoxOfficeError):
        alarm.main(["--journal", "nowhere", *WORDS[2:], *there])

    assert [
        *(("quiet", "INFO"), ("drift", "WARNING"), ("broken", "ERROR"), ("failed", "ERROR")),
    ] == noted(github)


def test_where_github_cannot_be_told_google_cloud_is_told_that_it_failed(
    said: list[Record], github: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAIL", "gh issue list")
    write(Path("data/journal"), said)

    with pytest.raises(CommandFailed):
        alarm.main([*WORDS, *NOW, "--project", "films"])

    assert [("failed", "ERROR")] == noted(github)


def test_where_there_is_no_google_cloud_nothing_is_written(
    said: list[Record], github: Cloud
) -> None:
    look(said)

    assert [] == noted(github)


def test_a_log_that_cannot_be_written_turns_the_run_red_and_hides_no_other_failure(
    said: list[Record], github: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(Path("data/journal"), said)
    monkeypatch.setenv("FAKE_FAIL", "logging write")

    with pytest.raises(CommandFailed, match="`gcloud logging write"):
        alarm.main([*WORDS, *NOW, "--project", "films"])
    with pytest.raises(BoxOfficeError, match="It could not be told"):
        alarm.main(["--journal", "nowhere", *WORDS[2:], "--project", "films"])


@pytest.mark.parametrize("command", ["gh issue list", "gh issue create", "gh workflow run"])
def test_what_github_refuses_is_named(
    said: list[Record], github: Cloud, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("FAKE_FAIL", command)

    with pytest.raises(CommandFailed, match=f"`{command}.*` failed: the fake was told to fail"):
        look(said, broken(said))


def test_the_workflow_asks_for_it_every_day() -> None:
    text = (ROOT / ".github" / "workflows" / "watch.yml").read_text()

    assert '- cron: "29 5 * * *"' in text
    assert ("watch.yml", "watch", "alarm") in Workflows(
        ROOT / ".github" / "workflows", {}, {}
    ).commands()
