"""A whole table, forecast as the API does: what is a table, what is a row, where forecasts go."""

import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dask.distributed import Client, LocalCluster

from rehearsal.cloud.bucket import Bucket, bucket
from service.errors import BoxOfficeError, InvalidFilm
from service.films.fields import FIELDS
from service.validation import film_from_dict
from tests.support.project import ROOT
from tests.support.server import running
from training import score
from training.scoring import pieces, reading

FILM = {"production_budget": 60e6, "title_year": 2009.0, "genre": "Comedy", "duration": 112.0}
HEADER = "key,production_budget,genre,movie_title\n"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A cluster inside this process, which sees what a test replaces."""
    with (
        LocalCluster(
            processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def run(
    client: Client, model_tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Runs the command in an empty folder, in this process; gives what it prints."""
    monkeypatch.setattr(score, "client_of", lambda *_: nullcontext(client))
    monkeypatch.chdir(tmp_path)
    capture = io.StringIO()

    def command(*words: str) -> str:
        capture.truncate(capture.seek(0))
        monkeypatch.setattr("builtins.print", lambda *w, **_: capture.write(" ".join(w) + "\n"))
        assert 0 == score.main([*words])
        return capture.getvalue()

    return command


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small blocks, row groups and batches that a table of a few rows has many."""
    monkeypatch.setattr(pieces, "BLOCK", 400)
    monkeypatch.setattr(pieces, "ROWS", 10)
    monkeypatch.setattr(reading, "BATCH", 4)


def rows_of(films: pd.DataFrame, count: int = 90) -> pd.DataFrame:
    """Films as a table of somebody: more columns than fields, in another order."""
    table = films.head(count)[["movie_title", *FIELDS[::-1]]].copy()
    table.insert(3, "studio", [f"Studio, {i}" for i in range(count)])
    return table.assign(key=range(count))


def asked_of(url: str, films: list[dict[str, Any]], query: str = "") -> list[dict[str, Any]]:
    """What the API answers."""
    request = urllib.request.Request(
        f"{url}/v1/predictions{query}",
        json.dumps(films).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return list(json.load(answer))


def scored(where: str, **options: Any) -> pd.DataFrame:
    """The table in a folder or a file."""
    if where.endswith(".csv"):
        return pd.read_csv(where, **options)
    return pd.read_parquet(where)


def bad_rows(where: str = "out/_bad_rows.csv") -> list[list[str]]:
    return [row[1:] for row in csv.reader(io.StringIO(Path(where).read_text()))][1:]


def contents(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def nameless(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="id")


def refused(run: Callable[..., str], words: str, *command: str) -> None:
    with pytest.raises(BoxOfficeError, match=words):
        run(*command)


@pytest.fixture(scope="module")
def answers(
    films: pd.DataFrame, model_tag: str, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    """What a running server says of the films, and of how likely each is to reach 20 million."""
    table = rows_of(films)[list(FIELDS)]
    listed = [
        {name: value for name, value in row.items() if value == value and value is not None}
        for row in table.to_dict("records")
    ]
    with running(tmp_path_factory.mktemp("server"), BOX_OFFICE_MODEL=model_tag) as server:
        return asked_of(server.http, listed, "?coverage=0.5&at_least=2e7")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("out", ["out", "out.csv", "out.parquet"])
def test_forecasts_are_those_of_the_api_to_the_last_bit(
    run: Callable[..., str],
    films: pd.DataFrame,
    answers: list[dict[str, Any]],
    kind: str,
    out: str,
) -> None:
    table = rows_of(films)
    getattr(table, f"to_{kind}")(f"in.{kind}", index=False)

    run(f"in.{kind}", out, "--coverage", "0.5", "--at-least", "2e7")
    got = scored(out, keep_default_na=False)

    assert [
        *table,
        *[
            "id",
            "worldwide_gross",
            "low",
            "high",
            "expected_gross",
            "chance",
            "horizon",
            "warnings",
        ],
    ] == [*got]
    expected = [
        (
            each["worldwide_gross"],
            each["interval"]["low"],
            each["interval"]["high"],
            each["expected_gross"],
            each["chance"]["probability"],
            each["horizon"],
            "\n".join(each["warnings"]),
        )
        for each in answers
    ]
    columns = [*got][-7:]
    told = got[columns].assign(warnings=got["warnings"].fillna(""))
    assert expected == [*told.itertuples(index=False, name=None)]
    assert len(got) == got["id"].nunique()
    assert got["id"].str.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}").all()


@pytest.mark.usefixtures("small")
def test_every_column_that_came_in_is_there_as_it_was(
    run: Callable[..., str], films: pd.DataFrame
) -> None:
    text = HEADER + '007,6e7,Comedy,"A, ""B"""\n,0060000000.50,,"Two\r\nlines"\n  ,, Drama ,é\n'
    Path("in.csv").write_bytes(text.encode())
    table = rows_of(films)
    table.to_parquet("in.parquet", index=False)

    assert "passed through: key\n" in run("in.csv", "out.csv")
    said = run("in.parquet", "out.parquet")

    lines = csv.reader(io.StringIO(Path("out.csv").read_bytes().decode(), newline=""))
    assert [row[:4] for row in lines] == [*csv.reader(io.StringIO(text, newline=""))]
    pd.testing.assert_frame_equal(table, scored("out.parquet")[[*table]], check_dtype=False)
    assert 1 == said.count("no fields of a film, passed through: studio, key\n")


