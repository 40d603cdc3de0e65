"""What may be asked beside a film is answered alike by every transport, or refused in one way."""

import asyncio
import json
from pathlib import Path
from typing import Any

import grpc
import httpx2
import pytest

from service import parameters
from service.dataplane import Dataplane
from service.errors import TooLarge
from service.films.schema import EXAMPLE, TARGET, Prediction
from service.model.distribution import NOTHING, Asked
from service.rpc import box_office_pb2 as films_pb
from service.rpc import messages
from service.rpc import open_inference_pb2 as inference_pb
from service.rpc.box_office_pb2_grpc import PredictorStub
from service.rpc.open_inference_pb2_grpc import GRPCInferenceServiceStub
from service.validation import film_from_json
from tests.support.dataplane import dataplane_of
from tests.support.nameless import nameless, unnamed
from tests.support.server import Server

ASKED = {"coverage": 0.5, "at_least": 150e6, "quantiles": [0.9, 0.05, 0.5]}
QUERY = "?coverage=0.5&at_least=150000000&quantiles=0.9,0.05,0.5"
SECONDS = 30


def post(server: Server, path: str, body: object) -> Any:
    answer = httpx2.post(server.http + path, json=body, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def answer(server: Server) -> dict[str, Any]:
    """The answer to the example and all that may be asked of it."""
    return dict(post(server, f"/v1/prediction{QUERY}", EXAMPLE))


def test_the_answer_has_what_is_asked_beside_what_it_always_has(
    server: Server, answer: dict[str, Any]
) -> None:
    plain = post(server, "/v1/prediction", EXAMPLE)

    assert answer == Prediction.model_validate(answer).model_dump()
    assert {"chance", "quantiles"} == answer.keys() - plain.keys()
    differ = {name for name in answer if answer[name] != plain.get(name)}
    assert {"interval", "chance", "quantiles", "id"} == differ
    assert [0.9, 0.05, 0.5] == [each["probability"] for each in answer["quantiles"]]


def test_the_parts_of_an_answer_agree(server: Server, answer: dict[str, Any]) -> None:
    plain = post(server, "/v1/prediction", EXAMPLE)
    quantiles = {each["probability"]: each[TARGET] for each in answer["quantiles"]}
    wide, narrow = plain["interval"], answer["interval"]
    at_high = post(server, f"/v1/prediction?at_least={wide['high']}", EXAMPLE)["chance"]

    assert quantiles[0.05] == pytest.approx(wide["low"], rel=1e-6)
    assert quantiles[0.5] == plain[TARGET]
    assert wide["low"] < narrow["low"] < plain[TARGET] < narrow["high"] < wide["high"]
    assert narrow["coverage"] == 0.5
    assert at_high["probability"] == pytest.approx(0.05, abs=1e-4)
    assert answer["chance"]["at_least"] == 150e6


def test_the_answer_is_the_same_in_a_list(server: Server, answer: dict[str, Any]) -> None:
    answers = post(server, f"/v1/predictions{QUERY}", [EXAMPLE] * 3)

    assert [nameless(answer)] * 3 == list(map(nameless, answers))


def test_the_answer_is_the_same_over_grpc(server: Server, answer: dict[str, Any]) -> None:
    film = films_pb.Movie(**EXAMPLE)
    with grpc.insecure_channel(server.grpc) as channel:
        stub = PredictorStub(channel)
        one = stub.Predict(films_pb.PredictRequest(movie=film, **ASKED), timeout=SECONDS)
        request = films_pb.PredictBatchRequest(movies=[film, film], **ASKED)
        many = stub.PredictBatch(request, timeout=SECONDS)

    told = [unnamed(each) for each in (one.prediction, *many.predictions)]
    assert [unnamed(messages.prediction(answer))] * 3 == told


def tensors(film: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "shape": [1],
            "datatype": "BYTES" if isinstance(value, str) else "FP64",
            "data": [value],
        }
        for name, value in film.items()
    ]


@pytest.mark.parametrize("quantiles", [[0.9, 0.05, 0.5], "0.9,0.05,0.5"])
def test_the_answer_is_the_same_in_tensors(
    server: Server, answer: dict[str, Any], quantiles: object
) -> None:
    request = {"parameters": ASKED | {"quantiles": quantiles}, "inputs": tensors(EXAMPLE)}
    outputs = post(server, "/v2/models/box_office/infer", request)["outputs"]
    told = {output["name"]: output for output in outputs}

    assert told["low"]["data"] == [answer["interval"]["low"]]
    assert told["chance"]["data"] == [answer["chance"]["probability"]]
    assert told["quantiles"]["shape"] == [1, 3]
    assert told["quantiles"]["data"] == [each[TARGET] for each in answer["quantiles"]]


