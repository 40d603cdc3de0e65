"""Before any traffic moves, what serves and what is next are asked the same things."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from delivery import replay, rollout
from service.errors import BoxOfficeError
from service.model.predictor import Predictor
from tests.support.cloud import IMAGES, Cloud, open_cloud
from tests.support.journals import Record, days, forecasts, write
from tests.support.project import ROOT
from tests.support.trained import edit_manifest
from training.estimator.folder import version

REST, REVISION = "box-office", "box-office-00001-fak"
MODEL = Path("models/box_office")
FIELD, FILMS = "imdb_score", 120
WHO = {f"GIT_{r}_{p}": "a@b" for r in ("AUTHOR", "COMMITTER") for p in ("NAME", "EMAIL")}


def environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return os.environ | WHO | {"PATH": path, "DVC_NO_ANALYTICS": "1"}


def sh(folder: Path, command: str) -> str:
    words, variables = command.split(), environment()
    done = subprocess.run(
        words, cwd=folder, env=variables, check=True, capture_output=True, text=True, timeout=120
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def template(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of two commits, each with a model that only the remote of DVC has.

    To the second, films without a score are forecast three times as high.
    """
    project = tmp_path_factory.mktemp("replayed") / "project"
    (project / "reports").mkdir(parents=True)
    shutil.copy(ROOT / "params.yaml", project)
    for command in ("git init --quiet", "dvc init --quiet", f"dvc remote add -d kept {project}-r"):
        sh(project, command)
    shutil.copytree(model_folder, project / MODEL)
    for step in ("champion", "candidate"):
        if step == "candidate":
            horizons = json.loads((project / MODEL / "card.json").read_text())["horizons"]
            for part in horizons.values():
                if FIELD in part["unknown"]:
                    part["unknown"][FIELD]["shift"] += np.log(3.0)
            edit_manifest(project / MODEL, horizons=horizons)
        sh(project, f"dvc add --quiet {MODEL}")
        for command in ("dvc push --quiet", "git add .", f"git commit --quiet --message={step}"):
            sh(project, command)
    shutil.rmtree(project / ".dvc" / "cache")
    shutil.rmtree(project / MODEL)
    return project


