"""The report and the model card, rendered from what the earlier stages found."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from service.films.schema import HORIZONS
from service.model.predictor import Predictor
from tests.support.project import ROOT
from training import report
from training.common import params
from training.evaluation import crossval
from training.evaluation.answers import together
from training.evaluation.calibration import interval_report
from training.evaluation.distribution import distribution_report
from training.films import facts as facts_of
from training.films.units import amount

WRITTEN = [
    *(f"reports/{name}" for name in ("report.md", "report.json")),
    *(f"models/model_card.{kind}" for kind in ("md", "json")),
    *(f"reports/plots/{name}.png" for name in ("forecast", "residual", "coverage")),
    *(f"reports/curves/{name}.json" for name in ("forecast", "residual", "calibration")),
]


@pytest.fixture(scope="module")
def project(
    films: pd.DataFrame, model_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A project in which every stage before the report has run, on films of hostile titles."""
    root = tmp_path_factory.mktemp("reported")
    for name in ("data/ingested", "models", "reports"):
        (root / name).mkdir(parents=True)
    films = films.assign(movie_title=films["movie_title"] + " | <b>*1*\n# x")
    films.to_parquet(root / "data/films.parquet")
    financials = films[["worldwide_gross"]].assign(domestic_gross=films["worldwide_gross"])
    financials.loc[:99, "domestic_gross"] = 1.0
    financials.to_parquet(root / "data/ingested/financials.parquet")
    for name in ("movies", "opening_gross"):
        pd.DataFrame().to_parquet(root / f"data/ingested/{name}.parquet")
    (root / "models/box_office").symlink_to(model_folder)
    served = Predictor.load(model_folder)
    answers = {h: crossval.compare(served, films, films, h) for h in HORIZONS}
    together(answers, "0" * 16).to_parquet(root / "reports/answers.parquet")
    scores = {h: crossval.scores(table) for h, table in answers.items()}
    metrics = {
        "test": scores,
        "cross_validation": scores,
        "spread": {h: crossval.spread(table) for h, table in answers.items()},
        "interval": {h: interval_report(table, 0.9) for h, table in answers.items()},
        "distribution": {h: distribution_report(table) for h, table in answers.items()},
        "backtest": {"pre_release": scores["pre_release"]},
    }
    (root / "reports/metrics.json").write_text(json.dumps(metrics))
    fields = {h: served.manifest.horizons[h].fields for h in HORIZONS}
    shuffled, left_out = {"mean": 0.5, "spread": 0.1}, {"rmsle": [0.1, 0.2], "mae": [1e6, 2e6]}
    effects = {
        "importance": {h: dict.fromkeys(names, shuffled) for h, names in fields.items()},
        "ablation": {h: dict.fromkeys(names, left_out) for h, names in fields.items()},
    }
    (root / "reports/fields.json").write_text(json.dumps(effects))
    return root


