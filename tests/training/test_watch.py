"""What is served is watched: silent where nothing changed, and heard where something was put."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from service.films.fields import FIELDS
from service.films.schema import HORIZONS
from service.model.predictor import Predictor
from tests.support.journals import Record, days, forecasts, outcomes, write
from tests.support.trained import trained
from training import outcomes as outcomes_command
from training import watch
from training.common import params
from training.estimator.folder import version
from training.evaluation.answers import together
from training.evaluation.crossval import compare, scores

NOW = "2026-11-26T00:00:00Z"
WRITTEN = ["watch.json", "watch.md"]
Asked = Callable[..., list[Record]]


@pytest.fixture(scope="module")
def root(model_folder: Path, films: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose pipeline has run on invented films."""
    served = Predictor.load(model_folder)
    answers = {horizon: compare(served, films, films, horizon) for horizon in HORIZONS}
    table = together(answers, "0" * 16)
    project = trained(tmp_path_factory.mktemp("watched") / "project", model_folder, films, table)
    measured = {horizon: scores(table) for horizon, table in answers.items()}
    (project / "reports" / "metrics.json").write_text(json.dumps({"cross_validation": measured}))
    return project


@pytest.fixture(autouse=True)
def project(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in which the commands run."""
    copy = tmp_path / "project"
    shutil.copytree(root, copy)
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture
def asked(films: pd.DataFrame) -> Asked:
    """Forecasts of films drawn from those of the training, five a day until now."""

    def make(count: int = 150, seed: int = 1, **changes: Any) -> list[Record]:
        drawn = films.sample(count, random_state=seed, replace=count > len(films))
        for name, change in changes.items():
            drawn[name] = change(drawn[name])
        folder = Path("models/box_office")
        times = days("2026-10-27T01:00", count, count // 29)
        tag = f"box_office:{version(folder)}"
        return forecasts(Predictor.load(folder), drawn, times, tag, prefix=f"{seed}-")

    return make


def look(*parts: list[Record], now: str = NOW, words: tuple[str, ...] = ()) -> int:
    """Write these records and look at them; the exit code."""
    write(Path("data/journal"), [each for part in parts for each in part])
    return watch.command(["--now", now, *words])


def seen() -> Any:
    return json.loads(Path("reports/watch.json").read_text())


def drift() -> dict[str, Any]:
    return {each["field"]: each for each in seen()["window"]["drift"]}


def test_it_is_silent_where_films_are_like_those_of_the_training(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == look(asked())

    assert "watch: There is nothing to do.\n" == capsys.readouterr().out
    assert [] == seen()["drifted"]
    assert "# Watch: quiet" in Path("reports/watch.md").read_text()


def test_a_field_that_drifts_is_found_and_the_others_are_not(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == look(asked(duration=lambda column: column + 60))

    assert ["duration"] == [name for name in seen()["drifted"] if name != "forecast"]
    assert "whether duration" in capsys.readouterr().out
    assert drift()["duration"]["p"] < 0.001


def test_forecasts_that_drift_are_found_even_where_no_field_would_be(asked: Asked) -> None:
    said = asked()
    for record in said:
        record["worldwide_gross"] *= 20

    assert 1 == look(said)
    assert ["forecast"] == seen()["drifted"]


def test_a_label_that_drifts_is_found(asked: Asked) -> None:
    assert 1 == look(asked(genre=lambda column: "Western"))

    assert "genre" in seen()["drifted"]
    shares = {each["name"]: each for each in seen()["window"]["fields"]}
    assert 1 == shares["genre"]["strange"]


def test_a_field_that_differs_by_nature_is_told_and_is_no_drift(asked: Asked) -> None:
    assert 0 == look(asked(title_year=lambda column: column + 40))

    assert drift()["title_year"]["drifted"]
    assert re.search(
        r"\| title_year \|.*\| drift, as expected \|", Path("reports/watch.md").read_text()
    )


def test_shares_that_are_unknown_and_out_of_range_are_told(asked: Asked) -> None:
    def half_unknown(column: pd.Series) -> pd.Series:
        return column.where(np.arange(len(column)) % 2 == 0)

    look(asked(imdb_score=half_unknown, screens=lambda column: 1e6))

    shares = {each["name"]: each for each in seen()["window"]["fields"]}
    assert 0.5 == shares["imdb_score"]["unknown"]
    assert 0 == shares["imdb_score"]["unknown_trained"]
    assert 1 == shares["screens"]["strange"]


def test_films_are_counted_by_horizon_and_endpoint_and_once_each(asked: Asked) -> None:
    said = asked(120)
    again = [{**record, "id": f"again-{record['id']}"} for record in said]

    look(said, again)

    assert (240, 120) == (seen()["window"]["forecasts"], seen()["window"]["films"])
    assert {"post_opening": {"rest": 180, "grpc": 60}} == seen()["window"]["counts"]


def test_only_the_window_is_looked_at(asked: Asked) -> None:
    look(asked(), now="2027-06-01")

    assert 0 == seen()["window"]["forecasts"]
    look(asked(145), words=("--days", "10"))
    assert 45 == seen()["window"]["forecasts"]


def test_too_few_films_are_said_and_not_judged(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == look(asked(60, duration=lambda column: column + 60))

    assert "from 100 different films on, and the last 30 days have 60." in capsys.readouterr().out
    assert drift()["duration"]["psi"] is None
    assert "| too few |" in Path("reports/watch.md").read_text()


def test_a_promise_that_is_kept_is_told_beside_what_was_promised(asked: Asked) -> None:
    said = asked()
    facts = outcomes(said, np.random.default_rng(3), inside=0.9)

    assert 0 == look(said, facts, now="2026-11-27")

    [promise] = seen()["promises"]
    assert ("post_opening", 150) == (promise["horizon"], promise["coverage"]["outcomes"])
    assert promise["coverage"]["low"] < 0.9 < promise["coverage"]["high"]
    assert {"mae", "median_ae", "rmsle", "bias"} == set(promise["errors"])
    assert {"mae", "median_ae", "rmsle"} == set(promise["promised"])
    page = Path("reports/watch.md").read_text()
    assert "**post_opening**: kept so far." in page
    assert re.search(r"\| rmsle \| \d\.\d{3} \| \d\.\d{3} \|", page)


def test_a_promise_that_is_broken_is_louder_than_drift(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    said = asked(duration=lambda column: column + 60)
    facts = outcomes(said, np.random.default_rng(3), inside=0.7)

    assert 2 == look(said, facts, now="2026-11-27")

    assert ["post_opening"] == seen()["broken"]
    assert seen()["promises"][0]["coverage"]["broken_after"] <= 100
    said_to_do = capsys.readouterr().out
    assert "Retrain on what has become known (`make outcomes`, then `make promote`)" in said_to_do


def test_outcomes_of_another_model_break_no_promise_of_this_one(asked: Asked) -> None:
    said = [{**record, "model": "box_office:older"} for record in asked()]
    facts = outcomes(said, np.random.default_rng(3), inside=0.2)

    assert 0 == look(said, facts, now="2026-11-27")
    assert [] == seen()["promises"]


def test_a_film_that_was_asked_about_often_breaks_no_promise_alone(asked: Asked) -> None:
    [record, *_] = asked()
    said = [{**record, "id": f"s{number}"} for number in range(200)]
    facts = outcomes(said[:1], np.random.default_rng(3), inside=0)
    facts = [{**facts[0], "id": each["id"]} for each in said]

    assert 0 == look(said, facts, now="2026-11-27")
    assert 1 == seen()["promises"][0]["coverage"]["outcomes"]


def test_few_outcomes_tell_no_errors(asked: Asked) -> None:
    said = asked()
    look(said, outcomes(said[:10], np.random.default_rng(3), inside=0.9), now="2026-11-27")

    assert {} == seen()["promises"][0]["errors"]
    assert "Errors are told from 30 films on." in Path("reports/watch.md").read_text()


def test_outcomes_that_an_earlier_table_told_are_judged_as_well(asked: Asked) -> None:
    said = asked()
    facts = outcomes(said, np.random.default_rng(3), inside=0.6)
    rows = [f"{fact['id']},{fact['time']},{fact['worldwide_gross']}" for fact in facts]
    Path("table.csv").write_text("\n".join(["id,time,worldwide_gross", *rows]) + "\n")
    write(Path("data/journal"), said)
    outcomes_command.main(["--table", "table.csv", "--now", "2026-12-01"])

    assert 2 == look(said, now="2026-12-01")


def test_a_model_of_the_store_is_judged_by_its_tag(asked: Asked, model_tag: str) -> None:
    said = [{**record, "model": model_tag} for record in asked()]
    facts = outcomes(said, np.random.default_rng(3), inside=0.6)

    assert 2 == look(said, facts, now="2026-11-27", words=("--model", model_tag))
    assert model_tag == seen()["model"]


def test_pictures_show_drift_and_coverage_and_are_the_same_bytes_again(asked: Asked) -> None:
    said = asked()
    facts = outcomes(said, np.random.default_rng(3), inside=0.9)
    look(said, facts, now="2026-11-27")
    paths = [*Path("reports/watch").iterdir(), *(Path("reports") / name for name in WRITTEN)]
    before = {path: path.read_bytes() for path in paths}

    look(said, facts, now="2026-11-27")

    assert {"drift.png", "coverage.png"} == {path.name for path in Path("reports/watch").iterdir()}
    assert before == {path: path.read_bytes() for path in before}
    page = Path("reports/watch.md").read_text()
    pictures = re.findall(r"\!\[.*\]\((.+)\)", page)
    assert all((Path("reports") / picture).exists() for picture in pictures)
    assert 2 == len(pictures)


def test_what_cannot_be_told_ends_with_a_code_of_its_own_and_no_older_report(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    look(asked())

    assert 3 == watch.command(["--journal", "nowhere"])

    assert "watch: nowhere holds no journal" in capsys.readouterr().err
    assert not any((Path("reports") / name).exists() for name in WRITTEN)
    assert 3 == watch.command(["--model", "box_office:unknown"])
    assert "name another with --model" in capsys.readouterr().err


def test_words_of_a_journal_are_no_markdown(asked: Asked) -> None:
    said = asked()
    said[0]["endpoint"] = "<img src=x> | `x`"

    look(said)

    assert r"| \<img src=x\> \| \`x\` | 1 |" in Path("reports/watch.md").read_text()


def test_the_rules_of_the_project_can_be_met() -> None:
    rules = params.load().watch

    assert rules.min_films >= 50
    assert set(rules.expected) <= {*FIELDS}
