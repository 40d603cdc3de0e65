"""Raw tables in, typed tables out; what does not fit is counted, and never guessed."""

import json
from collections.abc import Callable
from pathlib import Path

import fsspec
import pandas as pd
import pytest

from service.errors import BoxOfficeError
from tests.support.films import invented_tables, write_tables
from tests.support.project import ROOT, SHARED, needs_shared_data
from training import ingest

Tables = dict[str, pd.DataFrame]
PARAMS = (ROOT / "params.yaml").read_text()


@pytest.fixture
def tables() -> Tables:
    """Ten films as text, so that a test can put anything into a cell."""
    return {name: table.astype(str).astype(object) for name, table in invented_tables(10).items()}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def rows(report: dict[str, dict[str, object]]) -> dict[str, object]:
    return {name: counts["rows"] for name, counts in report.items()}


def test_every_table_is_typed(tables: Tables, source: Path) -> None:
    typed, report = ingest.ingest(str(write_tables(tables, source)))

    assert {"movies": 10, "financials": 10, "opening_gross": 10} == rows(report)
    assert "float64" == typed["movies"]["budget"].dtype
    assert "M" == typed["financials"]["release_date"].dtype.kind
    assert 6 == typed["financials"]["release_date"].dt.month.unique()


def test_the_older_spelling_of_financials_is_read(tables: Tables, source: Path) -> None:
    tables["finantials"] = tables.pop("financials")

    typed, _ = ingest.ingest(str(write_tables(tables, source)))

    assert 10 == len(typed["financials"])


def test_the_newer_spelling_of_financials_wins(tables: Tables, source: Path) -> None:
    tables["finantials"] = tables["financials"].head(4)

    typed, _ = ingest.ingest(str(write_tables(tables, source)))

    assert 10 == len(typed["financials"])


def test_a_url_is_read_as_a_folder_is(tables: Tables) -> None:
    fs = fsspec.filesystem("memory")
    try:
        for name, table in tables.items():
            fs.pipe_file(f"/bucket/films/{name}.csv", table.to_csv(index=False).encode())
        _, report = ingest.ingest("memory://bucket/films")
    finally:
        fs.rm("/bucket", recursive=True)

    assert {"movies": 10, "financials": 10, "opening_gross": 10} == rows(report)


def test_openings_are_optional(tables: Tables, source: Path) -> None:
    del tables["opening_gross"]

    typed, report = ingest.ingest(str(write_tables(tables, source)))

    assert {"movies", "financials"} == set(report)
    assert ["movie_title", "opening_gross", "screens"] == list(typed["opening_gross"])
    assert typed["opening_gross"].empty


@pytest.mark.parametrize(
    ("table", "column", "value", "reason"),
    [
        ("movies", "imdb_score", "11", "imdb_score: in_range(0, 10.0)"),
        ("movies", "movie_title", "", "movie_title: not_nullable"),
        ("movies", "movie_title", " \u00a0", "movie_title: not_nullable"),
        ("movies", "title_year", "soon", "title_year: type('float64')"),
        ("financials", "worldwide_gross", "$5", "worldwide_gross: type('float64')"),
        ("financials", "worldwide_gross", "-1", "worldwide_gross: in_range(0, 1000000000000.0)"),
        ("financials", "worldwide_gross", "inf", "worldwide_gross: in_range(0, 1000000000000.0)"),
        ("financials", "release_date", "soon", "release_date: not a date"),
        ("financials", "release_date", "2009-02-30", "release_date: not a date"),
        ("financials", "release_date", "-1", "release_date: not a date"),
        ("financials", "release_date", "0209-06-15", "release_date: not a date"),
        ("opening_gross", "screens", "-inf", "screens: in_range(0, 1000000000000.0)"),
    ],
)
def test_a_bad_row_is_dropped_and_counted_while_good_ones_stay(
    tables: Tables, source: Path, table: str, column: str, value: str, reason: str
) -> None:
    tables[table].loc[3, column] = value

    typed, report = ingest.ingest(str(write_tables(tables, source)))

    assert {"rows": 9, "dropped": {reason: 1}} == report[table]
    good = tables[table]["movie_title"].drop(index=3)
    assert good.tolist() == typed[table]["movie_title"].tolist()


def test_bad_rows_are_counted_by_their_first_reason(tables: Tables, source: Path) -> None:
    tables["movies"].loc[[1, 2], "budget"] = "-5"
    tables["movies"].loc[[2, 7], "duration"] = "long"

    _, report = ingest.ingest(str(write_tables(tables, source)))

    assert 7 == report["movies"]["rows"]
    assert {"duration: type('float64')": 2, "budget: in_range(0, 1000000000000.0)": 1} == (
        report["movies"]["dropped"]
    )


@pytest.mark.parametrize("text", ["6/15/2009", "15-Jun-2009", "20090615", "2009-06-15T00:00:00Z"])
def test_a_date_need_not_be_spelled_as_the_first_one(
    tables: Tables, source: Path, text: str
) -> None:
    tables["financials"].loc[3, "release_date"] = text

    typed, _ = ingest.ingest(str(write_tables(tables, source)))

    assert pd.Timestamp("2009-06-15") == typed["financials"]["release_date"][3]