def test_numbers_of_a_csv_are_numbers_in_parquet(run: Callable[..., str]) -> None:
    Path("in.csv").write_text(HEADER + "007,6e7,,\n,,Drama,x\n8,+5000000,Comedy,y\n9, 7 ,Z,\n")

    run("in.csv", "out")

    assert [6e7, None, 5e6, 7.0] == pq.read_table("out")["production_budget"].to_pylist()
    assert ["007", None, "8", "9"] == pq.read_table("out")["key"].to_pylist()


def test_bad_rows_are_told_in_the_words_of_the_api_and_the_rest_is_scored(
    run: Callable[..., str],
) -> None:
    films: list[dict[str, Any]] = [
        FILM,
        {"production_budget": -1.0, "genre": "Comedy"},
        {"production_budget": "much"},
        {"production_budget": "1_000"},
        {"production_budget": float("inf"), "genre": "x" * 101},
        {"movie_title": "x" * 251, "duration": 1e6},
        {"production_budget": "NA", "duration": "?"},
        FILM,
    ]
    pd.DataFrame(films).to_csv("in.csv", index=False)

    said = run("in.csv", "out")

    expected = []
    for number, film in enumerate(films, 2):
        try:
            film_from_dict(film)
        except InvalidFilm as error:
            told = sorted((each.field, each.message) for each in error.details)
            expected += [[str(number), *each] for each in told]
    assert 9 == len(expected)
    assert expected == bad_rows()
    assert [112.0, 112.0] == scored("out")["duration"].tolist()
    assert f"score: 2 films in out; 6 bad rows in out{os.sep}_bad_rows.csv\n" in said


