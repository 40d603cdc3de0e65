"""One film through every endpoint gives one number, and one refusal in the same words."""

import json
import math
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import bentoml
import grpc
import httpx2
import numpy as np
import pytest
from bentoml.exceptions import BentoMLException

from service.films.fields import FIELDS, LABELS, MAXIMA, NUMBERS
from service.model.predictor import Predictor
from service.rpc import box_office_pb2 as films_pb
from service.rpc import open_inference_pb2 as inference_pb
from service.rpc.box_office_pb2_grpc import PredictorStub
from service.rpc.open_inference_pb2_grpc import GRPCInferenceServiceStub
from tests.support.server import Server

Film = dict[str, Any]
Row = tuple[float, float, float, float, list[str], list[str]]

OIP = "/v2/models/box_office/infer"
AMOUNTS = ["worldwide_gross", "low", "high", "expected_gross"]
TEXTS = {"used": ",", "warnings": "\n"}
SECONDS = 30


class Refused(Exception):
    """An endpoint that refused, with the code of its transport and the words."""

    def __init__(self, code: Any, words: str) -> None:
        super().__init__(code, words)
        self.code, self.words = code, words


class Clients(NamedTuple):
    """One client of each kind, of the same server."""

    http: httpx2.Client
    bento: bentoml.SyncHTTPClient
    films: PredictorStub
    inference: GRPCInferenceServiceStub

    def post(self, path: str, body: bytes | str, **headers: str) -> httpx2.Response:
        answer = self.http.post(path, content=body, headers=headers)
        if answer.is_error:
            raise Refused(answer.status_code, answer.json()["error"])
        return answer


@pytest.fixture(scope="module")
def clients(server: Server) -> Iterator[Clients]:
    with (
        httpx2.Client(base_url=server.http, timeout=SECONDS) as http,
        bentoml.SyncHTTPClient(server.http) as bento,
        grpc.insecure_channel(server.grpc) as channel,
    ):
        yield Clients(http, bento, PredictorStub(channel), GRPCInferenceServiceStub(channel))
        bento._temp_dir.cleanup()  # it leaves that to the collector, which warns


def from_json(answer: Film) -> Row:
    low, high = answer["interval"]["low"], answer["interval"]["high"]
    told = answer["used"], answer["warnings"]
    return answer["worldwide_gross"], low, high, answer["expected_gross"], *told


def from_message(answer: films_pb.Prediction) -> Row:
    low, high = answer.interval.low, answer.interval.high
    told = list(answer.used), list(answer.warnings)
    return answer.worldwide_gross, low, high, answer.expected_gross, *told


def from_columns(columns: dict[str, list[Any]]) -> list[Row]:
    told = ([t.split(mark) if t else [] for t in columns[n]] for n, mark in TEXTS.items())
    return list(zip(*(columns[name] for name in AMOUNTS), *told, strict=True))


def rest(clients: Clients, films: list[Film]) -> list[Row]:
    bodies = map(json.dumps, films)
    return [from_json(clients.post("/v1/prediction", body).json()) for body in bodies]


def rest_batch(clients: Clients, films: list[Film]) -> list[Row]:
    return [from_json(a) for a in clients.post("/v1/predictions", json.dumps(films)).json()]


def bento(clients: Clients, films: list[Film]) -> list[Row]:
    return _of_bento(lambda: [clients.bento.prediction(film) for film in films])


def bento_batch(clients: Clients, films: list[Film]) -> list[Row]:
    return _of_bento(lambda: clients.bento.predictions(films))


def _of_bento(call: Callable[[], list[Film]]) -> list[Row]:
    try:
        return [from_json(answer) for answer in call()]
    except BentoMLException as error:
        raise Refused(error.error_code, json.loads(str(error))["error"]) from None


def grpc_one(clients: Clients, films: list[Film]) -> list[Row]:
    requests = [films_pb.PredictRequest(movie=film) for film in films]
    return _of_grpc(
        lambda: [
            from_message(clients.films.Predict(request, timeout=SECONDS).prediction)
            for request in requests
        ]
    )


def grpc_batch(clients: Clients, films: list[Film]) -> list[Row]:
    answer = _of_grpc(lambda: clients.films.PredictBatch(_batch(films), timeout=SECONDS))
    return [from_message(prediction) for prediction in answer.predictions]


def grpc_stream(clients: Clients, films: list[Film]) -> list[Row]:
    """Three films to a list, so that several are under way."""
    lists = (_batch(films[at : at + 3]) for at in range(0, len(films), 3))
    answers = _of_grpc(lambda: list(clients.films.PredictStream(lists, timeout=SECONDS)))
    return [from_message(prediction) for answer in answers for prediction in answer.predictions]


