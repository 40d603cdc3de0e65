"""The journal in this process: what waits, what is written, what is lost, and where it goes."""

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.journal import sinks
from service.journal.entries import Forecasts, Source, sampled
from service.journal.ids import Ids
from service.journal.journal import Journal
from service.journal.memory import Memory
from service.journal.sinks import Folder
from service.model.predictor import Forecast, Predictor
from service.settings import Settings
from service.telemetry import metrics
from tests.support.journals import records
from tests.support.project import ROOT
from tests.support.server import wait_until

SOURCE = Source("rest", "box_office:v1")


class Lines:
    """An entry of so many lines that are given."""

    def __init__(self, *lines: str) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def lines(self) -> Iterator[bytes]:
        return (f"{line}\n".encode() for line in self._lines)


class Gate:
    """A sink that waits until it may write, and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.open, self.failures = threading.Event(), failures
        self.written: list[str] = []

    def write(self, lines: list[bytes]) -> None:
        self.open.wait(20)
        if self.failures:
            self.failures -= 1
            raise OSError(28, "No space left on device")
        self.written += [line.decode().strip() for line in lines]
        lines.clear()

    def close(self) -> None:
        pass


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many records are written and dropped."""
    counts = {"written": 0, "dropped": 0}

    def count(outcome: str, records: int) -> None:
        counts[outcome] += records

    monkeypatch.setattr(metrics, "count_journal", count)
    return counts


@pytest.fixture(scope="module")
def predictor(model_folder: Path) -> Predictor:
    return Predictor.load(model_folder)


def entry(forecast: Forecast, films: dict[str, Any], **given: Any) -> Forecasts:
    ids = Ids().take(len(forecast.horizon))
    return Forecasts(SOURCE, 1e9, ids, films, forecast, 0.9, **given)


def test_a_record_has_the_film_as_it_came_and_the_forecast_as_it_was_answered(
    predictor: Predictor,
) -> None:
    films = {"duration": (90.0, None), "genre": ('A "quoted"\nword é', "")}
    forecast = predictor.predict(films)
    told, nothing = map(json.loads, entry(forecast, films, traces=["ab", ""]).lines())

    assert films["genre"][0] == told["fields"]["genre"]
    assert ({"duration", "genre"}, {}) == (told["fields"].keys(), nothing["fields"])
    assert ("forecast", "2001-09-09T01:46:40.000Z") == (told["journal"], told["time"])
    assert (*SOURCE, "ab") == (told["endpoint"], told["model"], told["trace"])
    assert "trace" not in nothing
    assert forecast.point.tolist() == [told["worldwide_gross"], nothing["worldwide_gross"]]
    assert told["expected_gross"] == forecast.expected[0]
    assert told["interval"] == {"low": forecast.low[0], "high": forecast.high[0], "coverage": 0.9}
    assert forecast.horizon == [told["horizon"], nothing["horizon"]]
    assert forecast.warnings == [told["warnings"], nothing["warnings"]]


def test_columns_of_tensors_are_journaled_as_those_of_films(predictor: Predictor) -> None:
    films = {"duration": np.array([90.0, 0]), "genre": ["Drama", ""]}
    found = [json.loads(line)["fields"] for line in entry(predictor.predict(films), films).lines()]

    assert [{"duration": 90.0, "genre": "Drama"}, {}] == found


def test_a_share_is_kept_and_always_the_same(predictor: Predictor) -> None:
    films = {"duration": [90.0] * 4000}
    some = entry(predictor.predict(films), films, share=0.25)
    kept = [json.loads(line)["id"] for line in some.lines()]

    assert kept == [name for name in some._ids if sampled(name, 0.25)]
    assert 800 < len(kept) < 1200
    assert {*kept} <= {name for name in some._ids if sampled(name, 0.5)}


def test_without_a_setting_there_is_neither_a_queue_nor_a_thread(predictor: Predictor) -> None:
    threads = threading.active_count()
    memory = Memory(Settings())
    forecast = predictor.predict({"duration": [90.0, 120.0]})
    ids = memory.remember(SOURCE, {"duration": [90.0, 120.0]}, forecast, 0.9)

    assert 2 == len(set(ids))
    assert (None, "", threads) == (memory.journal, memory.trace(), threading.active_count())
    memory.close()


def test_what_was_accepted_is_written_in_order_before_the_end(counted: dict[str, int]) -> None:
    gate = Gate()
    gate.open.set()
    journal = Journal(gate, wait=60)
    for number in range(1000):
        journal.put(Lines(f"{number}a", f"{number}b"))
    journal.close()

    assert [f"{number}{part}" for number in range(1000) for part in "ab"] == gate.written
    assert {"written": 2000, "dropped": 0} == counted


def test_what_has_no_place_in_the_queue_is_dropped_and_counted(counted: dict[str, int]) -> None:
    gate = Gate()
    journal = Journal(gate, wait=60, most=10)
    for number in range(20):
        journal.put(Lines(str(number)))
    gate.open.set()
    journal.close()

    assert list(map(str, range(10))) == gate.written
    assert {"written": 10, "dropped": 10} == counted


