"""Raw tables in, typed tables out; what does not fit is counted or refused, and never guessed."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from service.errors import BoxOfficeError
from tests.support.films import invented_tables, write_tables
from tests.support.project import ROOT, SHARED, needs_shared_data
from tests.support.sources import learning_from
from training import ingest
from training.common import params

Tables = dict[str, pd.DataFrame]


@pytest.fixture
def tables() -> Tables:
    """Ten films as text, so that a test can put anything into a cell."""
    return {name: table.astype(str).astype(object) for name, table in invented_tables(10).items()}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def ingested(*sources: Path, max_dropped: float = 0.1) -> tuple[Tables, dict[str, Any]]:
    """The typed tables, and the report."""
    listed = [str(source) for source in sources]
    tables, findings = ingest.ingest(params.Ingest(source=listed, max_dropped=max_dropped))
    return tables, findings.facts()


def read(source: Path, max_dropped: float = 0.1) -> tuple[Tables, dict[str, dict[str, int]]]:
    """The typed tables, and by table how many rows broke which rule."""
    tables, report = ingested(source, max_dropped=max_dropped)
    return tables, {Path(path).stem: file["dropped"] for path, file in report["files"].items()}


def test_every_table_is_typed(tables: Tables, source: Path) -> None:
    typed, dropped = read(write_tables(tables, source))

    assert {"movies": {}, "financials": {}, "opening_gross": {}} == dropped
    assert [10, 10, 10] == [len(table) for table in typed.values()]
    assert "float64" == typed["movies"]["budget"].dtype
    assert "M" == typed["financials"]["release_date"].dtype.kind
    assert 6 == typed["financials"]["release_date"].dt.month.unique()


def test_the_older_spelling_of_financials_is_read(tables: Tables, source: Path) -> None:
    tables["finantials"] = tables.pop("financials")

    typed, _ = read(write_tables(tables, source))

    assert 10 == len(typed["financials"])


def test_the_newer_spelling_of_financials_wins(tables: Tables, source: Path) -> None:
    tables["finantials"] = tables["financials"].head(4)

    typed, _ = read(write_tables(tables, source))

    assert 10 == len(typed["financials"])


def test_openings_are_optional(tables: Tables, source: Path) -> None:
    del tables["opening_gross"]

    typed, dropped = read(write_tables(tables, source))

    assert {"movies", "financials"} == set(dropped)
    assert ["movie_title", "opening_gross", "screens"] == list(typed["opening_gross"])
    assert typed["opening_gross"].empty


AMOUNT = "from 0 to 1,000,000,000,000"
DATE = "release_date must be a date such as 2009-12-25 or 12/25/2009"


@pytest.mark.parametrize(
    ("table", "column", "value", "rule"),
    [
        ("movies", "imdb_score", "11", "imdb_score must be from 0 to 10"),
        ("movies", "movie_title", "", "movie_title must not be empty"),
        ("movies", "movie_title", " \u00a0", "movie_title must not be empty"),
        ("movies", "title_year", "soon", "title_year must be a number such as 1234.5"),
        ("movies", "duration", "N/A", "duration must be a number such as 1234.5"),
        ("financials", "worldwide_gross", "$5", "worldwide_gross must be a number such as 1234.5"),
        ("financials", "worldwide_gross", "1,5", "worldwide_gross must be a number such as 1234.5"),
        ("financials", "worldwide_gross", "5M", "worldwide_gross must be a number such as 1234.5"),
        ("financials", "worldwide_gross", "-1", f"worldwide_gross must be {AMOUNT}"),
        ("financials", "worldwide_gross", "inf", f"worldwide_gross must be {AMOUNT}"),
        ("financials", "release_date", "soon", DATE),
        ("financials", "release_date", "2009-02-30", DATE),
        ("financials", "release_date", "-1", DATE),
        ("financials", "release_date", "40150", DATE),
        ("financials", "release_date", "0209-06-15", DATE),
        ("financials", "release_date", "25/12/2009", DATE),
        ("financials", "release_date", "25.12.2009", DATE),
        ("financials", "release_date", "12/25/09", DATE),
        ("opening_gross", "screens", "-inf", f"screens must be {AMOUNT}"),
    ],
)
def test_a_bad_row_is_dropped_and_counted_while_good_ones_stay(
    tables: Tables, source: Path, table: str, column: str, value: str, rule: str
) -> None:
    tables[table].loc[3, column] = value

    typed, dropped = read(write_tables(tables, source))

    assert {rule: 1} == dropped[table]
    good = tables[table]["movie_title"].drop(index=3)
    assert good.tolist() == typed[table]["movie_title"].tolist()


def test_bad_rows_are_counted_by_the_first_rule_that_they_break(
    tables: Tables, source: Path
) -> None:
    tables["movies"].loc[[1, 2], "budget"] = "-5"
    tables["movies"].loc[[2, 7], "duration"] = "long"

    typed, dropped = read(write_tables(tables, source), max_dropped=0.3)

    assert 7 == len(typed["movies"])
    assert {
        "duration must be a number such as 1234.5": 2,
        f"budget must be {AMOUNT}": 1,
    } == dropped["movies"]


def test_too_many_bad_rows_stop_the_stage_with_the_first_of_the_most_frequent_kind(
    tables: Tables, source: Path
) -> None:
    tables["financials"].loc[0, "release_date"] = "soon"
    tables["financials"].loc[[4, 6], "production_budget"] = "$60,000,000"

    with pytest.raises(BoxOfficeError) as error:
        read(write_tables(tables, source), max_dropped=0.2)

    assert (
        f"{source}/financials.csv: production_budget must be a number such as 1234.5, and is "
        "'$60,000,000' in row 6; 3 of 10 rows are wrong, more than ingest.max_dropped in "
        "params.yaml allows: correct them."
    ) == str(error.value)


def test_a_table_without_a_good_row_is_refused_whatever_is_allowed(
    tables: Tables, source: Path
) -> None:
    tables["financials"]["worldwide_gross"] = "-1"

    with pytest.raises(BoxOfficeError, match=r"worldwide_gross must be from .*; 10 of 10 rows"):
        read(write_tables(tables, source), max_dropped=0.99)


@pytest.mark.parametrize("text", ["6/15/2009", "15-Jun-2009", "20090615", "2009-06-15T00:00:00Z"])
def test_a_date_need_not_be_spelled_as_the_first_one(
    tables: Tables, source: Path, text: str
) -> None:
    tables["financials"].loc[3, "release_date"] = text

    typed, _ = read(write_tables(tables, source))

    assert pd.Timestamp("2009-06-15") == typed["financials"]["release_date"][3]


@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
def test_a_blank_cell_is_unknown(tables: Tables, source: Path, blank: str) -> None:
    tables["financials"].loc[3, ["production_budget", "release_date"]] = blank

    typed, dropped = read(write_tables(tables, source))

    assert {} == dropped["financials"]
    assert typed["financials"].loc[3, ["production_budget", "release_date"]].isna().all()


@pytest.mark.parametrize("title", ["NA", "null", "nan", "None", "300"])
def test_a_title_stays_a_title(tables: Tables, source: Path, title: str) -> None:
    tables["movies"].loc[3, "movie_title"] = title

    typed, _ = read(write_tables(tables, source))

    assert title == typed["movies"]["movie_title"][3]


def test_other_columns_are_ignored(tables: Tables, source: Path) -> None:
    tables["movies"].insert(0, "release_date", "never")

    typed, dropped = read(write_tables(tables, source))

    assert {} == dropped["movies"]
    assert 10 == len(typed["movies"])
    assert "release_date" not in typed["movies"]


def test_a_table_that_has_to_be_there_is_asked_for(tables: Tables, source: Path) -> None:
    del tables["movies"]

    with pytest.raises(
        BoxOfficeError, match=r"raw has no movies\.csv: put it there, or set ingest"
    ):
        read(write_tables(tables, source))


def test_a_table_without_a_column_that_it_needs_is_refused(tables: Tables, source: Path) -> None:
    tables["opening_gross"] = tables["opening_gross"].drop(columns="screens")

    with pytest.raises(BoxOfficeError, match=r"opening_gross\.csv lacks screens: the first row"):
        read(write_tables(tables, source))


def test_tables_that_dvc_tracks_and_that_are_not_here_are_told_how_to_come(
    source: Path, tmp_path: Path
) -> None:
    (tmp_path / "raw.dvc").write_text("outs: []")

    with pytest.raises(BoxOfficeError) as error:
        read(source)

    assert (
        f"{source} is in ingest.source of params.yaml and not on this machine: get it with "
        f"`dvc pull {source}.dvc`, or take it out of ingest.source."
    ) == str(error.value)


def test_every_source_is_read_and_none_is_skipped(tables: Tables, tmp_path: Path) -> None:
    ours = write_tables(tables, tmp_path / "ours")
    theirs = write_tables(
        {n: t.replace("Film", "Flick", regex=True) for n, t in tables.items()}, tmp_path / "theirs"
    )

    typed, report = ingested(ours, theirs)

    assert [20, 20, 20] == [len(table) for table in typed.values()]
    assert [f"{folder}/{name}.csv" for folder in (ours, theirs) for name in typed] == [
        *report["files"]
    ]
    with pytest.raises(BoxOfficeError, match=r"nowhere has no movies\.csv: put it there"):
        ingested(ours, tmp_path / "nowhere")


def test_a_fault_is_named_with_the_path_of_its_own_source(tables: Tables, tmp_path: Path) -> None:
    ours = write_tables(tables, tmp_path / "ours")
    tables["movies"]["duration"] = "long"
    theirs = write_tables(tables, tmp_path / "theirs")

    with pytest.raises(BoxOfficeError, match=rf"^{theirs}/movies\.csv: duration must be"):
        ingested(ours, theirs)


def test_a_film_of_two_sources_is_one_film_and_what_they_disagree_on_is_counted(
    tables: Tables, tmp_path: Path
) -> None:
    ours = write_tables(tables, tmp_path / "ours")
    tables["movies"].loc[[1, 2], "duration"] = ["1", "2"]
    theirs = write_tables(tables, tmp_path / "theirs")

    typed, report = ingested(ours, theirs)

    assert [10, 10, 10] == [len(table) for table in typed.values()]
    assert ingested(ours)[0]["movies"]["duration"].tolist() == typed["movies"]["duration"].tolist()
    assert 10 == report["films in several sources"]
    assert {"duration": 2} == report["conflicts"]


@pytest.fixture
def project(tables: Tables, source: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with tables, one row of them bad, and the parameters of the project."""
    tables["movies"].loc[3, "imdb_score"] = "11"
    write_tables(tables, source)
    monkeypatch.chdir(source.parent)
    Path("params.yaml").write_text(learning_from(str(source)))
    return source.parent


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_stage_writes_typed_tables_and_a_report(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == ingest.main()

    report = json.loads((project / "reports" / "ingest.json").read_text())
    movies = report["files"][f"{project}/raw/movies.csv"]
    content = (project / "raw" / "movies.csv").read_bytes()
    assert {"imdb_score must be from 0 to 10": 1} == movies["dropped"]
    assert (9, hashlib.sha256(content).hexdigest()) == (movies["rows"], movies["sha256"])
    assert {"movies": 9, "financials": 10, "opening_gross": 10} == {
        path.stem: len(pd.read_parquet(path)) for path in project.glob("data/ingested/*")
    }
    said = "movies.csv: 9 rows; dropped: 1 (imdb_score must be from 0 to 10, and is '11' in row 5)"
    assert said in capsys.readouterr().out


def test_a_table_that_is_gone_leaves_nothing_behind(project: Path) -> None:
    stale = project / "data" / "ingested" / "flats.parquet"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"")

    assert 0 == ingest.main()

    assert not stale.exists()


def test_a_table_that_cannot_be_used_leaves_the_earlier_output_as_it_was(project: Path) -> None:
    ingest.main()
    (project / "raw" / "opening_gross.csv").write_text("")
    before = files(project)

    with pytest.raises(BoxOfficeError, match=r"opening_gross\.csv is empty: save the table"):
        ingest.main()

    assert before == files(project)


def test_no_row_of_the_shipped_tables_is_dropped() -> None:
    _, dropped = read(ROOT / "data" / "open")

    assert {"movies": {}, "financials": {}} == dropped


@needs_shared_data
def test_the_second_data_set_is_read_whole() -> None:
    typed, _ = read(SHARED)

    assert {"movies": 3773, "financials": 3243, "opening_gross": 1722} == {
        name: len(table) for name, table in typed.items()
    }
