"""What a candidate would have answered, beside what was answered: too much change stops it."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from service.films.fields import known_at
from service.films.schema import HORIZONS
from service.model.predictor import Predictor
from tests.support.journals import Record, days, forecasts, write
from tests.support.project import ROOT
from tests.support.trained import edit_manifest
from training import replay
from training.common import params
from training.estimator.folder import version

CHAMPION, CANDIDATE = Path("champion"), Path("models/box_office")
WRITTEN = [Path("reports/replay.json"), Path("reports/replay.md")]
Asked = Callable[..., list[Record]]


@pytest.fixture(autouse=True)
def project(model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose candidate is its champion, until a test changes it."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "reports").mkdir()
    for folder in (CHAMPION, CANDIDATE):
        shutil.copytree(model_folder, folder)
    return tmp_path


@pytest.fixture
def asked(films: pd.DataFrame) -> Asked:
    """What the champion has forecast of films of the training, some of them without a field."""

    def make(count: int = 200, without: int = 0, field: str = "imdb_score") -> list[Record]:
        drawn = films.head(count).copy()
        drawn.loc[drawn.index[:without], field] = np.nan
        predictor, times = Predictor.load(CHAMPION), days("2026-10-27T01:00", count, 10)
        return forecasts(predictor, drawn, times, tagged(CHAMPION))

    return make


def tagged(folder: Path) -> str:
    return f"box_office:{version(folder)}"


def change(**parts: Any) -> None:
    """Change what the candidate says of itself."""
    edit_manifest(CANDIDATE, **parts)


def unknown(field: str, **effect: float) -> None:
    """Let it move the candidate's forecasts, or widen their intervals, that a field is unknown."""
    horizons = card()["horizons"]
    for part in horizons.values():
        if field in part["unknown"]:
            part["unknown"][field] |= effect
    change(horizons=horizons)


def card() -> Any:
    return json.loads((CANDIDATE / "card.json").read_text())


def set_rules(**rules: Any) -> None:
    settings = yaml.safe_load(Path("params.yaml").read_text())
    settings["replay"] |= rules
    Path("params.yaml").write_text(yaml.safe_dump(settings))


def run(said: list[Record], *words: str) -> int:
    """Write these records and replay them; the exit code."""
    write(Path("data/journal"), said)
    return replay.command(["--champion", str(CHAMPION), *words])


def seen() -> Any:
    return json.loads(WRITTEN[0].read_text())


def page() -> str:
    return WRITTEN[1].read_text()


