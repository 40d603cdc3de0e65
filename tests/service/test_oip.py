"""The Open Inference Protocol over HTTP, in process; tritonclient judges it in test_triton."""

import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from service.films.fields import COLUMNS, LABELS, TEXTUAL
from service.model.predictor import Predictor
from service.oip import DTYPES, ID, OUTPUTS, from_raw, output

INFER = "/v2/models/box_office/infer"
LENGTH = "Inference-Header-Content-Length"
GIVEN = dict.fromkeys(("worldwide_gross", "low", "high", "expected_gross"), "FP64")
GIVEN |= dict.fromkeys(("used", "warnings", "id"), "BYTES")
FILMS = {"production_budget": [20e6, 60e6], "duration": [90, 120], "genre": ["Drama", "Opéra"]}


@pytest.fixture(scope="module")
def client(model_tag: str) -> Iterator[TestClient]:
    from service.service import BoxOffice

    with TestClient(BoxOffice.to_asgi()) as client:
        yield client


@pytest.fixture(scope="module")
def version(model_tag: str) -> str:
    return model_tag.partition(":")[2]


@pytest.fixture(scope="module")
def predictor(model_folder) -> Predictor:
    return Predictor.load(model_folder)


def tensor(name: str, data: Any, datatype: str = "", **given: Any) -> dict[str, Any]:
    usual = "BYTES" if name in LABELS else "FP64"
    described = {"name": name, "datatype": datatype or usual, "shape": [len(data)], "data": data}
    return {**described, **given}


def tensors(films: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [tensor(name, data) for name, data in films.items()]


def infer(client: TestClient, inputs: list[dict[str, Any]], **given: Any) -> dict[str, Any]:
    answer = client.post(INFER, json={"inputs": inputs, **given})
    assert 200 == answer.status_code, answer.text
    return answer.json()


def values(answer: dict[str, Any]) -> dict[str, list[Any]]:
    return {o["name"]: o["data"] for o in answer["outputs"] if o["name"] != ID}


def expected(predictor: Predictor, films: dict[str, list[Any]]) -> dict[str, list[Any]]:
    forecast = predictor.predict(films)
    names = [name for name in OUTPUTS if name != ID]
    return {name: output([], forecast, name).tolist() for name in names}


def binary(
    raw: list[tuple[str, str, bytes]], films: int, **given: Any
) -> tuple[bytes, dict[str, str]]:
    """A body with tensors after the JSON, and the header that says where they begin."""
    inputs = [
        {
            "name": name,
            "datatype": datatype,
            "shape": [films],
            "parameters": {"binary_data_size": len(bytes_)},
        }
        for name, datatype, bytes_ in raw
    ]
    head = json.dumps({"inputs": inputs, **given}).encode()
    return head + b"".join(bytes_ for *_, bytes_ in raw), {LENGTH: str(len(head))}


def text(*values: str) -> bytes:
    return b"".join(struct.pack("<I", len(v.encode())) + v.encode() for v in values)


def test_the_server_says_what_it_is(client: TestClient, version: str) -> None:
    assert {
        "name": "box_office",
        "version": version,
        "extensions": ["binary_tensor_data"],
    } == client.get("/v2").json()


@pytest.mark.parametrize("what", ["live", "ready"])
def test_the_server_is_live_and_ready(client: TestClient, what: str) -> None:
    assert {what: True} == client.get(f"/v2/health/{what}").json()


@pytest.mark.parametrize("path", ["", "/versions/{version}"])
def test_the_model_says_what_it_takes_and_gives(
    client: TestClient, version: str, path: str
) -> None:
    answer = client.get("/v2/models/box_office" + path.format(version=version)).json()

    inputs = {tensor["name"]: (tensor["datatype"], tensor["shape"]) for tensor in answer["inputs"]}
    outputs = [{"name": n, "datatype": t, "shape": [-1]} for n, t in GIVEN.items()]
    assert ("box_office", [version], outputs) == (
        answer["name"],
        answer["versions"],
        answer["outputs"],
    )
    assert {name: ("BYTES" if name in TEXTUAL else "FP64", [-1]) for name in COLUMNS} == inputs


@pytest.mark.parametrize("path", ["/ready", "/versions/{version}/ready"])
def test_the_model_is_ready(client: TestClient, version: str, path: str) -> None:
    answer = client.get("/v2/models/box_office" + path.format(version=version))

    assert {"name": "box_office", "ready": True} == answer.json()


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("other", "The model other is not deployed here: "),
        ("box_office/versions/1", "The model box_office, version 1, is not deployed here: "),
        ("other/versions/1", "The model other, version 1, is not deployed here: "),
    ],
)
@pytest.mark.parametrize(("method", "end"), [("GET", ""), ("GET", "/ready"), ("POST", "/infer")])
def test_another_model_or_version_is_not_here(
    client: TestClient, version: str, method: str, end: str, model: str, sentence: str
) -> None:
    answer = client.request(method, f"/v2/models/{model}{end}")

    advice = f"ask for box_office, version {version}."
    assert (404, {"error": sentence + advice}) == (answer.status_code, answer.json())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v2/nowhere", 404), ("POST", "/v2/repository/index", 404), ("GET", INFER, 405)],
)
def test_a_wrong_path_or_method_has_the_error_shape_of_the_protocol(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)

    assert status == answer.status_code
    assert ["error"] == list(answer.json())