@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
def test_a_blank_cell_is_unknown(tables: Tables, source: Path, blank: str) -> None:
    tables["financials"].loc[3, ["production_budget", "release_date"]] = blank

    typed, report = ingest.ingest(str(write_tables(tables, source)))

    assert {} == report["financials"]["dropped"]
    assert typed["financials"].loc[3, ["production_budget", "release_date"]].isna().all()


@pytest.mark.parametrize("title", ["NA", "null", "nan", "None", "300"])
def test_a_title_stays_a_title(tables: Tables, source: Path, title: str) -> None:
    tables["movies"].loc[3, "movie_title"] = title

    typed, _ = ingest.ingest(str(write_tables(tables, source)))

    assert title == typed["movies"]["movie_title"][3]


def test_other_columns_are_ignored(tables: Tables, source: Path) -> None:
    tables["movies"].insert(0, "release_date", "never")

    typed, report = ingest.ingest(str(write_tables(tables, source)))

    assert {"rows": 10, "dropped": {}} == report["movies"]
    assert "release_date" not in typed["movies"]


def without_a_column(source: Path) -> None:
    path = source / "movies.csv"
    pd.read_csv(path).drop(columns="duration").to_csv(path, index=False)


def without_rows(source: Path) -> None:
    path = source / "movies.csv"
    path.write_text(path.read_text().splitlines()[0])


def without_bytes(source: Path) -> None:
    (source / "movies.csv").write_bytes(b"")


def with_bad_rows_only(source: Path) -> None:
    path = source / "financials.csv"
    pd.read_csv(path).assign(worldwide_gross=-1).to_csv(path, index=False)


def in_latin_1(source: Path) -> None:
    path = source / "movies.csv"
    path.write_bytes(path.read_text().replace("Film 0", "Amélie").encode("latin-1"))


def with_a_long_row(source: Path) -> None:
    with (source / "financials.csv").open("a") as file:
        file.write("1,2,3,4,5,6,7\n")


def with_trailing_commas(source: Path) -> None:
    header, *lines = (source / "movies.csv").read_text().splitlines()
    (source / "movies.csv").write_text("\n".join([header, *(f"{line}," for line in lines)]))


def without_a_table(source: Path) -> None:
    (source / "movies.csv").unlink()


def with_a_folder_for_a_table(source: Path) -> None:
    without_a_table(source)
    (source / "movies.csv").mkdir()


UNUSABLE = [
    (without_a_column, r"movies\.csv lacks the column 'duration': add it; "),
    (without_rows, r"movies\.csv has no usable row \(it is empty\): it needs movie_title, "),
    (without_bytes, r"movies\.csv is not a CSV table in UTF-8 .*: export it again"),
    (with_bad_rows_only, r"financials\.csv has no usable row \(10 x worldwide_gross: in_range"),
    (in_latin_1, r"movies\.csv is not a CSV table in UTF-8 .*: export it again"),
    (with_a_long_row, r"financials\.csv is not a CSV table .*line 12.*: export it again"),
    (with_trailing_commas, r"movies\.csv is not .*rows are longer than its header.*: export it"),
    (without_a_table, r"raw has no movies\.csv: put it there, or set ingest\.source in params"),
    (with_a_folder_for_a_table, r"raw cannot be read \(.*movies\.csv.*\): set ingest\.source in "),
]


@pytest.mark.parametrize(("spoil", "message"), UNUSABLE, ids=lambda x: getattr(x, "__name__", ""))
def test_unusable_tables_stop_the_stage_with_one_sentence_and_no_output(
    tables: Tables,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], None],
    message: str,
) -> None:
    spoil(write_tables(tables, source))
    monkeypatch.chdir(source.parent)
    Path("params.yaml").write_text(PARAMS.replace("data/open", str(source)))

    with pytest.raises(BoxOfficeError, match=message) as error:
        ingest.main()

    assert 1 == len(str(error.value).splitlines())
    assert {"params.yaml", "raw"} == {path.name for path in Path().iterdir()}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("/no/such/folder", r"/no/such/folder has no movies\.csv: put it there, or set "),
        ("gopher://films", r"gopher://films cannot be read \(.*gopher\): set ingest\.source in "),
    ],
)
def test_a_source_that_cannot_be_read_is_named(source: str, message: str) -> None:
    with pytest.raises(BoxOfficeError, match=message):
        ingest.ingest(source)


def test_the_stage_writes_typed_tables_and_a_report(
    tables: Tables, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables["movies"].loc[3, "imdb_score"] = "11"
    write_tables(tables, source)
    monkeypatch.chdir(source.parent)
    Path("params.yaml").write_text(PARAMS.replace("data/open", str(source)))

    assert 0 == ingest.main()

    report = json.loads(Path("reports/ingest.json").read_text())
    assert {"imdb_score: in_range(0, 10.0)": 1} == report["movies"]["dropped"]
    written = {path.stem: len(pd.read_parquet(path)) for path in Path("data/ingested").iterdir()}
    assert {"movies": 9, "financials": 10, "opening_gross": 10} == written


def test_no_row_of_the_shipped_tables_is_dropped() -> None:
    _, report = ingest.ingest(str(ROOT / "data" / "open"))

    assert [{}, {}] == [counts["dropped"] for counts in report.values()]


@needs_shared_data
def test_the_second_data_set_is_read_whole() -> None:
    _, report = ingest.ingest(str(SHARED))

    assert {"movies": 3773, "financials": 3243, "opening_gross": 1722} == rows(report)
