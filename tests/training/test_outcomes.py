"""Journal and outcomes to one table of forecast and fact, and to rows that ingest learns from."""

import json
import shutil
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest

from service.errors import BoxOfficeError
from tests.support.journals import Record, write
from tests.support.project import ROOT
from training import ingest, outcomes
from training.common import params
from training.films.join import join
from training.watching import facts, journal
from training.watching.clock import clock

NOW = "2026-11-26T00:00:00Z"
FILM = {
    "production_budget": 60e6,
    "title_year": 2026,
    "release_month": 6,
    "duration": 112,
    "genre": "Comedy",
    "mpaa_rating": "PG-13",
}


def said(film: str, day: int = 1, **fields: Any) -> Record:
    """A forecast of a film on a day of January, by id."""
    return {
        "journal": "forecast",
        "id": film,
        "time": f"2026-01-{day:02}T03:00:00.123Z",
        "endpoint": "rest",
        "model": "box_office:abc",
        "fields": FILM | fields,
        "worldwide_gross": 100e6,
        "expected_gross": 150e6,
        "interval": {"low": 20e6, "high": 500e6, "coverage": 0.9},
        "horizon": "post_opening" if "opening_gross" in fields else "pre_release",
        "warnings": [],
    }


def became(gross: float, month: int = 6, **film: Any) -> Record:
    """What a film became, known in a month."""
    time = f"2026-{month:02}-01T00:00:00Z"
    return {"journal": "outcome", "time": time, "worldwide_gross": gross, **film}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project with the shipped parameters."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def learn(*records: Record, words: tuple[str, ...] = ()) -> dict[str, int]:
    """Write a journal and run the command; gives what it counted."""
    write(Path("data/journal"), records)
    assert 0 == outcomes.main(["--now", NOW, *words])
    counts: dict[str, int] = json.loads(Path("reports/outcomes.json").read_text())
    return counts


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(Path("data/outcomes") / f"{name}.csv")


def test_an_outcome_is_joined_to_the_forecast_of_its_id() -> None:
    learn(said("a"), said("b"), became(90e6, id="a"))

    [fact] = table("facts").to_dict("records")
    assert ("a", 100e6, 90e6) == (fact["id"], fact["forecast"], fact["worldwide_gross"])


def test_an_outcome_is_joined_to_all_forecasts_of_its_title_and_year() -> None:
    learn(
        said("a", movie_title="The Film"),
        said("b", day=2, movie_title=" the  film", opening_gross=30e6),
        said("c", movie_title="The Film", title_year=1999),
        became(90e6, movie_title="THE FILM", title_year=2026),
    )

    assert ["a", "b"] == table("facts")["id"].tolist()
    assert 1 == len(table("movies"))


def test_an_interval_is_judged_once_a_film_and_holds_what_is_within_it() -> None:
    counts = learn(
        said("a", movie_title="The Film"),
        said("b", day=2, movie_title="The Film"),
        became(90e6, movie_title="The Film", title_year=2026),
        said("c"),
        became(900e6, id="c"),
    )

    assert (2, 1) == (counts["intervals judged"], counts["intervals that held"])


def test_an_outcome_may_tell_the_title_of_its_forecast() -> None:
    learn(said("a"), became(90e6, id="a", movie_title="The Film"))

    assert ["The Film"] == table("movies")["movie_title"].tolist()


def test_later_outcomes_of_a_film_replace_earlier_ones_in_any_order() -> None:
    learn(
        said("a", movie_title="The Film"),
        became(95e6, month=8, id="a"),
        became(90e6, month=7, movie_title="The Film", title_year=2026),
    )

    assert [95e6] == table("financials")["worldwide_gross"].tolist()
    assert ["2026-07-01T00:00:00+00:00"] == table("facts")["known"].tolist()


def test_an_id_that_nobody_knows_is_counted() -> None:
    counts = learn(said("a"), became(90e6, id="a"), became(90e6, id="z"))

    assert 1 == counts["outcomes of no known forecast"]
    assert 1 == counts["films to learn from"]


def test_a_film_is_one_row_with_what_was_known_of_it_last() -> None:
    learn(
        said("a", movie_title="The Film", duration=100),
        said("b", day=5, movie_title="The Film", opening_gross=30e6, screens=3000, duration=None),
        became(90e6, movie_title="The Film", title_year=2026),
    )

    assert [100] == table("movies")["duration"].tolist()
    assert [30e6] == table("opening_gross")["opening_gross"].tolist()
    assert ["2026-06-15"] == table("financials")["release_date"].tolist()


def test_forecasts_without_a_title_are_of_one_film_where_film_and_outcome_are_alike() -> None:
    learn(
        said("a"),
        said("b", day=2, opening_gross=30e6),
        said("c", genre="Drama"),
        *(became(90e6, id=film) for film in "abc"),
    )

    assert ["Untitled a", "Untitled c"] == table("movies")["movie_title"].tolist()


