"""What the pages show is what happens: their commands and programs are run as they are written.

The server runs the model of the films that ship with the project, as after `make serve`.
"""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import grpc
import pytest
from google.protobuf import json_format

from service import errors
from service.errors import BoxOfficeError
from service.films.fields import FIELDS, KNOWN, UNITS
from service.films.schema import Interval, Prediction
from service.films.synonyms import NEAREST, SYNONYMS
from service.rest import endpoint
from service.rpc import box_office_pb2 as pb
from service.rpc import box_office_pb2_grpc as pb_grpc
from service.rpc import status
from service.settings import _STANDARD, PREFIX, Settings
from service.telemetry.logs import OneObject
from tests.support import pages
from tests.support.project import ROOT
from tests.support.server import Server, running
from tests.support.shipped import train_on_shipped_films

TOKEN = "BOX_OFFICE_OUTCOMES_TOKEN"
SHOWN = [(page, *pair) for page in pages.TEXTS for pair in pages.commands(page)]
CURLS = [(command, printed) for _, command, printed in SHOWN if command.startswith("curl")]
GRPCURLS = [(command, printed) for _, command, printed in SHOWN if command.startswith("grpcurl")]
PROGRAMS = [program for page in pages.TEXTS for program in pages.blocks(page, "python")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the model that the pages show."""
    home = train_on_shipped_films(tmp_path_factory.mktemp("shipped"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(home))
        patch.setenv(TOKEN, "a-token-of-nobody")
        journal = {TOKEN: os.environ[TOKEN], "BOX_OFFICE_JOURNAL": str(home / "journal")}
        with running(tmp_path_factory.mktemp("docs"), **journal) as server:
            yield server


def here(text: str, server: Server) -> str:
    """The text with the ports of this server."""
    text = text.replace("localhost:3000", f"localhost:{server.port}")
    return text.replace("localhost:3001", f"localhost:{server.grpc_port}")


def comparable(text: str) -> str:
    """A text without what differs between processors: the model's hash, ids, the last digits."""
    text = re.sub(r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "ID", text)
    text = re.sub(r"\b[0-9a-f]{16}\b", "HASH", text)
    return re.sub(r"\b\d+(\.\d+)?(e[+-]\d+)?\b", lambda number: f"{float(number[0]):.4g}", text)


def bash(command: str, server: Server) -> str:
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", here(command, server)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return run.stdout


def test_the_pages_have_their_examples() -> None:
    assert 9 <= len(CURLS)
    assert 1 == len(GRPCURLS)
    assert 4 == len(PROGRAMS)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_runs(server: Server, number: int) -> None:
    run = subprocess.run(
        [sys.executable, "-c", here(PROGRAMS[number], server)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "clients" / "python" / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert 0 == run.returncode, run.stderr
    assert run.stdout


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("number", range(len(CURLS)))
def test_curl_prints_what_the_page_shows(server: Server, number: int) -> None:
    command, printed = CURLS[number]
    bash("curl -s localhost:3000/v1/predictions -d '[{}]'", server)  # so that there are metrics

    assert comparable(printed).strip() == comparable(bash(command, server)).strip()


def test_grpcurl_would_print_what_the_page_shows(server: Server) -> None:
    [(command, printed)] = GRPCURLS
    [message] = re.findall(r"-d '(.+?)'", command)
    request = json_format.Parse(message, pb.PredictRequest())

    assert command.endswith("localhost:3001 boxoffice.v1.Predictor/Predict")
    with grpc.insecure_channel(f"localhost:{server.grpc_port}") as channel:
        answer = pb_grpc.PredictorStub(channel).Predict(request, timeout=5)
    shown = json_format.Parse(printed, pb.PredictResponse())
    assert comparable(json_format.MessageToJson(shown)) == comparable(
        json_format.MessageToJson(answer)
    )


def test_the_table_of_fields_is_the_schema() -> None:
    rows = pages.table("docs/clients.md", "field")

    assert [[f"`{name}`", UNITS[name], KNOWN[name]] for name in FIELDS] == rows


def test_the_table_of_labels_is_that_of_the_schema() -> None:
    rows = pages.table("docs/clients.md", "label")
    synonyms = {other: label for by_field in SYNONYMS.values() for other, label in by_field.items()}
    nearest = {label: other for by_field in NEAREST.values() for label, other in by_field.items()}

    written = {label: also.split(", ") for label, also, _ in rows if also}
    assert synonyms == {other: label for label, also in written.items() for other in also}
    assert nearest == {label: instead for label, _, instead in rows if instead}


def test_the_table_of_the_answer_is_the_schema() -> None:
    rows = pages.table("docs/clients.md", "in the answer")

    assert list(Prediction.model_fields) == [name.strip("`") for name, _ in rows]


def test_the_query_for_spreadsheets_takes_what_an_answer_has() -> None:
    [query] = pages.blocks("docs/clients.md", "text")
    taken = re.findall(r'"(\w+)"', "".join(re.findall(r'{("\w+".*?)}', query)))

    assert "Json.FromValue(Films)" in query
    assert "interval" in taken
    assert set(taken) <= {*Prediction.model_fields, *Interval.model_fields}


def test_the_table_of_refusals_is_that_of_the_transports() -> None:
    rows = pages.table("docs/clients.md", "reason")
    codes = {
        error.__name__: [str(endpoint.STATUS[error]), code.name if code else ""]
        for error in endpoint.STATUS
        for code in [status._CODES.get(error)]
    }

    assert set(status._CODES) <= set(endpoint.STATUS)
    assert codes == {name.strip("`"): [rest, code] for _, name, rest, code in rows}


def test_every_error_has_a_row_or_is_none_of_a_request() -> None:
    raised = {name for name, value in vars(errors).items() if _is_refusal(value)}

    assert raised == {row[1].strip("`") for row in pages.table("docs/clients.md", "reason")}


def _is_refusal(value: object) -> bool:
    elsewhere = (BoxOfficeError, errors.ModelUnavailable)
    return isinstance(value, type) and issubclass(value, BoxOfficeError) and value not in elsewhere


def test_the_table_of_settings_is_that_of_the_service() -> None:
    rows = pages.table("docs/operations.md", "variable")
    defaults = {
        _STANDARD.get(name, f"{PREFIX}{name.upper()}"): value
        for name, value in vars(Settings()).items()
    }
    named = {variable.strip("`"): default.strip("`") for variable, default, _ in rows}

    shown = {
        name: f"{value:g}" if isinstance(value, float) else str(value or "")
        for name, value in defaults.items()
    }
    assert shown == named


def test_the_table_of_metrics_is_that_of_the_server(server: Server) -> None:
    bash("curl -s localhost:3000/v1/predictions -d '[{}]'", server)
    types = bash("curl -s localhost:3000/metrics | grep '^# TYPE'", server)
    rows = pages.table("docs/operations.md", "metric")

    assert {line.split()[2] for line in types.splitlines()} == {row[0].strip("`") for row in rows}


def test_the_endpoints_of_the_metrics_are_those_of_the_code() -> None:
    page = pages.TEXTS["docs/operations.md"]
    [listed] = re.findall(r"^The endpoints are (.+?)\. A metric", page, re.S | re.M)
    code = "\n".join(path.read_text() for path in ROOT.glob("service/r*/*.py"))
    named = re.findall(r'(?:Endpoint\(|dataplane, )"(\w+)"', code)

    assert set(named) == set(re.findall(r"`(\w+)`", listed))


def test_the_line_of_the_log_is_one_of_the_server() -> None:
    [line] = pages.blocks("docs/operations.md", "json")
    record = logging.LogRecord("bentoml", logging.INFO, "x.py", 1, "a message", (), None)

    assert list(json.loads(OneObject().format(record))) == list(json.loads(line))