def test_a_full_queue_is_one_line_of_the_log_each_time_that_it_fills(
    counted: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    journal = Journal(gate, wait=0.001, most=1)
    for fills in (1, 2):
        gate.open.clear()
        for _ in range(5):
            journal.put(Lines("a"))
        assert fills == caplog.text.count("The journal is full, and loses records")
        gate.open.set()
        wait_until(lambda: counted["written"] == fills)  # noqa: B023
        wait_until(lambda: not journal.waiting)
    journal.close()

    assert {"written": 2, "dropped": 8} == counted


def test_a_failure_is_one_line_of_the_log_and_nothing_is_lost_that_can_wait(
    counted: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bentoml.box_office")
    gate = Gate(failures=5)
    gate.open.set()
    journal = Journal(gate, wait=0.001)
    journal.put(Lines("a", "b"))
    wait_until(lambda: len(gate.written) == 2)
    journal.put(Lines("c"))
    journal.close()

    assert ["a", "b", "c"] == gate.written
    assert {"written": 3, "dropped": 0} == counted
    [failed, recovered] = [record.getMessage() for record in caplog.records]
    assert "No space left on device" in failed
    assert "The journal is written again." == recovered


def test_what_cannot_be_written_at_the_end_is_said_and_counted(
    counted: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate(failures=1000)
    gate.open.set()
    journal = Journal(gate, wait=60)
    journal.put(Lines("a", "b"))
    journal.close()

    assert {"written": 0, "dropped": 2} == counted
    assert "The journal ends without 2 records that could not be written." in caplog.text


def test_a_record_that_fails_takes_no_other_with_it(counted: dict[str, int]) -> None:
    class Broken(Lines):
        def lines(self) -> Iterator[bytes]:
            raise ValueError("not to be said in JSON")

    gate = Gate()
    gate.open.set()
    journal = Journal(gate, wait=60)
    journal.put(Broken("x"))
    journal.put(Lines("a"))
    journal.close()

    assert ["a"] == gate.written
    assert {"written": 1, "dropped": 1} == counted


def test_files_end_at_their_size_and_sort_by_time(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path), most=100)
    for number in range(10):
        folder.write([b'{"journal":"forecast","id":"%d"}\n' % number] * 2)
    folder.close()

    assert 5 == len(list(tmp_path.iterdir()))
    assert [str(n) for n in range(10) for _ in range(2)] == [
        each["id"] for each in records(tmp_path)
    ]


def test_a_new_day_has_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        days = iter([1, 1, 2])

        @classmethod
        def now(cls, zone: Any) -> Any:
            return sinks_datetime(2026, 1, next(cls.days), tzinfo=zone)

    sinks_datetime = sinks.datetime
    monkeypatch.setattr(sinks, "datetime", Clock)
    folder = Folder(str(tmp_path))
    for _ in range(3):
        folder.write([b"{}\n"])
    folder.close()

    names = sorted(path.name[:10] for path in tmp_path.iterdir())
    assert ["2026-01-01", "2026-01-02"] == names


def test_a_file_or_a_folder_that_vanishes_is_noticed_and_writing_goes_on(tmp_path: Path) -> None:
    place = tmp_path / "journal"
    folder = Folder(str(place))
    folder.write([b'{"journal":"forecast","id":"1"}\n'])
    place.rename(tmp_path / "away")
    next((tmp_path / "away").iterdir()).unlink()

    waiting = [b'{"journal":"forecast","id":"2"}\n']
    with pytest.raises(FileNotFoundError):
        folder.write(waiting)
    place.mkdir()
    folder.write(waiting)
    folder.close()

    assert ["2"] == [each["id"] for each in records(place)]


FULL = """
import resource, sys
from service.journal.memory import Memory
from service.journal.sinks import Folder
folder = Folder(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
lines = [b'{"journal":"forecast","id":"%d"}\\n' % number for number in range(10)]
for _ in range(2):
    try:
        folder.write(lines)
    except OSError as error:
        print(error.errno, len(lines))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
folder.write(lines)
folder.close()
"""


def test_a_full_disk_takes_whole_lines_and_writing_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ["27 7", "27 4"] == run.stdout.splitlines()
    assert list(map(str, range(10))) == [each["id"] for each in records(tmp_path)]


TALK = """
import sys
from service.journal.sinks import Stdout
name = sys.argv[1].encode()
for start in range(0, 4000, 250):
    Stdout().write([b"%b%b\\n" % (name, b"%d" % row * 150) for row in range(start, start + 250)])
"""


WRITTEN = [b"%b%b" % (name, b"%d" % row * 150) for name in (b"a", b"b") for row in range(4000)]


def two_talk(stdout: int) -> list["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-c", TALK]
    return [subprocess.Popen([*command, n], cwd=ROOT, stdout=stdout) for n in ("a", "b")]


def test_lines_on_one_stdout_are_whole_however_slowly_they_are_read() -> None:
    out, stdin = os.pipe()
    writers = two_talk(stdin)
    os.close(stdin)
    blocks = []
    while block := os.read(out, 10_000):
        blocks.append(block)
        time.sleep(0.0005)
    os.close(out)

    assert [0, 0] == [writer.wait(20) for writer in writers]
    assert sorted(WRITTEN) == sorted(b"".join(blocks).splitlines())


def test_lines_on_a_stdout_that_is_a_file_are_whole(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        writers = two_talk(log.fileno())

    assert [0, 0] == [writer.wait(20) for writer in writers]
    assert sorted(WRITTEN) == sorted((tmp_path / "log").read_bytes().splitlines())


@pytest.mark.parametrize(
    ("where", "expected"),
    [("file", [14_112]), ("socket", [3012, 2001, 4096, 5001, 2])],
)
def test_stdout_is_written_in_pieces_that_it_does_not_part(
    where: str, expected: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces: list[int] = []
    monkeypatch.setattr(sinks, "_write_all", lambda _, block: pieces.append(len(block)))
    ours, _theirs = socket.socketpair()
    with ours, _theirs, (tmp_path / "log").open("wb") as log:
        monkeypatch.setattr(sinks.sys, "stdout", log if where == "file" else ours)
        lines = [b"x" * size + b"\n" for size in (10, 3000, 2000, 4095, 5000, 1)]
        sinks.Stdout().write(lines)

    assert expected == pieces
    assert [] == lines
