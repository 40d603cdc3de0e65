"""The log as those who read it need it."""

import json
import logging
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from service.telemetry.logs import OneObject
from tests.support.server import BENTOML, ONE_PROCESS, running


def test_a_record_is_one_line_with_its_traceback() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("bentoml", logging.ERROR, "x.py", 1, "%s films", (3,), info)

    text = OneObject().format(record)
    entry = json.loads(text)

    assert "\n" not in text
    assert ("ERROR", "bentoml", "3 films") == (entry["severity"], entry["logger"], entry["message"])
    assert "ValueError: two\nlines" in entry["traceback"]


@pytest.mark.parametrize(("way", "workers"), [(ONE_PROCESS, 1), (BENTOML, 2)])
def test_every_line_of_a_running_server_is_one_json_object(
    model_tag: str, tmp_path: Path, way: str, workers: int
) -> None:
    variables = {"BOX_OFFICE_WORKERS": str(workers), "BOX_OFFICE_LOG": "json"}
    with running(tmp_path, way=way, **variables) as server:
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{server.http}/v1/prediction", b'{"duration": -1}', timeout=5)
        server.process.terminate()
        server.process.wait(10)

    lines = server.log.read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    assert workers <= sum("initialized" in entry["message"] for entry in entries)
    assert {"time", "severity", "logger", "process", "message"} <= set(entries[0])


def test_a_refused_film_leaves_no_traceback_in_the_log(model_tag: str, tmp_path: Path) -> None:
    with running(tmp_path) as server, pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(
            urllib.request.Request(
                f"{server.http}/v1/prediction",
                b'{"duration": -1}',
                {"Content-Type": "application/json"},
            ),
            timeout=5,
        )

    assert "Traceback" not in server.log.read_text()