def test_values_of_parquet_are_judged_by_their_type(run: Callable[..., str]) -> None:
    table = pa.table(
        {
            "production_budget": pa.array([Decimal("60000000.00"), None, Decimal("-1.00")] * 2),
            "duration": pa.array([112, 0, 5] * 2, pa.int32()),
            "title_year": pa.array([2009.0, float("nan"), None] * 2),
            "genre": pa.array(["Comedy", None, "Drama"] * 2).dictionary_encode(),
            "aspect_ratio": pa.array([None, None, None, "2.35", None, None]),
            "mpaa_rating": pa.array([None, None, None, None, 13, None]),
            "imdb_score": pa.nulls(6),
            "movie_title": pa.array(["A", None, "B"] * 2, pa.string_view()),
            "screens": pa.array([None, None, None, None, None, True]),
        }
    )
    pq.write_table(table, "in.parquet")

    run("in.parquet", "out")

    assert [
        ["2", "production_budget", "must be greater than or equal to 0"],
        ["3", "aspect_ratio", "must be a valid number"],
        ["4", "mpaa_rating", "must be a valid string"],
        ["5", "production_budget", "must be greater than or equal to 0"],
        ["5", "screens", "must be a valid number"],
    ] == bad_rows()
    text = table.schema.get_field_index("movie_title")
    plain = table.schema.set(text, pa.field("movie_title", pa.string()))
    assert plain.types == pq.read_schema("out/part-00000.parquet").types[:9]
    assert 2 == len(scored("out"))