def run(project: Path) -> dict[str, bytes]:
    """What the stage writes, by path."""
    whole = params.load(ROOT / "params.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(params, "load", lambda: whole)
        patch.chdir(project)
        assert 0 == report.main()
    return {name: (project / name).read_bytes() for name in WRITTEN}


@pytest.fixture(scope="module")
def written(project: Path) -> dict[str, bytes]:
    """What one run of the stage writes."""
    return run(project)


def test_a_second_run_makes_the_same_bytes(project: Path, written: dict[str, bytes]) -> None:
    assert written == run(project)


def test_a_report_that_cannot_be_written_leaves_all_as_it_was(
    project: Path, written: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "reports/plots/forecast.png").write_bytes(b"earlier")
    monkeypatch.setattr(report, "render", lambda *_: "\udc00")  # cannot be written as UTF-8
    try:
        with pytest.raises(UnicodeEncodeError):
            run(project)
        assert b"earlier" == (project / "reports/plots/forecast.png").read_bytes()
    finally:
        (project / "reports/plots/forecast.png").write_bytes(written["reports/plots/forecast.png"])


def test_pictures_say_nothing_of_when_or_by_what_they_were_made(written: dict[str, bytes]) -> None:
    pictures = [data for name, data in written.items() if name.endswith(".png")]

    assert all(data.startswith(b"\x89PNG") for data in pictures)
    assert not any(b"tEXt" in data or b"tIME" in data for data in pictures)


def test_the_report_has_every_section_for_every_horizon(written: dict[str, bytes]) -> None:
    text = written["reports/report.md"].decode()

    assert [f"`{h}`" for h in HORIZONS] == re.findall(r"^## (.+)$", text, re.M)
    sections = ["Model and baselines", "Interval", "Distribution", "Calibration", "Slices"]
    sections += ["Fields", "Worst films"]
    assert sections * 2 == re.findall(r"^### (.+)$", text, re.M)
    assert 6 == text.count("```mermaid\nxychart-beta\n")


def test_every_row_of_a_table_has_as_many_cells_as_its_header(written: dict[str, bytes]) -> None:
    for name in ("reports/report.md", "models/model_card.md"):
        for block in written[name].decode().strip().split("\n\n"):
            if block.startswith("|"):
                assert 1 == len({len(re.findall(r"(?<!\\)\|", r)) for r in block.split("\n")})


def test_a_title_cannot_break_the_report(written: dict[str, bytes]) -> None:
    text = written["reports/report.md"].decode()

    assert r" \| \<b\>\*1\* \# x |" in text
    assert "<b>" not in text


def test_a_horizon_without_a_backtest_is_reported_without_it(written: dict[str, bytes]) -> None:
    before, after = written["reports/report.md"].decode().split("## `post_opening`")

    assert 3 == before.count("| later years (400) |")
    assert "later years" not in after
    card = json.loads(written["models/model_card.json"])
    assert "backtest" not in card["horizons"]["post_opening"]


def test_the_card_is_small_enough_to_be_served(written: dict[str, bytes]) -> None:
    card = json.loads(written["models/model_card.json"])

    assert 20_000 > len(json.dumps(card))
    assert ["intended_use", "coverage", "beside", "data", "horizons", "limits"] == list(card)
    assert set(HORIZONS) == set(card["horizons"])


def test_the_card_counts_targets_that_are_only_domestic(written: dict[str, bytes]) -> None:
    card = json.loads(written["models/model_card.json"])

    assert 0.75 == card["data"]["worldwide_equals_domestic"]
    assert any("75.0 %" in limit for limit in card["limits"])


def test_tables_without_a_domestic_gross_say_nothing_of_it() -> None:
    assert facts_of.equal_share(pd.DataFrame({"worldwide_gross": [1.0]})) is None
    nothing = pd.DataFrame({"worldwide_gross": [1.0], "domestic_gross": [0.0]})
    assert facts_of.equal_share(nothing) is None


def test_films_of_unlisted_genre_are_compared_with_the_others() -> None:
    films = pd.DataFrame({"genre": [None, "Drama", None], "worldwide_gross": [1.0, 9.0, 3.0]})

    facts = facts_of.unlisted(films, "genre")

    assert {"films": 2, "median_gross": 2, "median_gross_of_others": 9} == facts


def test_a_label_that_all_or_no_films_list_is_no_limit(films: pd.DataFrame) -> None:
    financials = pd.DataFrame({"worldwide_gross": [1.0]})

    facts = facts_of.data_facts(
        films.assign(genre=None), {"financials": financials}, "data", "hash"
    )

    assert {} == facts["unlisted"]


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (1234567890, "1,235"),
        (52_514_600, "52.5"),
        (9e6, "9.00"),
        (423, "0.000423"),
        (-2e7, "-20.0"),
    ],
)
def test_dollars_are_shown_in_millions_with_three_digits(usd: float, text: str) -> None:
    assert text == amount(usd)
