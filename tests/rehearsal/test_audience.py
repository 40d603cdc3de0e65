"""Who asks and tells in a rehearsal: what they are answered, and what the journal has of it."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from unittest.mock import Mock

import pytest

from rehearsal import films
from rehearsal.audience import ALONE, Asked, ask, tell
from rehearsal.deployment import RPC
from rehearsal.instances import TOKEN
from rehearsal.sandbox import SERVICE, Sandbox
from service.films.schema import TARGET, TITLE
from tests.support.journals import records
from tests.support.server import running


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """A sandbox with the folder of a cloud."""
    (tmp_path / "cloud").mkdir()
    return Sandbox(tmp_path, Mock(), "", Mock())


def test_each_film_is_forecast_over_a_transport_and_its_outcome_told(
    sandbox: Sandbox, model_tag: str, tmp_path: Path
) -> None:
    table, journal = films.alike().head(100), tmp_path / "journal"
    with running(
        tmp_path,
        BOX_OFFICE_JOURNAL=str(journal),
        BOX_OFFICE_JOURNAL_WAIT="0.05",
        BOX_OFFICE_OUTCOMES_TOKEN=TOKEN,
    ) as server:
        addresses = {SERVICE: server.http, RPC: f"http://{server.grpc}"}
        (sandbox.cloud / "addresses.json").write_text(json.dumps(addresses))
        asked = ask(sandbox, table)
        tell(sandbox, asked)

    written = defaultdict(list)
    for record in records(journal):
        written[record["journal"]].append(record)
    said = {record["id"]: record for record in written["forecast"]}
    became = {record["id"]: record[TARGET] for record in written["outcome"]}

    assert table[TITLE].tolist() == [said[each.id]["fields"][TITLE] for each in asked]
    assert table[TARGET].tolist() == [became[each.id] for each in asked]
    endpoints = Counter(record["endpoint"] for record in said.values())
    assert {"rest_batch": 100 - 2 * ALONE, "rest": ALONE, "grpc": ALONE} == endpoints
    assert {model_tag} == {each.model for each in asked}


def test_a_doubt_is_one_about_the_field_alone() -> None:
    beyond = "1 is outside the range seen in training, 2 to 3."
    warnings = ["Unknown, and worth knowing: x.", f"another {beyond}", f"{films.FIELD} {beyond}"]

    asked = [Asked("id", "model", [warning], 1.0) for warning in warnings]

    assert [False, False, True] == [each.doubted for each in asked]