@pytest.mark.parametrize("path", [INFER, "/v2/models/box_office/versions/{version}/infer"])
def test_columns_of_films_are_columns_of_forecasts(
    client: TestClient, predictor: Predictor, version: str, path: str
) -> None:
    answer = client.post(path.format(version=version), json={"inputs": tensors(FILMS)}).json()

    assert ("box_office", version) == (answer["model_name"], answer["model_version"])
    assert GIVEN == {o["name"]: o["datatype"] for o in answer["outputs"]}
    assert {(2,)} == {tuple(o["shape"]) for o in answer["outputs"]}
    assert expected(predictor, FILMS) == values(answer)


def test_no_films_are_no_forecasts(client: TestClient) -> None:
    answer = infer(client, [tensor("duration", [])])

    assert {name: [] for name in OUTPUTS} == {o["name"]: o["data"] for o in answer["outputs"]}
    assert "" == answer["id"]


def test_the_id_of_a_request_is_that_of_its_answer(client: TestClient) -> None:
    assert "seven" == infer(client, tensors(FILMS), id="seven")["id"]


def test_an_answer_to_a_request_without_an_id_has_that_of_its_first_forecast(
    client: TestClient,
) -> None:
    answer = infer(client, tensors(FILMS))
    [ids] = [output["data"] for output in answer["outputs"] if output["name"] == ID]

    assert answer["id"] == ids[0]
    assert len(set(ids)) == len(ids) == 2


def test_only_the_outputs_asked_for_are_given_in_that_order(
    client: TestClient, predictor: Predictor
) -> None:
    answer = infer(client, tensors(FILMS), outputs=[{"name": "high"}, {"name": "low"}])

    given = expected(predictor, FILMS)
    assert [("high", given["high"]), ("low", given["low"])] == list(values(answer).items())


def test_what_is_unknown_may_be_null_zero_or_blank(
    client: TestClient, predictor: Predictor
) -> None:
    inputs = [tensor("duration", [100, None, 0]), tensor("genre", [None, "", "Drama"])]

    films = {"duration": [100, None, None], "genre": [None, None, "Drama"]}
    assert expected(predictor, films) == values(infer(client, inputs))


@pytest.mark.parametrize("data", [[[90], [120]], [90, 120]])
@pytest.mark.parametrize("shape", [[2], [2, 1]])
def test_a_column_may_be_a_matrix_of_one_column(
    client: TestClient, predictor: Predictor, data: list[Any], shape: list[int]
) -> None:
    answer = infer(client, [tensor("duration", data, shape=shape)])

    assert expected(predictor, {"duration": [90, 120]}) == values(answer)