def test_the_answer_is_the_same_in_tensors_over_grpc(
    server: Server, answer: dict[str, Any]
) -> None:
    request = inference_pb.ModelInferRequest(model_name="box_office")
    request.parameters["coverage"].double_param = 0.5
    request.parameters["at_least"].int64_param = 150_000_000
    request.parameters["quantiles"].string_param = "0.9,0.05,0.5"
    for name, value in EXAMPLE.items():
        text = isinstance(value, str)
        tensor = request.inputs.add(name=name, datatype="BYTES" if text else "FP64", shape=[1])
        (tensor.contents.bytes_contents if text else tensor.contents.fp64_contents).append(
            value.encode() if text else value
        )
    with grpc.insecure_channel(server.grpc) as channel:
        response = GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=SECONDS)
    told = {output.name: output for output in response.outputs}

    assert [answer["interval"]["low"]] == told["low"].contents.fp64_contents
    assert [answer["chance"]["probability"]] == told["chance"].contents.fp64_contents
    assert [1, 3] == told["quantiles"].shape
    assert [each[TARGET] for each in answer["quantiles"]] == list(
        told["quantiles"].contents.fp64_contents
    )


def test_outputs_that_nothing_asks_for_are_not_there(server: Server) -> None:
    request = {"inputs": tensors(EXAMPLE), "outputs": [{"name": "chance"}]}
    answer = httpx2.post(f"{server.http}/v2/models/box_office/infer", json=request)

    assert answer.status_code == 400
    assert "There is no output chance: ask for" in answer.json()["error"]


REFUSALS = [
    ("coverage=0", "The parameter coverage must be greater than 0."),
    ("coverage=0.99", "The parameter coverage must be less than or equal to 0.98."),
    ("coverage=much", "The parameter coverage must be a valid number, "),
    ("coverage=nan", "The parameter coverage must be a finite number."),
    ("coverage=", "The parameter coverage must be a valid number, "),
    ("at_least=-1", "The parameter at_least must be greater than or equal to 0."),
    ("quantiles=0.5,1", "The parameter quantiles must be less than or equal to 0.99."),
    ("quantiles=", "The parameter quantiles must be a valid number, "),
    ("quantiles=" + ",".join(["0.5"] * 100), "The parameter quantiles must have at most 99 items"),
    ("quantile=0.5", "quantile is not a parameter here: there is coverage, at_least, quantiles."),
    ("coverage=0.5&coverage=0.6", "The parameter coverage is there twice."),
    ("coverage=%ff", "The parameter coverage must be a valid number, "),
]


@pytest.mark.parametrize(("query", "words"), REFUSALS)
@pytest.mark.parametrize("path", ["/v1/prediction", "/v1/predictions"])
def test_a_parameter_that_is_wrong_is_refused_by_name(
    server: Server, path: str, query: str, words: str
) -> None:
    body = EXAMPLE if path == "/v1/prediction" else [EXAMPLE]
    answer = httpx2.post(f"{server.http}{path}?{query}", json=body, timeout=SECONDS)

    assert (answer.status_code, answer.json()["details"]) == (400, [])
    assert answer.json()["error"].startswith(words), answer.text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"coverage": 2.0}, "The parameter coverage must be less than or equal to 0.98."),
        ({"at_least": float("inf")}, "The parameter at_least must be a finite number."),
        ({"quantiles": [0.0]}, "The parameter quantiles must be greater than or equal to 0.01."),
    ],
)
def test_it_is_refused_in_the_same_words_over_grpc(
    server: Server, values: dict[str, Any], words: str
) -> None:
    with grpc.insecure_channel(server.grpc) as channel, pytest.raises(grpc.RpcError) as refused:
        PredictorStub(channel).Predict(
            films_pb.PredictRequest(movie=films_pb.Movie(**EXAMPLE), **values), timeout=SECONDS
        )

    assert grpc.StatusCode.INVALID_ARGUMENT == refused.value.code()
    assert words == refused.value.details()


def test_parameters_of_other_tools_are_ignored_in_tensors(server: Server) -> None:
    body = {"parameters": {"priority": 3}, "inputs": tensors(EXAMPLE)}

    assert "outputs" in post(server, "/v2/models/box_office/infer", body)


def test_a_film_without_parameters_asks_nothing() -> None:
    assert parameters.asked({}) is NOTHING
    assert Asked(quantiles=(0.1, 0.9)) == parameters.asked({"quantiles": "0.1,0.9"})


@pytest.fixture(scope="module")
def dataplane(model_folder: Path) -> Dataplane:
    return dataplane_of(model_folder)


def test_too_many_quantiles_of_too_many_films_are_refused(dataplane: Dataplane) -> None:
    films = {name: [value] * 90 for name, value in EXAMPLE.items()}
    asked = Asked(quantiles=tuple(0.01 + 0.98 * i / 19 for i in range(20)))

    with pytest.raises(TooLarge, match="1,000 quantiles in all, not 90 x 20: send several"):
        asyncio.run(dataplane.forecast("rest_batch", films, asked))


def test_films_that_arrive_together_are_each_told_what_is_asked_of_them(
    dataplane: Dataplane,
) -> None:
    body = json.dumps(EXAMPLE).encode()
    asked = [NOTHING, Asked(coverage=0.5), Asked(at_least=1e8), NOTHING, Asked(coverage=0.5)]
    film = film_from_json(body)

    async def all_at_once() -> list[dict[str, Any]]:
        batcher = dataplane.singles("rest")
        answers = await asyncio.gather(*(batcher.answer(film, each) for each in asked))
        return list(map(nameless, answers))

    async def one_by_one() -> list[dict[str, Any]]:
        batcher = dataplane.singles("rest")
        return [nameless(await batcher.answer(film, each)) for each in asked]

    assert asyncio.run(one_by_one()) == asyncio.run(all_at_once())
