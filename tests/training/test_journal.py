"""A journal is read around whatever a kill or another program has left in it."""

import json
from pathlib import Path

import pytest

from training.common.journal import Reader


def line(name: str, kind: str = "forecast") -> bytes:
    return json.dumps({"journal": kind, "id": name}).encode() + b"\n"


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    for day, name in (("2026-02-01", "C"), ("2026-01-31", "A")):
        (tmp_path / f"{day}-{name}.jsonl").write_bytes(line(f"{name}1") + line(f"{name}2"))
    (tmp_path / "notes.txt").write_text("none of ours")
    reader = Reader()

    assert ["A1", "A2", "C1", "C2"] == [each["id"] for each in reader.folder(tmp_path)]
    assert (0, {"forecast": 4}) == (reader.skipped, reader.kinds)


@pytest.mark.parametrize("kept", [0, 1, 12, 30])
def test_a_torn_last_line_is_skipped_and_counted(tmp_path: Path, kept: int) -> None:
    (tmp_path / "1.jsonl").write_bytes(line("A") + line("B" * 50)[:kept])
    (tmp_path / "2.jsonl").write_bytes(line("C"))
    reader = Reader()

    assert ["A", "C"] == [each["id"] for each in reader.folder(tmp_path)]
    assert reader.skipped == (kept > 0)


def test_lines_of_a_log_are_skipped_and_kinds_are_counted() -> None:
    log = b'{"severity": "INFO", "message": "ready"}\n'
    reader = Reader()
    lines = [log, line("A"), b"plain words\n", b"[1]\n", b"\xff\n", line("B", "outcome")]

    assert ["A", "B"] == [each["id"] for each in reader.records(lines)]
    assert (4, {"forecast": 1, "outcome": 1}) == (reader.skipped, reader.kinds)