@pytest.mark.usefixtures("small")
def test_rows_that_are_none_are_named_and_blank_ones_are_not_counted(
    run: Callable[..., str],
) -> None:
    good = b"a,60000000,Comedy,T\n"
    rows = [good, b"b,1\n", b"\n", good, b"c,1,Dr\xffama,\xfe\n", b",,,\n", b"d,1,2,3,4\n", good]
    Path("in.csv").write_bytes(b"\xef\xbb\xbf" + HEADER.encode() + b"".join(rows) * 30)

    said = run("in.csv", "out")

    assert [
        ["3", "", "has 2 cells, and the header 4"],
        ["6", "genre", "must be text in UTF-8"],
        ["6", "movie_title", "must be text in UTF-8"],
        ["8", "", "has 5 cells, and the header 4"],
        ["11", "", "has 2 cells, and the header 4"],
    ] == bad_rows()[:5]
    assert 90 == len(scored("out"))
    assert "; 90 bad rows in " in said


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(20))
def test_a_csv_is_cut_where_its_rows_end(
    run: Callable[..., str], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    draw = random.Random(seed)
    monkeypatch.setattr(pieces, "BLOCK", draw.choice([60, 150, 400]))
    cells = ["", "x", "a\nb", "\n\n", 'say "so"', "a,b", '"', "é", "\r\n", "x" * 50]
    table = [
        [str(number), str(draw.randrange(10**6, 10**8)), "Comedy", draw.choice(cells)]
        for number in range(draw.choice([1, 7, 60]))
    ]
    text = io.StringIO(newline="")
    end = draw.choice(["\n", "\r\n"])
    csv.writer(text, lineterminator=end).writerows([HEADER.strip().split(","), *table])
    whole = text.getvalue().removesuffix(draw.choice(["", end]))
    Path("in.csv").write_bytes(whole.encode())

    run("in.csv", "out.csv")

    got = list(csv.reader(io.StringIO(Path("out.csv").read_bytes().decode(), newline="")))
    assert table == [row[:4] for row in got[1:]]


@pytest.mark.usefixtures("small")
def test_a_table_is_a_file_a_folder_or_a_glob(run: Callable[..., str], films: pd.DataFrame) -> None:
    table = rows_of(films)
    for start in range(0, 90, 30):
        folder = Path("table", f"year={start}")
        folder.mkdir(parents=True)
        table[start : start + 30].to_parquet(folder / "rows.parquet", row_group_size=4)
    Path("table/_SUCCESS").touch()
    table.to_parquet("whole.parquet")

    for where, out in (("table", "a"), ("table/*/*.parquet", "b"), ("whole.parquet", "c")):
        run(where, out)

    whole = nameless(scored("c"))
    pd.testing.assert_frame_equal(whole, nameless(scored("a")), check_exact=True)
    pd.testing.assert_frame_equal(whole, nameless(scored("b")), check_exact=True)
    assert 9 == len(list(Path("a").glob("part-*.parquet")))
    assert table["key"].tolist() == whole["key"].tolist()


@pytest.mark.usefixtures("small")
def test_what_was_killed_goes_on_from_the_parts_that_are_whole(
    run: Callable[..., str], films: pd.DataFrame
) -> None:
    rows_of(films).to_csv("in.csv", index=False)
    run("in.csv", "whole", "--format", "csv")

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, "in.csv", "out", "--format", "csv"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    before = contents("out")
    assert -signal.SIGKILL == killed.returncode, killed.stderr.decode()
    run("in.csv", "out", "--format", "csv")
    after = contents("out")

    parts = {name: data for name, data in before.items() if name.startswith("part-")}
    assert 3 <= len(parts) < len(contents("whole")) - 1
    assert [name for name in before if name.startswith(".unfinished-part")]
    assert parts == {name: after[name] for name in parts}
    assert contents("whole").keys() == after.keys()
    for name in sorted(after.keys() - {"_score.json"}):
        pd.testing.assert_frame_equal(
            nameless(scored(f"whole/{name}")), nameless(scored(f"out/{name}")), check_exact=True
        )


KILLED = """
import os, signal, sys
from contextlib import contextmanager, nullcontext
from dask.distributed import Client, LocalCluster
from training import score
from training.scoring import partition, pieces, reading, writing

pieces.BLOCK, reading.BATCH = 400, 4

class Dying(writing.Writer):
    def __exit__(self, *error):
        self._flush()
        if len([n for n in os.listdir("out") if n.startswith("part-")]) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        super().__exit__(*error)

partition.Writer = Dying
with LocalCluster(
    processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None
) as cluster, Client(cluster) as client:
    score.client_of = lambda *_: nullcontext(client)
    score.main(sys.argv[1:])
"""


@pytest.mark.usefixtures("small")
def test_ctrl_c_says_how_to_go_on(
    run: Callable[..., str], films: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows_of(films).to_csv("in.csv", index=False)
    results = score.results

    def interrupted(*words: Any) -> Iterator[Any]:
        yield next(results(*words))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(score, "results", interrupted)
        refused(
            run, "interrupted; the parts in out that are whole are kept, and the", "in.csv", "out"
        )

    assert "score: 90 films in out\n" in run("in.csv", "out")


@pytest.mark.parametrize("out", ["out", "out.csv"])
def test_what_is_there_of_something_else_is_refused_and_replaced_where_that_is_asked(
    run: Callable[..., str], films: pd.DataFrame, out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows_of(films).to_csv("in.csv", index=False)
    run("in.csv", out)

    for what, words in {"coverage": ["--coverage", "0.5"], "at_least": ["--at-least", "1"]}.items():
        said = (
            "out.csv is there already"
            if out == "out.csv"
            else f"out was scored with another {what}"
        )
        refused(run, f"{said}.*--again", "in.csv", out, *words)
    assert 90 == len(scored(out))
    assert "score: 90 films" in run("in.csv", out, "--again", "--coverage", "0.5")
    assert ["in.csv", out] == sorted(os.listdir())


def test_another_model_or_another_table_does_not_go_on(
    run: Callable[..., str],
    films: pd.DataFrame,
    model_tag: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows_of(films).to_csv("in.csv", index=False)
    run("in.csv", "out")
    stored = score.Model.stored

    with monkeypatch.context() as patch:
        other = stored(model_tag).files
        patch.setattr(score.Model, "stored", lambda _: score.Model("box_office:other", other))
        refused(run, "out was scored with another model: --again begins anew", "in.csv", "out")
    assert "score: 90 films in out, from before\n" == run("in.csv", "out")
    rows_of(films, 80).to_csv("in.csv", index=False)
    refused(run, "out was scored with another table", "in.csv", "out")


def test_a_folder_of_others_is_left_alone(run: Callable[..., str], films: pd.DataFrame) -> None:
    rows_of(films).to_csv("in.csv", index=False)
    Path("out").mkdir()
    Path("out/part-00000.parquet").write_text("mine")

    for words in ([], ["--again"]):
        refused(run, "out holds files that are not of this command", "in.csv", "out", *words)

    assert "mine" == Path("out/part-00000.parquet").read_text()


def test_what_fails_leaves_no_part(run: Callable[..., str], films: pd.DataFrame) -> None:
    rows_of(films).to_parquet("in.parquet")
    content = bytearray(Path("in.parquet").read_bytes())
    content[100:2000] = bytes(1900)
    Path("in.parquet").write_bytes(content)

    refused(run, "in.parquet cannot be read", "in.parquet", "out")

    assert ["_score.json"] == os.listdir("out")


def test_two_workers_that_have_neither_model_nor_table_format_are_known_by_an_address(
    films: pd.DataFrame,
    model_tag: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    table = rows_of(films)
    for half in (0, 1):
        table[half::2].to_parquet(f"{half}.parquet")
    (tmp_path / "elsewhere").mkdir()
    with LocalCluster(
        n_workers=0,
        host="127.0.0.1",
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
    ) as cluster:
        address = cluster.scheduler_address
        command = [sys.executable, "-m", "distributed.cli.dask_worker", address]
        environment = {"PYTHONPATH": str(ROOT), "BENTOML_HOME": str(tmp_path / "none")}
        workers = [
            subprocess.Popen(
                [*command, "--no-nanny", "--no-dashboard", "--host=127.0.0.1", "--nthreads=1"],
                cwd="elsewhere",
                env=os.environ | environment,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(2)
        ]
        try:
            with Client(address) as client:
                client.wait_for_workers(2, timeout=60)
            assert 0 == score.main(["*.parquet", "out", "--scheduler", address])
        finally:
            for worker in workers:
                worker.terminate()
                worker.wait(20)

    keys = scored("out")["key"].tolist()
    assert [*range(0, 90, 2), *range(1, 90, 2)] == keys
    assert not (tmp_path / "none").exists() or not list((tmp_path / "none").rglob("*.onnx"))


@pytest.fixture
def films_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket, which all clients are led to."""
    with bucket("films") as films:
        for name, value in films.environment.items():
            monkeypatch.setenv(name, value)
        yield films


@pytest.mark.usefixtures("small")
def test_a_bucket_holds_the_table_and_the_forecasts(
    run: Callable[..., str], films: pd.DataFrame, films_bucket: Bucket, tmp_path: Path
) -> None:
    (tmp_path / "up").mkdir()
    rows_of(films).to_csv("up/in.csv", index=False)
    films_bucket.upload(tmp_path / "up", "tables")
    run("up/in.csv", "here", "--format", "csv")

    said = run("gs://films/tables/*.csv", "gs://films/scored", "--format", "csv")
    run("gs://films/tables", "gs://films/scored.csv")

    assert "90 films in gs://films/scored\n" in said
    there = {blob.name.removeprefix("scored/"): blob for blob in films_bucket.objects("scored/")}
    assert contents("here").keys() == there.keys()
    for name in there.keys() - {"_score.json"}:
        remote = pd.read_csv(io.BytesIO(there[name].download_as_bytes()))
        pd.testing.assert_frame_equal(nameless(scored(f"here/{name}")), nameless(remote))
    assert ["scored.csv"] == [blob.name for blob in films_bucket.objects("scored.csv")]
    assert "score: 90 films in gs://films/scored, from before\n" == run(
        "gs://films/tables/*.csv", "gs://films/scored", "--format", "csv"
    )


@pytest.mark.parametrize(
    ("files", "where", "said"),
    [
        ({"in.xlsx": "PK"}, "in.xlsx", "in.xlsx is neither .csv nor .parquet"),
        ({"in.csv.gz": "x"}, "in.csv.gz", "in.csv.gz is neither .csv nor .parquet"),
        ({}, "in.csv", "in.csv cannot be read"),
        ({}, "*.csv", r"\*.csv holds no table"),
        ({"in/a.csv": HEADER, "in/b.parquet": "PAR1"}, "in", "in holds CSV as well as Parquet"),
        ({"in.csv": ""}, "in.csv", "in.csv is empty"),
        ({"in.csv": HEADER}, "in.csv", "in.csv has columns and no rows"),
        ({"in.csv": "\n1,2\n"}, "in.csv", "in.csv has no names of columns in its first row"),
        ({"in.csv": "genre;b\n1;2\n"}, "in.csv", "looks separated by semicolons"),
        ({"in.csv": "genre,genre\n1,2\n"}, "in.csv", "has the column genre more than once"),
        ({"in.csv": "a,b c\n1,2\n"}, "in.csv", "no column that is a field of a film, but a, b c: "),
        ({"in.csv": 'genre\n"x\n' + "y\n" * 9}, "in.csv", "a quotation mark that is not closed"),
        ({"in.csv": "genre,low\nx,1\n"}, "in.csv", "a column low, as one of those that are added"),
        ({"in.parquet": "PAR1"}, "in.parquet", "in.parquet cannot be read"),
        (
            {"in/1.csv": "genre,a\nx,1\n", "in/2.csv": "genre,b\nx,1\n"},
            "in",
            r"2.csv has the column b \(string\) where .*1.csv has a \(string\)",
        ),
        (
            {"in/1.csv": "genre,a\nx,1\n", "in/2.csv": "genre\nx\n"},
            "in",
            "2.csv has 1 columns and .*1.csv has 2",
        ),
    ],
)
def test_what_is_no_table_is_refused_with_the_way_out(
    run: Callable[..., str], files: dict[str, str], where: str, said: str
) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)

    refused(run, said, where, "out")

    assert not Path("out").exists()


def test_columns_that_are_added_may_be_called_otherwise(run: Callable[..., str]) -> None:
    Path("in.csv").write_text("id,genre,worldwide_gross\n7,Drama,5\n")

    run("in.csv", "out.csv", "--prefix", "forecast_")

    got = scored("out.csv")
    assert (7, 5) == tuple(got.loc[0, ["id", "worldwide_gross"]])
    assert got.at[0, "forecast_worldwide_gross"] > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["in.csv", "out", "--coverage", "2"], "The parameter coverage must be less than"),
        (["in.csv", "out", "--at-least", "much"], "The parameter at_least must be a valid number"),
        (
            ["in.csv", "out.csv", "--format", "parquet"],
            "out.csv is not parquet: leave --format out",
        ),
        (["in.csv", "out", "--model", "box_office:none"], "no model 'box_office:none' in the"),
        (["in.csv", "http://127.0.0.1:1/out"], "http://127.0.0.1:1/out cannot be read"),
        (["in.csv", "in.csv/out"], "in.csv/out cannot be"),
        (["out", "out"], "out holds what is to be scored"),
        (["in.csv", "in.csv"], "in.csv holds what is to be scored"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    run: Callable[..., str], words: list[str], said: str
) -> None:
    Path("out").mkdir()
    Path("out/a.csv").write_text("genre\nDrama\n")
    Path("in.csv").write_text("genre\nDrama\n")

    refused(run, said, *words)


def test_csv_does_not_hold_lists(run: Callable[..., str]) -> None:
    pq.write_table(pa.table({"genre": ["Drama"], "cast": [["A", "B"]]}), "in.parquet")

    refused(run, "CSV cannot hold the column 'cast'", "in.parquet", "out.csv")
    run("in.parquet", "out.parquet")

    assert [["A", "B"]] == pq.read_table("out.parquet")["cast"].to_pylist()


def test_a_csv_that_was_saved_with_other_marks_is_no_table(run: Callable[..., str]) -> None:
    Path("in.csv").write_text('genre,production_budget\n5" disk,1\nx,2\n5" disk,3\ny,4\n')

    refused(run, "has a quotation mark that is not closed, or not doubled", "in.csv", "out")
