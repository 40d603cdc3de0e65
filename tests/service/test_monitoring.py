"""BentoML's own monitor gets the records of the journal where its configuration says so."""

import json
from pathlib import Path

import httpx2
import pytest

from service.films.fields import FIELDS
from tests.support.request import FILM
from tests.support.server import running

CONFIGURATION = """
services:
  box_office:
    monitoring:
      enabled: true
      type: default
      options:
        log_path: {}
"""


@pytest.mark.parametrize("journal", ["off", "a folder"])
def test_the_monitor_gets_every_record_where_it_is_configured(
    model_tag: str, tmp_path: Path, journal: str
) -> None:
    place, configuration = tmp_path / "monitoring", tmp_path / "bentoml.yaml"
    configuration.write_text(CONFIGURATION.format(place))
    variables = {"BENTOML_CONFIG": str(configuration)}
    if journal != "off":
        variables["BOX_OFFICE_JOURNAL"] = str(tmp_path / "journal")
    with running(tmp_path, **variables) as server:
        told = httpx2.post(f"{server.http}/v1/predictions", json=[FILM, {}]).json()
        server.end()
    [data] = place.rglob("data*.log")
    records = [json.loads(line) for line in data.read_text().splitlines()]

    assert [each["id"] for each in told] == [record["id"] for record in records]
    assert {**dict.fromkeys(FIELDS), **FILM} == {name: records[0][name] for name in FIELDS}
    assert told[0]["interval"]["low"] == records[0]["low"]
    assert (journal != "off") == bool(list(tmp_path.rglob("*.jsonl")))


def test_without_a_configuration_the_monitor_gets_nothing(model_tag: str, tmp_path: Path) -> None:
    with running(tmp_path, BOX_OFFICE_JOURNAL=str(tmp_path / "journal")) as server:
        httpx2.post(f"{server.http}/v1/prediction", json=FILM).raise_for_status()
        server.end()

    assert [] == list(tmp_path.rglob("monitoring"))