@pytest.mark.parametrize("datatype", DTYPES)
def test_a_number_may_have_any_datatype_of_numbers(
    client: TestClient, predictor: Predictor, datatype: str
) -> None:
    wanted = expected(predictor, {"duration": [90, 120]})
    column = np.array([90, 120], DTYPES[datatype]).tobytes()
    body, headers = binary([("duration", datatype, column)], 2)
    raw = client.post(INFER, content=body, headers=headers)

    assert wanted == values(infer(client, [tensor("duration", [90, 120], datatype)]))
    assert wanted == values(raw.json())


def test_binary_columns_are_those_of_json(client: TestClient, predictor: Predictor) -> None:
    numbers = [
        (name, "FP64", np.array(FILMS[name], "<f8").tobytes())
        for name in ("production_budget", "duration")
    ]
    body, headers = binary([*numbers, ("genre", "BYTES", text("Drama", "Opéra"))], 2)

    assert expected(predictor, FILMS) == values(
        client.post(INFER, content=body, headers=headers).json()
    )


def test_json_and_binary_columns_may_be_mixed(client: TestClient, predictor: Predictor) -> None:
    raw = np.array([90, 120], "<f4").tobytes()
    described = tensor("duration", [0, 0], "FP32", parameters={"binary_data_size": len(raw)})
    del described["data"]
    head = json.dumps({"inputs": [described, tensor("genre", ["Drama", ""])]}).encode()
    answer = client.post(INFER, content=head + raw, headers={LENGTH: str(len(head))})

    films = {"duration": [90, 120], "genre": ["Drama", None]}
    assert expected(predictor, films) == values(answer.json())


@pytest.mark.parametrize(
    ("asked", "binary_names"),
    [
        (
            {
                "outputs": [
                    {"name": "high", "parameters": {"binary_data": True}},
                    {"name": "low", "parameters": {"binary_data": False}},
                    {"name": "worldwide_gross", "parameters": {"binary_data": True}},
                ]
            },
            ["high", "worldwide_gross"],
        ),
        (
            {
                "parameters": {"binary_data_output": True},
                "outputs": [
                    {"name": "low", "parameters": {"binary_data": False}},
                    {"name": "high"},
                ],
            },
            ["high"],
        ),
    ],
)
def test_outputs_are_binary_where_asked(
    client: TestClient, predictor: Predictor, asked: dict[str, Any], binary_names: list[str]
) -> None:
    answer = client.post(INFER, json={"inputs": tensors(FILMS), **asked})
    end = int(answer.headers[LENGTH])
    head, raw = json.loads(answer.content[:end]), answer.content[end:]

    sizes = {
        output["name"]: output["parameters"]["binary_data_size"]
        for output in head["outputs"]
        if "data" not in output
    }
    wanted = expected(predictor, FILMS)
    assert "application/octet-stream" == answer.headers["content-type"]
    assert dict.fromkeys(binary_names, 16) == sizes
    assert [v for n in binary_names for v in wanted[n]] == np.frombuffer(raw, "<f8").tolist()
    assert all(wanted[o["name"]] == o["data"] for o in head["outputs"] if "data" in o)


def test_all_outputs_are_binary_where_that_is_asked(
    client: TestClient, predictor: Predictor
) -> None:
    in_binary = {"parameters": {"binary_data_output": True}}
    answer = client.post(INFER, json={"inputs": tensors(FILMS), **in_binary})
    at = int(answer.headers[LENGTH])

    found = {}
    for described in json.loads(answer.content[:at])["outputs"]:
        end = at + described["parameters"]["binary_data_size"]
        found[described["name"]] = list(
            from_raw(described["name"], described["datatype"], answer.content[at:end])
        )
        at = end
    assert 2 == len(set(found.pop(ID)))
    assert expected(predictor, FILMS) == found
    assert len(answer.content) == at