def test_a_month_that_is_unknown_stays_unknown() -> None:
    learn(said("a", release_month=None), became(90e6, id="a"))

    films = learned()
    assert films["release_month"].isna().all()
    assert [2026] == films["title_year"].tolist()


def learned() -> pd.DataFrame:
    """The films that ingest and prepare make of the outcomes alone."""
    settings = params.load().ingest.model_copy(update={"source": ["data/outcomes"]})
    tables, findings = ingest.ingest(settings)
    assert {} == {path: f.faults for path, f in findings.files.items() if f.faults}
    return join(tables)[0]


def test_what_ingest_reads_of_the_rows_is_the_film_that_was_asked_about() -> None:
    film = FILM | {"opening_gross": 30e6, "screens": 3000.0, "imdb_score": 6.5}
    learn(said("a", **film), became(90e6, id="a", movie_title="The Film"))

    [row] = learned().dropna(axis=1).to_dict("records")
    assert film | {"movie_title": "The Film", "worldwide_gross": 90e6} == row


def test_outcomes_are_learned_from_beside_the_shipped_tables() -> None:
    learn(said("a"), became(90e6, id="a", movie_title="The Film"))
    settings = params.load().ingest
    shipped = [str(ROOT / "data/open")]

    before, _ = ingest.ingest(settings.model_copy(update={"source": shipped}))
    after, _ = ingest.ingest(settings.model_copy(update={"source": [*shipped, "data/outcomes"]}))

    assert 1 == len(join(after)[0]) - len(join(before)[0])


@pytest.mark.parametrize(
    ("fields", "gross", "reason"),
    [
        ({"opening_gross": 95e6}, 90e6, "below its opening_gross"),
        ({}, 100e6 * 101, "over 100 times the forecast"),
        ({"title_year": None}, 90e6, "the year is unknown"),
    ],
)
def test_what_is_implausible_is_set_apart_with_the_reason(
    fields: dict[str, Any], gross: float, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = learn(
        said("a", **fields), said("b", day=2), became(gross, id="a"), became(8e7, id="b")
    )

    [apart] = table("set_apart").to_dict("records")
    assert ("a", reason) == (apart["id"], apart["reason"])
    assert ["Untitled b"] == table("movies")["movie_title"].tolist()
    assert 1 == counts["films set apart"]
    assert f"set apart: Untitled a, {reason}" in capsys.readouterr().out


def test_a_flop_is_learned_from_however_low() -> None:
    counts = learn(said("a"), became(1000, id="a"))

    assert (1, 0) == (counts["films to learn from"], counts["films set apart"])


def test_a_table_of_outcomes_is_as_good_as_the_journal(tmp_path: Path) -> None:
    (tmp_path / "outcomes.csv").write_text(
        "id,movie_title,title_year,worldwide_gross\na,,,90000000\n,The Film,2026,80000000\n"
    )

    learn(said("a"), said("b", movie_title="The Film"), words=("--table", "outcomes.csv"))

    assert {"a": 90e6, "b": 80e6} == table("facts").set_index("id")["worldwide_gross"].to_dict()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("id,gross\na,1\n", "lacks worldwide_gross"),
        ("id,worldwide_gross\na,-1\n", r"row 2 needs a positive worldwide_gross"),
        ("id,worldwide_gross\na,ten\n", r"row 2 needs a positive worldwide_gross"),
        ("id,worldwide_gross\n,5\n", r"row 2 .* an id or a movie_title"),
    ],
)
def test_a_table_that_is_none_is_refused_by_row(tmp_path: Path, content: str, fault: str) -> None:
    (tmp_path / "outcomes.csv").write_text(content)
    with pytest.raises(BoxOfficeError, match=fault):
        learn(said("a"), words=("--table", "outcomes.csv"))

    assert not Path("data/outcomes").exists()


def test_what_was_learned_outlives_the_journal(tmp_path: Path) -> None:
    (tmp_path / "outcomes.csv").write_text("id,worldwide_gross,time\na,95000000,2026-09-01\n")
    learn(said("a"), became(90e6, id="a"), words=("--table", "outcomes.csv"))
    before = {path.name: path.read_bytes() for path in Path("data/outcomes").iterdir()}

    learn(said("a"), became(90e6, id="a"))
    same = {path.name: path.read_bytes() for path in Path("data/outcomes").iterdir()}
    learn(said("b", genre="Drama"), became(50e6, id="b"))

    assert before == same
    assert [95e6, 50e6] == table("financials")["worldwide_gross"].tolist()


def test_facts_of_nothing_are_no_hindrance(tmp_path: Path) -> None:
    assert 0 == learn(became(90e6, id="nobody"))["films to learn from"]
    counts = learn(said("a"), became(90e6, id="a"))

    assert 1 == counts["films to learn from"]