@pytest.fixture
def cloud(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A cloud in which nothing serves, seen from the second commit."""
    cloud = open_cloud(tmp_path / "cloud", monkeypatch)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(cloud.folder / "summary"))
    monkeypatch.chdir(shutil.copytree(template, tmp_path / "project"))
    return cloud


@pytest.fixture
def served(cloud: Cloud) -> Cloud:
    """A cloud in which the first commit serves."""
    serve(cloud, commit=sh(Path(), "git rev-parse HEAD~1"), image="a" * 40)
    return cloud


@pytest.fixture(scope="module")
def candidate(template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tag of the model of the second commit."""
    folder = tmp_path_factory.mktemp("candidate") / "model"
    sh(template, f"dvc get --quiet . {MODEL} --rev HEAD --out {folder}")
    return f"box_office:{version(folder)}"


def serve(cloud: Cloud, **labels: str) -> None:
    service = {
        "percent": {REVISION: 100},
        "tags": {},
        "revisions": {REVISION: IMAGES[0]},
        "labelled": {REVISION: labels},
    }
    (cloud.folder / "state.json").write_text(json.dumps({REST: service}))


@pytest.fixture
def asked(model_folder: Path, films: pd.DataFrame) -> list[Record]:
    """What the first model has answered; of as many films as the rule allows, no score is known."""
    drawn = films.head(FILMS).copy()
    drawn.loc[drawn.index[: FILMS // 10], FIELD] = np.nan
    times, tag = days("2026-10-27T01:00", FILMS, 10), f"box_office:{version(model_folder)}"
    return forecasts(Predictor.load(model_folder), drawn, times, tag)


def look(model: str, journal: str = "data/journal") -> None:
    assert 0 == replay.main(["--journal", journal, "--model", model])


def refused(model: str, journal: str = "data/journal") -> str:
    with pytest.raises(BoxOfficeError) as failure:
        look(model, journal)
    return str(failure.value)


def set_rules(**rules: Any) -> None:
    settings = yaml.safe_load(Path("params.yaml").read_text())
    settings["replay"] |= rules
    Path("params.yaml").write_text(yaml.safe_dump(settings))


def test_a_candidate_that_changes_little_goes_on_and_the_summary_has_no_film(
    served: Cloud, asked: list[Record], candidate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(Path("data/journal"), asked)

    look(candidate)

    assert f"replay: Nothing speaks against {candidate}" in capsys.readouterr().out
    told = (served.folder / "summary").read_text()
    assert "10.0 % are forecast over 1.5 times otherwise" in told
    assert "asked about, through" in told
    assert "duration" not in told
    assert "duration: " in Path("reports/replay.md").read_text()
    assert {"run services list", "run revisions describe"} == set(served.calls)


def test_a_candidate_that_changes_too_much_is_stopped_with_the_way_out(
    served: Cloud, asked: list[Record], candidate: str
) -> None:
    write(Path("data/journal"), asked)
    set_rules(max_changed=0.05)

    said = refused(candidate)

    assert "10.0 % are forecast 1.5 times otherwise (5.0 % is allowed)" in said
    assert f"{{model: {candidate}, reason: ...}} to replay.accept of params.yaml." in said
    assert "10.0 % are forecast 1.5 times" in (served.folder / "summary").read_text()
    set_rules(accept=[{"model": candidate, "reason": "films without a score were too low"}])
    look(candidate)
    assert "films without a score were too low" in (served.folder / "summary").read_text()


def test_a_journal_that_is_named_and_not_there_stops_unless_the_candidate_is_accepted(
    served: Cloud, candidate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(candidate, "nowhere")

    assert "nowhere holds no journal" in capsys.readouterr().err
    assert "leave the variable BOX_OFFICE_JOURNAL empty until it has" in said
    assert f"Or let it pass unseen: add {{model: {candidate}, reason: ...}}" in said
    set_rules(accept=[{"model": candidate, "reason": "the bucket has moved"}])
    look(candidate, "nowhere")
    assert f"{candidate} is accepted unseen: the bucket has moved." in capsys.readouterr().out


def test_a_model_that_was_not_built_of_this_commit_is_not_looked_at(
    served: Cloud, asked: list[Record]
) -> None:
    write(Path("data/journal"), asked)

    assert "but box_office:another was built" in refused("box_office:another")


def test_a_commit_that_the_clone_does_not_have_is_named_with_the_way_out(
    cloud: Cloud, asked: list[Record], candidate: str
) -> None:
    write(Path("data/journal"), asked)
    serve(cloud, commit="0" * 40, image="a" * 40)

    said = refused(candidate)

    assert f"The model of {'0' * 40} cannot be had" in said
    assert "It takes a clone with that commit" in said


def test_without_a_journal_nothing_is_asked_of_the_cloud_and_that_is_said(
    served: Cloud, candidate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    look(candidate, "")

    assert "BOX_OFFICE_JOURNAL names no journal: nothing is replayed" in capsys.readouterr().out
    assert [] == served.calls


def test_before_the_first_deployment_nothing_serves_and_that_is_said(
    cloud: Cloud, candidate: str
) -> None:
    look(candidate, "nowhere")

    assert "Nothing serves yet" in (cloud.folder / "summary").read_text()


@pytest.mark.parametrize(
    "labels",
    [{}, {"commit": "c" * 40, "image": "b" * 40}],
    ids=["none", "those of an image before it"],
)
def test_a_revision_without_labels_of_its_own_is_not_replayed_and_that_is_said(
    cloud: Cloud, candidate: str, labels: dict[str, str]
) -> None:
    serve(cloud, **labels)

    look(candidate, "nowhere")

    said = (cloud.folder / "summary").read_text()
    assert f"{REVISION} does not say of which commit it is: nothing is replayed." in said


def test_a_revision_says_of_which_commit_it_is_for_the_next_replay(cloud: Cloud) -> None:
    run = replay.services.rest(replay.Settings.from_env())
    options = replay.services.origin("c" * 40, IMAGES[1])
    run.deploy(IMAGES[1], options, first=True)

    assert replay.Served(REVISION, "c" * 40) == replay.served(replay.Settings.from_env())
    assert () == replay.services.origin("", IMAGES[1])


def test_a_deployment_is_told_its_commit() -> None:
    assert "c" * 40 == rollout.parse([IMAGES[0], "--commit", "c" * 40]).commit
