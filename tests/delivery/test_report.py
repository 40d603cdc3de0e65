"""The report on a pull request: its code gets tables without a login, and what it says is text."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from delivery import comment, tables
from delivery.process import call
from delivery.propose import LONGEST
from rehearsal.cloud.bucket import Bucket, bucket
from rehearsal.port import free_port
from service.errors import BoxOfficeError
from tests.support.cloud import open_cloud
from tests.support.films import invented_tables, write_tables
from tests.support.sources import learning_from
from training.common.source import read

RUN = "https://github.com/owner/films/actions/runs/1"
SOURCE = "gs://films/raw"


@pytest.fixture
def films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket that holds tables, and something else in a folder beside them."""
    with bucket("films") as films:
        for name, value in films.environment.items():
            monkeypatch.setenv(name, value)
        films.upload(write_tables(invented_tables(5), tmp_path / "raw"), "raw")
        films.upload(tmp_path / "raw", "raw/older")
        yield films


def checkout(folder: Path, *listed: str) -> Path:
    """A checkout whose tables are in these sources."""
    folder.mkdir()
    (folder / "params.yaml").write_text(learning_from(*listed))
    return folder


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout of main, entered."""
    monkeypatch.chdir(checkout(tmp_path / "base", SOURCE))
    return tmp_path / "base"


def source(folder: Path) -> str:
    """Where a checkout reads its tables."""
    [line] = [t for t in (folder / "params.yaml").read_text().splitlines() if "source:" in t]
    return line.removeprefix("  source: [").removesuffix("]")


def test_what_a_bucket_held_is_read_without_it(
    films: Bucket, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, there = read(SOURCE, ["movies.csv"]) or ("", None)
    tables.main(["fetch", str(tmp_path / "tables")])
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{free_port()}")
    tables.main(["use", str(tmp_path / "tables")])

    path, here = read(source(base), ["movies.csv"]) or ("", None)
    assert str(tmp_path / "tables" / "0" / "movies.csv") == path
    assert there
    assert there == here
    assert all(each.is_file() for each in (tmp_path / "tables" / "0").iterdir())


def test_what_is_compared_uses_the_same_tables(base: Path, tmp_path: Path) -> None:
    head = checkout(tmp_path / "head", SOURCE)
    (tmp_path / "tables" / "0").mkdir(parents=True)

    tables.main(["use", "../tables", "../head"])

    assert {str(tmp_path / "tables" / "0")} == {source(base), source(head)}


def test_a_pull_request_that_reads_other_tables_goes_on_reading_them(
    base: Path, tmp_path: Path
) -> None:
    head = checkout(tmp_path / "head", "data/ours")
    (tmp_path / "tables" / "0").mkdir(parents=True)

    tables.main(["use", "../tables", "../head"])

    assert "data/ours" == source(head)


def test_tables_in_the_repository_are_neither_fetched_nor_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout(tmp_path / "base", "data/open"))

    tables.main(["fetch", "../tables"])
    tables.main(["use", "../tables"])

    assert not (tmp_path / "tables").exists()
    assert "data/open" == source(Path())


def test_of_several_sources_each_has_a_folder_and_those_in_the_repository_stay(
    films: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films.upload(write_tables(invented_tables(6), tmp_path / "ours"), "raw2")
    listed = (SOURCE, "data/open", "gs://films/raw2")
    monkeypatch.chdir(checkout(tmp_path / "base", *listed))

    tables.main(["fetch", "../tables"])
    tables.main(["use", "../tables"])

    assert f"{tmp_path}/tables/0, data/open, {tmp_path}/tables/2" == source(Path())
    ours = (tmp_path / "ours" / "movies.csv").read_bytes()
    assert ours == (tmp_path / "tables" / "2" / "movies.csv").read_bytes()


def test_tables_that_dvc_tracks_are_not_in_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout(tmp_path / "base", "data/openings"))
    write_tables(invented_tables(5), Path("data/openings"))
    for command in ("git init --quiet", "dvc init --quiet", "dvc add --quiet data/openings"):
        call(*command.split())
    shutil.rmtree("data/openings")  # DVC has it in its cache

    tables.main(["fetch", "../tables"])

    assert (tmp_path / "tables" / "0" / "movies.csv").is_file()


def test_tables_that_cannot_be_read_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout(tmp_path / "base", "memory://films/nowhere"))

    with pytest.raises(BoxOfficeError, match="memory://films/nowhere cannot be read"):
        tables.main(["fetch", "../tables"])

    assert not (tmp_path / "tables").exists()


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a fake GitHub, whose comments go by pull request."""
    folder = open_cloud(tmp_path / "github", monkeypatch).folder
    monkeypatch.setenv("FAKE_GITHUB", str(folder))
    return folder


def commented(github: Path, reports: Path) -> str:
    """The comment that a folder with reports leads to."""
    assert 0 == comment.main([str(reports), "--pull-request=7", f"--run={RUN}"])
    comments = json.loads((github / "comments.json").read_text())
    [[text]] = comments.values()
    assert ["pr/7 forecasts"] == list(comments)
    return str(text)


def test_a_report_is_one_comment_on_the_pull_request_of_the_event(
    github: Path, tmp_path: Path
) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "review.md").write_text("What this changes\n")
    (tmp_path / "reports" / "pull_request").write_text("8")

    assert "What this changes\n" == commented(github, tmp_path / "reports")


def test_without_a_report_the_comment_says_so_and_where_to_look(
    github: Path, tmp_path: Path
) -> None:
    text = commented(github, tmp_path / "nowhere")

    assert "Unknown" in text
    assert f"]({RUN})" in text


def test_a_report_that_leads_elsewhere_is_none(github: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret of the machine")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "review.md").symlink_to(tmp_path / "secret")

    assert "secret" not in commented(github, tmp_path / "reports")


def test_a_report_that_is_a_folder_is_none(github: Path, tmp_path: Path) -> None:
    (tmp_path / "reports" / "review.md").mkdir(parents=True)

    assert "Unknown" in commented(github, tmp_path / "reports")


def test_a_report_longer_than_a_comment_is_read_no_further(github: Path, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    with (tmp_path / "reports" / "review.md").open("w") as file:
        file.write("x" * LONGEST)
        os.truncate(file.fileno(), 2**40)  # a terabyte of nothing

    assert "x" * LONGEST == commented(github, tmp_path / "reports")


def test_a_report_that_is_no_text_is_shown_as_one(github: Path, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "review.md").write_bytes(b"\xff\x00report")

    assert commented(github, tmp_path / "reports").endswith("report")