def _batch(films: list[Film]) -> films_pb.PredictBatchRequest:
    return films_pb.PredictBatchRequest(movies=[films_pb.Movie(**film) for film in films])


def _of_grpc(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except grpc.RpcError as error:
        raise Refused(error.code(), error.details()) from None


def oip_json(clients: Clients, films: list[Film]) -> list[Row]:
    inputs = [{**tensor, "data": data} for tensor, data in _columns(films, None, None)]
    answer = clients.post(OIP, json.dumps({"inputs": inputs})).json()
    return from_columns({output["name"]: output["data"] for output in answer["outputs"]})


def oip_binary(clients: Clients, films: list[Film]) -> list[Row]:
    columns = [(tensor, _raw(tensor, data)) for tensor, data in _columns(films, 0, "")]
    inputs = [{**t, "parameters": {"binary_data_size": len(raw)}} for t, raw in columns]
    head = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
    body = head + b"".join(raw for _, raw in columns)
    length = "Inference-Header-Content-Length"
    answer = clients.post(OIP, body, **{length: str(len(head))})
    end = int(answer.headers[length])
    described, raw = json.loads(answer.content[:end])["outputs"], answer.content[end:]
    sizes = [tensor["parameters"]["binary_data_size"] for tensor in described]
    ends = np.cumsum(sizes).tolist()
    parts = [raw[end - size : end] for size, end in zip(sizes, ends, strict=True)]
    names = [tensor["name"] for tensor in described]
    return from_columns(dict(zip(names, map(_read, names, parts), strict=True)))


def oip_grpc_raw(clients: Clients, films: list[Film]) -> list[Row]:
    columns = _columns(films, 0, "")
    request = inference_pb.ModelInferRequest(
        model_name="box_office",
        inputs=[tensor for tensor, _ in columns],
        raw_input_contents=[_raw(tensor, data) for tensor, data in columns],
    )
    answer = _of_grpc(lambda: clients.inference.ModelInfer(request, timeout=SECONDS))
    names = [output.name for output in answer.outputs]
    values = map(_read, names, answer.raw_output_contents)
    return from_columns(dict(zip(names, values, strict=True)))


def oip_grpc_contents(clients: Clients, films: list[Film]) -> list[Row]:
    request = inference_pb.ModelInferRequest(
        model_name="box_office",
        inputs=[
            {**tensor, "contents": {"fp64_contents": data}}
            if tensor["datatype"] == "FP64"
            else {**tensor, "contents": {"bytes_contents": [text.encode() for text in data]}}
            for tensor, data in _columns(films, 0, "")
        ],
    )
    answer = _of_grpc(lambda: clients.inference.ModelInfer(request, timeout=SECONDS))
    return from_columns(
        {
            output.name: [text.decode() for text in output.contents.bytes_contents]
            if output.name in TEXTS
            else list(output.contents.fp64_contents)
            for output in answer.outputs
        }
    )


def _columns(films: list[Film], number: Any, text: Any) -> list[tuple[dict[str, Any], list[Any]]]:
    """A tensor and its values for each field that a film has; the unknown is as given."""
    names = sorted({name for film in films for name in film})
    return [
        (
            {
                "name": name,
                "datatype": "BYTES" if name in LABELS else "FP64",
                "shape": [len(films)],
            },
            [film.get(name, text if name in LABELS else number) for film in films],
        )
        for name in names
    ]


def _raw(tensor: dict[str, Any], data: list[Any]) -> bytes:
    if tensor["datatype"] == "FP64":
        return np.array(data, np.float64).tobytes()
    texts = [value.encode() for value in data]
    return b"".join(struct.pack("<I", len(text)) + text for text in texts)


def _read(name: str, raw: bytes) -> list[Any]:
    if name in AMOUNTS:
        return np.frombuffer(raw).tolist()
    texts, at = [], 0
    while at < len(raw):
        start = at + 4
        at = start + struct.unpack_from("<I", raw, at)[0]
        texts.append(raw[start:at].decode())
    return texts


Endpoint = Callable[[Clients, list[Film]], list[Row]]
ONE_FILM: list[Endpoint] = [rest, bento, grpc_one]
TENSORS: list[Endpoint] = [oip_json, oip_binary, oip_grpc_raw, oip_grpc_contents]
OVER_GRPC: list[Endpoint] = [grpc_one, grpc_batch, grpc_stream, oip_grpc_raw, oip_grpc_contents]
ENDPOINTS: list[Endpoint] = [*ONE_FILM, rest_batch, bento_batch, grpc_batch, grpc_stream, *TENSORS]
OF_JSON: list[Endpoint] = [rest, rest_batch, bento, bento_batch, oip_json]
GOOD = {"production_budget": 2e7, "duration": 100.5, "genre": "Drama"}


def invented() -> list[Film]:
    """Fifty films: odd and unseen values, fields missing by chance, half of them opened."""
    random = np.random.default_rng(7)
    labels = ["Action", "drama", "PG", "R", "Opéra", " Comedy ", "Sci-Fi", ""]
    scales = {n: min(m, 1e8) for n, m in MAXIMA.items()} | {"title_year": 2030, "duration": 250}
    films: list[Film] = []
    for number in range(50):
        film: Film = {n: float(random.uniform(0, scales[n])) for n in NUMBERS}
        film |= {name: str(random.choice(labels)) for name in LABELS}
        if number % 2:
            del film["opening_gross"]
        films.append({name: v for name, v in film.items() if random.random() < 0.7})
    extremes = [{}, dict.fromkeys(NUMBERS, 0), {"budget": 1.2e10}, {"opening_gross": 5e-324}]
    return films[: -len(extremes)] + extremes


FILMS = invented()


def column(name: str) -> list[Any]:
    return [film.get(name) for film in FILMS]


@pytest.fixture(scope="module")
def expected(model_folder: Path) -> list[Row]:
    forecast = Predictor.load(model_folder).predict({name: column(name) for name in FIELDS})
    assert {"pre_release", "post_opening"} == set(forecast.horizon)
    amounts = (forecast.point, forecast.low, forecast.high, forecast.expected)
    told = forecast.used, forecast.warnings
    return list(zip(*(values.tolist() for values in amounts), *told, strict=True))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_film_is_forecast_alike_to_the_last_bit(
    clients: Clients, expected: list[Row], endpoint: Endpoint
) -> None:
    assert expected == endpoint(clients, FILMS)


@pytest.mark.parametrize(
    ("film", "words", "endpoints"),
    [
        ({"duration": -1.0}, "duration must be greater than or equal to 0", ENDPOINTS),
        ({"budget": -math.inf}, "budget must be a finite number", ENDPOINTS),
        ({"budget": math.inf}, "budget must be a finite number", ENDPOINTS),
        ({"screens": math.nan}, "screens must be a finite number", ENDPOINTS),
        ({"imdb_score": 10.5}, "imdb_score must be less than or equal to 10", ENDPOINTS),
        ({"release_month": 13.0}, "release_month must be less than or equal to 12", ENDPOINTS),
        ({"duration": 1e6}, "duration must be less than or equal to 100,000 min", ENDPOINTS),
        ({"genre": "x" * 101}, "genre must have at most 100 characters", ENDPOINTS),
        ({"screens": "12"}, "screens must be a valid number", OF_JSON),
        ({"screens": True}, "screens must be a valid number", OF_JSON),
        ({"screens": {}}, "screens must be a valid number", OF_JSON),
        ({"genre": 3}, "genre must be a valid string", OF_JSON),
        ({"gros": 1.0}, "gros is not a field of a film", [rest, rest_batch, bento_batch, *TENSORS]),
    ],
)
def test_a_bad_film_is_refused_alike(
    clients: Clients, film: Film, words: str, endpoints: list[Endpoint]
) -> None:
    # A field that there is not would be a column of all films, and each of them at fault.
    films = [film] if "gros" in film else [GOOD, GOOD, {**GOOD, **film}]
    refusals = {}
    for endpoint in endpoints:
        with pytest.raises(Refused) as caught:
            endpoint(clients, films)
        refusals[endpoint] = (caught.value.code, caught.value.words)

    codes = {d: grpc.StatusCode.INVALID_ARGUMENT if d in OVER_GRPC else 400 for d in endpoints}
    index = f"Film {len(films) - 1}: "
    assert {
        endpoint: (codes[endpoint], f"{'' if endpoint in ONE_FILM else index}{words}.")
        for endpoint in endpoints
    } == refusals


@pytest.mark.parametrize("endpoint", [rest_batch, bento_batch, grpc_batch, *TENSORS])
def test_too_many_films_are_refused_as_such_even_if_they_are_wrong(
    clients: Clients, endpoint: Endpoint
) -> None:
    films = [{"duration": -1.0}] * 10_001

    with pytest.raises(Refused) as caught:
        endpoint(clients, films)

    code = grpc.StatusCode.RESOURCE_EXHAUSTED if endpoint in OVER_GRPC else 413
    words = "A request may have 10,000 films, not 10,001: send several."
    assert (code, words) == (caught.value.code, caught.value.words)