def test_what_each_forecast_uses_and_what_is_doubtful_are_texts(client: TestClient) -> None:
    films = [tensor("production_budget", [2e7, 0]), tensor("genre", ["drama", "Opera"])]
    answer = values(infer(client, films, outputs=[{"name": "used"}, {"name": "warnings"}]))
    doubts = [warnings.splitlines() for warnings in answer["warnings"]]

    assert ["production_budget,genre", ""] == answer["used"]
    assert ["Unknown,"] == [doubt.split()[0] for doubt in doubts[0]]
    assert ["Neither", "Unknown,", "genre"] == [doubt.split()[0] for doubt in doubts[1]]


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ([], "There is no input: name each column of films after its field."),
        ([tensor("duration", [90], shape=[])], "The shape of duration must be [films], not []."),
        (
            [tensor("duration", [90, 120], shape=[1, 2])],
            "The shape of duration must be [films], not [1, 2].",
        ),
        (
            [tensor("duration", [90], shape=[1, 1, 1])],
            "The shape of duration must be [films], not [1, 1, 1].",
        ),
        (
            [tensor("duration", [90], shape=[-1])],
            "The shape of duration must be [films], not [-1].",
        ),
        (
            [tensor("duration", [90], shape=[2])],
            "The input duration must have 2 values in the shape [2], as duration has; "
            "it has 1 in [2].",
        ),
        (
            [tensor("duration", [90]), tensor("screens", [1, 2])],
            "The input screens must have 1 value in the shape [1], as duration has; "
            "it has 2 in [2].",
        ),
        (
            [tensor("duration", [90]), tensor("duration", [90])],
            "The input duration is there twice.",
        ),
        ([tensor("gros", [1])], "Film 0: gros is not a field of a film."),
        ([tensor("gros", ["a"], "BYTES")], "Film 0: gros is not a field of a film."),
        (
            [tensor("duration", [90], "FP16")],
            f"The datatype of duration must be {' or '.join(DTYPES)}, not FP16.",
        ),
        (
            [tensor("duration", ["90"], "BYTES")],
            f"The datatype of duration must be {' or '.join(DTYPES)}, not BYTES.",
        ),
        ([tensor("genre", [1], "FP64")], "The datatype of genre must be BYTES, not FP64."),
        ([tensor("duration", [1, -1])], "Film 1: duration must be greater than or equal to 0."),
        ([tensor("duration", ["90"])], "Film 0: duration must be a valid number."),
        ([tensor("duration", [True])], "Film 0: duration must be a valid number."),
        ([tensor("duration", [10**400])], "Film 0: duration must be a valid number."),
        ([tensor("genre", [3])], "Film 0: genre must be a valid string."),
        ([tensor("duration", [[[90]]])], "Film 0: duration must be a valid number."),
        ([tensor("duration", [90, [120]])], "Film 1: duration must be a valid number."),
    ],
)
def test_a_wrong_tensor_is_refused_with_a_sentence(
    client: TestClient, inputs: list[Any], sentence: str
) -> None:
    answer = client.post(INFER, json={"inputs": inputs})

    assert (400, {"error": sentence}) == (answer.status_code, answer.json())


@pytest.mark.parametrize("data", [[[90], 120], [[90], None], [[90], "120"], [[90], {"a": 1}]])
def test_a_matrix_with_a_row_that_is_none_is_refused(client: TestClient, data: list[Any]) -> None:
    answer = client.post(INFER, json={"inputs": [tensor("duration", data, shape=[2, 1])]})

    assert 400 == answer.status_code
    assert "duration" in answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"inputs": 1}',
        b'{"id": 7, "inputs": []}',
        b'{"inputs": [{"name": "duration", "shape": [1], "data": [1]}]}',
        b'{"inputs": [{"name": "duration", "datatype": "FP64", "shape": "1", "data": [1]}]}',
        b'{"inputs": [{"name": "duration", "datatype": "FP64", "shape": [1], "data": 1}]}',
        b'{"inputs": [{"name": "duration", "datatype": "FP64", "shape": [1], "data": [NaN]}]}',
        b'{"inputs": [{"name": "duration", "datatype": "FP64", "shape": [1]}]}',
    ],
)
def test_a_wrong_body_is_refused_with_a_sentence(client: TestClient, body: bytes) -> None:
    answer = client.post(INFER, content=body)

    assert (400, ["error"]) == (answer.status_code, list(answer.json()))
    assert answer.json()["error"].endswith(".")