def test_the_same_journal_gives_the_same_bytes_in_any_order_of_files() -> None:
    records = [said("a"), said("b", genre="Drama"), became(90e6, id="a"), became(80e6, id="b")]
    write(Path("data/journal"), records[::-1])
    learn(*records)
    before = {path.name: path.read_bytes() for path in Path("data/outcomes").iterdir()}
    shutil.rmtree("data")

    write(Path("data/journal"), records[:2], "2.jsonl")
    learn(*records[2:])

    assert before == {path.name: path.read_bytes() for path in Path("data/outcomes").iterdir()}


def test_a_torn_last_line_and_a_damaged_one_are_skipped_and_counted() -> None:
    write(Path("data/journal"), [said("b")], "other.jsonl")
    path = Path("data/journal/other.jsonl")
    path.write_text("{}\nno record\n" + json.dumps(said("c"))[:-20])

    counts = learn(said("a"), became(90e6, id="a"))

    assert (1, 1) == (counts["torn lines"], counts["lines that are no record"])
    assert 1 == counts["forecasts"]


def test_records_of_what_is_no_film_are_damaged() -> None:
    wrong = [
        said("a") | {"fields": None},
        said("b") | {"worldwide_gross": "many"},
        said("c") | {"time": "yesterday noon"},
        became(-1, id="a"),
        became(1),
    ]
    write(Path("data/journal"), wrong)

    read = journal.read("data/journal")

    assert {"lines that are no record": 5} == dict(read.skipped)
    assert read.forecasts.empty


def test_what_cloud_logging_exports_is_read_as_well() -> None:
    time = "2026-01-01T00:00:00Z"
    lines: list[Record] = [
        {"jsonPayload": each, "timestamp": time} for each in (said("a"), said("b"))
    ]
    del lines[0]["jsonPayload"]["time"]
    lines.append({"textPayload": "box_office:abc is ready", "timestamp": time})
    write(Path("data/journal/run/2026/01/01"), lines, "03:00:00_03:59:59_S0.json")

    read = journal.read("data/journal")

    assert ["a", "b"] == sorted(read.forecasts["id"])
    assert {} == dict(read.skipped)


def test_a_journal_under_a_url_is_read_as_one_in_a_folder() -> None:
    fs = fsspec.filesystem("memory")
    fs.pipe_file("/films/day.jsonl", (json.dumps(said("a")) + "\n").encode())
    fs.pipe_file("/films/readme.txt", b"no journal")

    assert ["a"] == journal.read("memory://films").forecasts["id"].tolist()


def test_a_journal_that_is_not_there_is_said_with_the_way_out() -> None:
    with pytest.raises(BoxOfficeError, match=r"nowhere holds no journal: set BOX_OFFICE_JOURNAL"):
        outcomes.main(["--journal", "nowhere"])


def test_what_is_not_known_yet_is_not_used() -> None:
    write(Path("data/journal"), [said("a"), became(90e6, month=8, id="a")])

    outcomes.main(["--now", "2026-07-31"])

    assert table("facts").empty
    assert ["facts.csv", "set_apart.csv"] == sorted(p.name for p in Path("data/outcomes").iterdir())


def test_one_forecast_of_a_film_is_judged_the_last_before_the_fact() -> None:
    write(
        Path("data/journal"),
        [
            *(said(name, day=day, movie_title="The Film") for day, name in enumerate("abc", 1)),
            {**said("d", movie_title="The Film"), "time": "2026-07-01T00:00:00Z"},
            became(90e6, movie_title="The Film", title_year=2026),
        ],
    )

    known, _ = facts.facts(journal.read("data/journal"))

    assert 4 == len(known)
    assert ["c"] == facts.judged(known)["id"].tolist()


def test_a_clock_is_in_utc_unless_it_says_otherwise() -> None:
    assert clock("2026-11-26") == pd.Timestamp("2026-11-26T00:00:00Z")
    assert clock("2026-11-26T03:00:00+03:00") == pd.Timestamp("2026-11-26T00:00:00Z")
    with pytest.raises(ValueError, match="no time"):
        clock("NaT")


def test_what_was_joined_in_a_whole_second_is_read_again() -> None:
    whole = said("second", day=2) | {"time": "2026-01-02T03:00:00Z"}
    write(Path("data/journal"), [said("first"), whole, became(1e6, id="first")])
    write(Path("data/journal"), [became(2e6, id="second")], "later.jsonl")

    for _ in range(2):
        outcomes.main(["--journal", "data/journal", "--now", NOW])

    times = facts.kept(Path("data/outcomes/facts.csv")).forecasts["time"]
    assert [123_000, 0] == [time.microsecond for time in times]
