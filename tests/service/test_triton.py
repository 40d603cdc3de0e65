"""The Open Inference Protocol as tritonclient, a client of others, meets it on a real server."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from service.films.fields import COLUMNS, TEXTUAL
from service.model.predictor import Predictor
from service.oip import DTYPES, ID, OUTPUTS, datatype, output
from tests.support.project import ROOT
from tests.support.server import Server

NUMBERS = {"duration": [90, 120], "release_month": [6, 0]}
TEXTS = {"genre": ["Drama", "Opéra"], "mpaa_rating": ["", "PG"]}
CLIENT = ROOT / "tests" / "support" / "triton_client.py"


def tensors(datatype: str) -> dict[str, tuple[str, list[Any]]]:
    return {name: (datatype, values) for name, values in NUMBERS.items()}


INPUTS = {**tensors("FP64"), **{name: ("BYTES", values) for name, values in TEXTS.items()}}
INFER: dict[str, dict[str, Any]] = {
    **{datatype: {"inputs": tensors(datatype)} for datatype in DTYPES},
    "binary": {"inputs": INPUTS},
    "json": {"inputs": INPUTS, "binary": False, "outputs": list(OUTPUTS)},
    "some outputs": {"inputs": INPUTS, "outputs": ["high", "low"]},
    "id": {"inputs": INPUTS, "request_id": "seven"},
    "another model": {"inputs": INPUTS, "model": "other"},
    "another version": {"inputs": INPUTS, "version": "1"},
    "negative": {"inputs": {"duration": ("FP64", [90, -1])}},
    "no field": {"inputs": {"gros": ("FP64", [1])}},
}


@pytest.fixture(scope="module")
def version(model_tag: str) -> str:
    return model_tag.partition(":")[2]


@pytest.fixture(scope="module", params=["http", "grpc"])
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def answers(server: Server, version: str, protocol: str) -> Any:
    """What tritonclient gets from the server for every question."""
    address = {"http": urlsplit(server.http).netloc, "grpc": server.grpc}[protocol]
    models = [("box_office", ""), ("box_office", version), ("other", ""), ("box_office", "1")]
    infer = {**INFER, "version": {"inputs": INPUTS, "version": version}}
    run = subprocess.run(
        [sys.executable, str(CLIENT), protocol, address],
        input=json.dumps({"models": models, "infer": infer}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == run.returncode, run.stderr
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def predictor(model_folder: Path) -> Predictor:
    return Predictor.load(model_folder)


def outputs(predictor: Predictor, films: dict[str, list[Any]], *names: str) -> list[Any]:
    forecast = predictor.predict(films)
    told = [n for n in names or OUTPUTS if n != ID]  # an id is that of one answer
    return [[n, datatype(n), output([], forecast, n).tolist()] for n in told]


def nameless(answer: Any) -> list[Any]:
    """The outputs of an answer without the ids, which no other answer has."""
    for _, kind, ids in (each for each in answer["outputs"] if each[0] == ID):
        assert ("BYTES", 2, {26}) == (kind, len({*ids}), {*map(len, ids)})
    return [each for each in answer["outputs"] if each[0] != ID]


def test_the_server_is_live_and_ready_and_says_what_it_is(answers: Any, version: str) -> None:
    metadata = {"name": "box_office", "version": version, "extensions": ["binary_tensor_data"]}

    assert {"live": True, "ready": True, "metadata": metadata} == answers["server"]


@pytest.mark.parametrize("asked", [0, 1], ids=["without version", "with version"])
def test_the_model_is_ready_and_says_what_it_takes_and_gives(
    answers: Any, version: str, asked: int
) -> None:
    metadata = {
        "name": "box_office",
        "versions": [version],
        "platform": "onnx_onnxv1",
        "inputs": [[name, "BYTES" if name in TEXTUAL else "FP64", [-1]] for name in COLUMNS],
        "outputs": [[name, datatype(name), [-1]] for name in OUTPUTS],
    }

    assert {"ready": True, "metadata": metadata} == answers["models"][asked]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (2, "The model other is not deployed here: "),
        (3, "The model box_office, version 1, is not deployed here: "),
    ],
)
def test_another_model_is_not_ready(
    answers: Any, version: str, protocol: str, asked: int, words: str
) -> None:
    status = {"http": "404", "grpc": "StatusCode.NOT_FOUND"}[protocol]
    error = {"error": f"{words}ask for box_office, version {version}.", "status": status}

    assert {"ready": {"http": False, "grpc": error}[protocol], "metadata": error} == (
        answers["models"][asked]
    )


@pytest.mark.parametrize("datatype", DTYPES)
def test_numbers_of_every_datatype_are_forecast(
    answers: Any, predictor: Predictor, datatype: str
) -> None:
    assert outputs(predictor, NUMBERS) == nameless(answers["infer"][datatype])


@pytest.mark.parametrize("form", ["binary", "json", "version"])
def test_numbers_and_texts_are_forecast_in_every_form(
    answers: Any, predictor: Predictor, version: str, form: str
) -> None:
    answer = answers["infer"][form]

    assert outputs(predictor, {**NUMBERS, **TEXTS}) == nameless(answer)
    assert ["box_office", version] == answer["model"]


def test_only_the_outputs_asked_for_are_given(answers: Any, predictor: Predictor) -> None:
    assert (
        outputs(predictor, {**NUMBERS, **TEXTS}, "high", "low")
        == (answers["infer"]["some outputs"]["outputs"])
    )


def test_the_id_of_a_request_is_that_of_its_answer(answers: Any) -> None:
    unasked = answers["infer"]["binary"]
    [first] = [values[0] for name, _, values in unasked["outputs"] if name == ID]

    assert ("seven", first) == (answers["infer"]["id"]["id"], unasked["id"])


@pytest.mark.parametrize(
    ("question", "status", "words"),
    [
        ("another model", "not found", "The model other is not deployed here: "),
        ("another version", "not found", "The model box_office, version 1, is not deployed here: "),
        ("negative", "bad", "Film 1: duration must be greater than or equal to 0."),
        ("no field", "bad", "Film 0: gros is not a field of a film."),
    ],
)
def test_a_refusal_has_its_status_and_its_words(
    answers: Any, protocol: str, question: str, status: str, words: str
) -> None:
    names = {
        "http": {"not found": "404", "bad": "400"},
        "grpc": {"not found": "StatusCode.NOT_FOUND", "bad": "StatusCode.INVALID_ARGUMENT"},
    }
    answer = answers["infer"][question]

    assert names[protocol][status] == answer["status"]
    assert answer["error"].startswith(words)