def test_an_output_that_there_is_not_is_refused(client: TestClient) -> None:
    answer = client.post(INFER, json={"inputs": tensors(FILMS), "outputs": [{"name": "profit"}]})

    assert (
        400,
        {
            "error": "There is no output profit: ask for "
            "worldwide_gross, low, high, expected_gross, used, warnings, id."
        },
    ) == (
        answer.status_code,
        answer.json(),
    )


@pytest.mark.parametrize(
    ("name", "datatype", "raw", "sentence"),
    [
        ("duration", "FP64", b"1234567", "The bytes of duration are not FP64 values."),
        (
            "duration",
            "FP64",
            bytes(16),
            "The input duration must have 1 value in the shape [1], as duration has; "
            "it has 2 in [1].",
        ),
        (
            "duration",
            "FP64",
            struct.pack("<d", float("nan")),
            "Film 0: duration must be a finite number.",
        ),
        (
            "duration",
            "FP32",
            struct.pack("<f", -1),
            "Film 0: duration must be greater than or equal to 0.",
        ),
        ("duration", "FP16", b"12", "duration has an unknown datatype, FP16."),
        ("genre", "BYTES", text("Drama")[:-1], "The bytes of genre are not BYTES values."),
        ("genre", "BYTES", b"\x01\x00", "The bytes of genre are not BYTES values."),
        ("genre", "BYTES", b"\x01\x00\x00\x00\xff", "The values of genre are not UTF-8."),
        ("genre", "BYTES", text("x" * 101), "Film 0: genre must have at most 100 characters."),
    ],
)
def test_wrong_bytes_are_refused_with_a_sentence(
    client: TestClient, name: str, datatype: str, raw: bytes, sentence: str
) -> None:
    body, headers = binary([(name, datatype, raw)], 1)
    answer = client.post(INFER, content=body, headers=headers)

    assert (400, {"error": sentence}) == (answer.status_code, answer.json())


@pytest.mark.parametrize("size", [-1, 7, 9, 2**70, "8", 8.5, [8], True])
def test_a_wrong_size_of_bytes_is_refused(client: TestClient, size: Any) -> None:
    described = {"name": "duration", "datatype": "FP64", "shape": [1]}
    described["parameters"] = {"binary_data_size": size}
    head = json.dumps({"inputs": [described]}).encode()
    answer = client.post(INFER, content=head + bytes(8), headers={LENGTH: str(len(head))})

    assert (400, ["error"]) == (answer.status_code, list(answer.json()))


def test_bytes_that_belong_to_no_input_are_refused(client: TestClient) -> None:
    body, headers = binary([("duration", "FP64", bytes(8))], 1)
    answer = client.post(INFER, content=body + b"!", headers=headers)

    assert (400, {"error": "There are more bytes than binary_data_size says."}) == (
        answer.status_code,
        answer.json(),
    )


@pytest.mark.parametrize("length", ["-1", "1e2", "x", "", "1000000", "9" * 5000])
def test_a_wrong_length_of_the_json_is_refused(client: TestClient, length: str) -> None:
    body, _ = binary([("duration", "FP64", bytes(8))], 1)
    answer = client.post(INFER, content=body, headers={LENGTH: length})

    assert (
        400,
        {"error": "Inference-Header-Content-Length must be the length of the JSON."},
    ) == (answer.status_code, answer.json())


def test_a_compressed_body_is_refused(client: TestClient) -> None:
    answer = client.post(INFER, content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})

    assert (415, {"error": "A compressed body is not read here: send it as it is."}) == (
        answer.status_code,
        answer.json(),
    )
