"""What a stage needs and cannot read or write is named in one sentence."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from service.errors import BoxOfficeError
from training.common import files
from training.common.cli import run


@pytest.fixture(params=["table.parquet", "metrics.json"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What a stage has left to the next ones."""
    pd.DataFrame({"a": [1.0, 2.0]}).to_parquet(tmp_path / "table.parquet")
    (tmp_path / "metrics.json").write_text(json.dumps({"a": 1}))
    return tmp_path / str(request.param)


def read(path: Path) -> object:
    return files.read_json(path) if path.suffix == ".json" else files.read_table(path)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def binary(path: Path) -> None:
    path.write_bytes(b"\xff\x00")


@pytest.mark.parametrize("damage", [Path.unlink, cut, emptied, binary])
def test_what_an_earlier_stage_has_not_left_whole_is_named_with_the_way_out(
    path: Path, damage: Callable[[Path], None]
) -> None:
    assert read(path) is not None
    damage(path)

    with pytest.raises(BoxOfficeError) as error:
        read(path)

    assert f"{path} is missing or damaged: run `dvc repro`." == str(error.value)


@pytest.mark.parametrize("before", ["folder", "file", "nothing"])
def test_a_folder_takes_the_place_of_what_was_there(tmp_path: Path, before: str) -> None:
    new, path = tmp_path / "beside" / "new", tmp_path / "models" / "box_office"
    new.mkdir(parents=True)
    (new / "card.json").touch()
    if before != "nothing":
        path.parent.mkdir()
    if before == "folder":
        path.mkdir()
        (path / "old.onnx").touch()
    elif before == "file":
        path.touch()

    files.replace_folder(new, path)

    assert ["card.json"] == [each.name for each in path.iterdir()]


def test_a_command_that_cannot_write_says_which_file_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.md"
    path.mkdir()

    def main() -> int:
        files.write(path, "text")
        return 0

    with pytest.raises(SystemExit, match="1"):
        run("report", main)

    assert f"report: {path}: Is a directory.\n" == capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_said_with_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.md"
    path.with_name(".report.md.part").symlink_to("/dev/full")

    def main() -> int:
        files.write(path, "text")
        return 0

    with pytest.raises(SystemExit, match="1"):
        run("report", main)

    assert "report.md.part: No space left on device.\n" in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())