def test_a_candidate_that_is_the_champion_changes_nothing(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run(asked())

    found = seen()["found"]
    assert ("passes", 200, 200, 0) == (
        seen()["verdict"],
        found["films"],
        found["remembered"],
        found["otherwise"],
    )
    assert {1.0} == set(found["all"]["quantiles"].values())
    assert f"replay: Nothing speaks against {tagged(CANDIDATE)}" in capsys.readouterr().out
    assert "# Replay: passes" in page()


def test_a_share_of_films_that_change_much_stops_the_candidate(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown("imdb_score", shift=np.log(3.0))

    assert 1 == run(asked(without=30))

    assert ["15.0 % are forecast 1.5 times otherwise (10.0 % is allowed)"] == seen()["reasons"]
    assert 30 == seen()["found"]["all"]["changed"]
    way_out = f"adds {{model: {tagged(CANDIDATE)}, reason: ...}} to replay.accept of params.yaml"
    assert way_out in capsys.readouterr().out


def test_a_few_films_that_change_much_do_not_and_are_told_most_changed_first(
    asked: Asked,
) -> None:
    unknown("imdb_score", shift=np.log(3.0))

    assert 0 == run(asked(without=4))

    films = seen()["found"]["most_changed"]
    assert 4 == len(films)
    assert not any("imdb_score" in film["fields"] for film in films)
    ratio = films[0]["candidate"]["forecast"] / films[0]["champion"]["forecast"]
    assert ratio > 2
    assert 4 == len(re.findall(r"\*\*\+\d+\.\d %\*\* \w", page()))


def test_forecasts_that_all_move_a_little_stop_the_candidate(asked: Asked) -> None:
    unknown("imdb_score", shift=np.log(1.3))

    assert 1 == run(asked(without=200))

    [reason] = seen()["reasons"]
    assert re.fullmatch(r"the median forecast moves by \d\d\.\d % \(10\.0 % is allowed\)", reason)


def test_intervals_that_are_much_wider_stop_the_candidate(asked: Asked) -> None:
    unknown("imdb_score", width=2.0)

    assert 1 == run(asked(without=200))

    found = seen()["found"]["all"]
    assert found["candidate"] > 1.3 * found["champion"]
    assert any("the median width of intervals" in reason for reason in seen()["reasons"])


def test_new_warnings_are_told_by_kind_and_stop_the_candidate(asked: Asked) -> None:
    change(ranges=card()["ranges"] | {"duration": {"low": 1, "high": 2}})

    assert 1 == run(asked())

    assert ["100.0 % get a new kind of warning (10.0 % is allowed)"] == seen()["reasons"]
    warned = {"champion": 0, "candidate": 200, "new": 200, "gone": 0}
    assert warned == seen()["found"]["warnings"]["out_of_range"]
    assert "| `out_of_range` | 0 | 200 | 200 | 0 |" in page()


def test_warnings_that_are_gone_are_told_and_stop_nothing(asked: Asked) -> None:
    edit_manifest(CHAMPION, ranges=card()["ranges"] | {"duration": {"low": 1, "high": 2}})

    assert 0 == run(asked())

    assert {"champion": 200, "candidate": 0, "new": 0, "gone": 200} == seen()["found"]["warnings"][
        "out_of_range"
    ]


def test_each_horizon_that_has_films_enough_is_judged_for_itself(asked: Asked) -> None:
    unknown("duration", shift=np.log(3.0))
    late = asked(without=40, field="duration")
    early = [{**each, "id": f"e-{each['id']}", "model": "box_office:older"} for each in asked()]
    for record in early:
        fields, first = record["fields"], known_at(HORIZONS[0])
        record["fields"] = {name: value for name, value in fields.items() if name in first}

    assert 1 == run([*early, *late])

    assert ["post_opening: 20.0 % are forecast 1.5 times otherwise (10.0 % is allowed)"] == seen()[
        "reasons"
    ]
    assert {"pre_release": 200, "post_opening": 200} == {
        name: part["films"] for name, part in seen()["found"]["horizons"].items()
    }


def test_a_horizon_that_a_candidate_has_lost_is_told(asked: Asked) -> None:
    horizons = card()["horizons"]
    del horizons["post_opening"]
    change(horizons=horizons)

    run(asked())

    assert ["post_opening → pre_release"] == list(seen()["found"]["horizons"])


def test_a_candidate_that_is_accepted_passes_and_the_reason_is_told(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown("imdb_score", shift=np.log(3.0))
    set_rules(accept=[{"model": tagged(CANDIDATE), "reason": "scores were on another scale"}])

    assert 0 == run(asked(without=100))

    assert "accepted" == seen()["verdict"]
    assert "is accepted (scores were on another scale): 50.0 %" in capsys.readouterr().out


def test_another_candidate_than_the_accepted_one_is_stopped(asked: Asked) -> None:
    set_rules(accept=[{"model": tagged(CANDIDATE), "reason": "scores were on another scale"}])
    unknown("imdb_score", shift=np.log(3.0))

    assert 1 == run(asked(without=100))


def test_too_few_films_are_said_and_stop_nothing(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown("imdb_score", shift=np.log(3.0))

    assert 0 == run(asked(60, without=60))

    assert (
        "60 different films in the journal are too few, 100 are needed" in capsys.readouterr().out
    )
    assert 60 == seen()["found"]["all"]["changed"]


def test_a_journal_without_a_forecast_is_too_few_films() -> None:
    outcome = {"journal": "outcome", "id": "a", "time": "2026-11-01T00:00:00Z"}

    assert 0 == run([{**outcome, "worldwide_gross": 1e6}])

    assert "too few" == seen()["verdict"]


def test_the_last_films_count_and_each_of_them_once(asked: Asked) -> None:
    said = asked(150)
    again = [{**each, "id": f"again-{each['id']}"} for each in said[:20]]
    set_rules(films=120)

    run([*said, *again])

    assert 120 == seen()["found"]["films"]
    set_rules(films=1000)
    run([*said, *again])
    assert 150 == seen()["found"]["films"]


def test_what_the_champion_answered_counts_and_not_what_this_code_makes_of_it(
    asked: Asked,
) -> None:
    said = asked()
    for record in said:
        record["worldwide_gross"] /= 2  # as code that is no more did

    assert 1 == run(said)

    found = seen()["found"]
    assert (200, 200) == (found["remembered"], found["otherwise"])
    assert 2 == pytest.approx(found["all"]["quantiles"]["0.5"], rel=1e-3)
    assert "200 of these it would answer otherwise with this code" in page()


def test_what_an_older_model_answered_counts_for_nothing(asked: Asked) -> None:
    said = [{**each, "model": "box_office:older", "worldwide_gross": 1.0} for each in asked()]

    assert 0 == run(said)
    assert 0 == seen()["found"]["remembered"]


def test_what_is_shown_to_all_has_no_film_in_it(asked: Asked) -> None:
    unknown("imdb_score", shift=np.log(3.0))
    said = asked(without=20)
    for record in said:
        record["fields"]["genre"] = "A Secret Genre"

    run(said)

    assert 10 == len(seen()["found"]["most_changed"])

    text = page()
    shown, films = text.split("## The films that change most")
    assert "Secret" not in shown
    assert "genre: A Secret Genre" in films


def test_words_of_a_journal_are_no_markdown(asked: Asked) -> None:
    unknown("imdb_score", shift=np.log(3.0))
    said = asked(without=1)
    for record in said:
        record["fields"]["genre"] = "<img src=x> | `x`"

    run(said)

    assert r"genre: \<img src=x\> \| \`x\`" in page()
    assert "<img" not in page().replace(r"\<img", "")


def test_models_of_the_store_are_named_by_their_tags(asked: Asked, model_tag: str) -> None:
    assert 0 == run(asked(), "--champion", model_tag, "--candidate", model_tag)

    assert (model_tag, model_tag) == (seen()["found"]["champion"], seen()["found"]["candidate"])


def test_the_same_replay_is_the_same_bytes(asked: Asked) -> None:
    said = asked()
    run(said)
    before = [path.read_bytes() for path in WRITTEN]

    run(said)

    assert before == [path.read_bytes() for path in WRITTEN]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--journal", "nowhere"), "nowhere holds no journal: set BOX_OFFICE_JOURNAL"),
        (("--champion", "box_office:unknown"), "or name another with --champion"),
        (("--candidate", "models/nothing"), "or name another with --candidate"),
    ],
)
def test_what_cannot_be_replayed_has_a_code_of_its_own_and_leaves_no_older_report(
    asked: Asked, capsys: pytest.CaptureFixture[str], words: tuple[str, str], sentence: str
) -> None:
    run(asked())

    assert 2 == run(asked(), *words)

    assert sentence in capsys.readouterr().err
    assert not any(path.exists() for path in WRITTEN)


def test_a_champion_that_this_code_cannot_run_is_named(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    said = asked()
    horizons = card()["horizons"]
    horizons["pre_release"]["features"].append("another")
    edit_manifest(CHAMPION, horizons=horizons)

    assert 2 == run(said)
    assert "was trained on other pre_release features" in capsys.readouterr().err


def test_the_rules_of_the_project_accept_nothing_that_is_not_explained() -> None:
    rules = params.load().replay

    assert rules.min_films >= 50
    assert all(each.reason.strip() for each in rules.accept)
