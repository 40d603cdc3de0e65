"""The log of containers in a bucket: the watch reads from it what the service has remembered."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from rehearsal.clock import Clock
from rehearsal.cloud import log
from rehearsal.cloud.bucket import Bucket, bucket
from rehearsal.cloud.log import Log
from service.errors import BoxOfficeError
from service.journal.entries import FORECAST, OUTCOME
from tests.support.engines import running
from training.watching import journal

TOLD = {"journal": "outcome", "time": "2026-11-26T03:56:57.936Z", "worldwide_gross": 96e6}
LINES = [
    "Starting.",
    '{"time": "2026-11-26T03:56:56+00:00", "severity": "INFO", "message": "It is ready."}',
    json.dumps(TOLD | {"id": "first"}),
    "[1, 2]",
    json.dumps(TOLD | {"id": "second"}),
]


@pytest.fixture
def films(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket, to which Google's clients are led."""
    with bucket() as films:
        for name, value in films.environment.items():
            monkeypatch.setenv(name, value)
        yield films


def printing(*lines: str) -> tuple[str, ...]:
    """A program that prints these lines, and one that is not whole."""
    return "sh", "-c", 'printf "%s\\n" "$@"; printf "{"; exec sleep 60', "sh", *lines


def test_the_watch_reads_what_a_container_has_remembered_among_other_lines(films: Bucket) -> None:
    heard = Log(films, Clock())
    with running(*printing(*LINES)) as container:
        heard.listen(container)
        lines = heard.export(OUTCOME, 2)

    read = journal.read(heard.url)

    assert len(LINES) == lines
    assert ["first", "second"] == read.outcomes["id"].tolist()
    assert {"2026-11-26T03:56:57.936000+00:00"} == {t.isoformat() for t in read.outcomes["time"]}
    assert {} == read.skipped


def test_an_object_holds_the_entries_of_an_hour_as_cloud_logging_names_it(films: Bucket) -> None:
    heard = Log(films, Clock())
    with running(*printing(*LINES[2:3])) as container:
        heard.listen(container)
        heard.export(OUTCOME, 1)

    [blob] = films.objects()
    [entry] = map(json.loads, blob.download_as_text().splitlines())

    assert "run.googleapis.com/stdout/2026/11/26/03:00:00_03:59:59_S0.json" == blob.name
    assert "2026-11-26T03:56:57.936000+00:00" == entry["timestamp"]
    assert {**TOLD, "id": "first"} == {**entry["jsonPayload"], "time": TOLD["time"]}
    assert "time" not in entry["jsonPayload"]


def test_what_is_said_after_a_jump_is_said_as_much_later(films: Bucket) -> None:
    clock = Clock()
    heard = Log(films, clock)
    with running(*printing(LINES[2])) as first, running(*printing(LINES[4])) as second:
        heard.listen(first)
        heard.export(OUTCOME, 1)
        clock.jump(365)
        heard.listen(second)
        heard.export(OUTCOME, 1)

    told = journal.read(heard.url).outcomes

    assert ["first", "second"] == told["id"].tolist()
    assert ["2026-11-26", "2027-11-26"] == [time.date().isoformat() for time in told["time"]]
    assert timedelta(364) < clock.now() - datetime.now(UTC) < timedelta(366)


def test_records_that_do_not_come_are_missed(
    films: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_SECONDS", 0.1)
    heard = Log(films, Clock())
    with running(*printing(*LINES)) as container:
        heard.listen(container)
        with pytest.raises(BoxOfficeError, match="Of 1 records of forecasts, 0 are on stdout"):
            heard.export(FORECAST, 1)
