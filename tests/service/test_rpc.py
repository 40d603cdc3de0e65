"""gRPC: our service of films, what every gRPC server has, and the server that runs alone."""

import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf.descriptor import FieldDescriptor
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from service.dataplane import Dataplane
from service.errors import UNEXPECTED
from service.films.fields import FIELDS, TEXTUAL
from service.films.schema import Row
from service.model.distribution import NOTHING
from service.model.predictor import Predictor
from service.rpc import box_office_pb2 as pb
from service.rpc import open_inference_pb2 as inference
from service.rpc.box_office_pb2_grpc import PredictorStub
from service.rpc.open_inference_pb2_grpc import GRPCInferenceServiceStub
from tests.support.dataplane import dataplane_of, serving_grpc
from tests.support.nameless import unnamed
from tests.support.project import ROOT
from tests.support.server import RPC_ALONE, refusal_to_start, running_rpc_alone

OURS = {"boxoffice.v1.Predictor", "inference.GRPCInferenceService"}
COMEDY = {"production_budget": 60e6, "title_year": 2005, "duration": 112, "genre": "Comedy"}
OPENED = {**COMEDY, "opening_gross": 9e6}
GENERATED = [
    f"service/rpc/{name}_pb2{end}"
    for name in ("box_office", "open_inference")
    for end in (".py", ".pyi", "_grpc.py")
]


@pytest.fixture(scope="module")
def dataplane(model_folder: Path) -> Dataplane:
    return dataplane_of(model_folder)


@pytest.fixture(scope="module")
def channel(dataplane: Dataplane) -> Iterator[grpc.Channel]:
    with serving_grpc(dataplane) as address, grpc.insecure_channel(address) as channel:
        yield channel


@pytest.fixture(scope="module")
def stub(channel: grpc.Channel) -> PredictorStub:
    return PredictorStub(channel)


def one(**film: Any) -> pb.PredictRequest:
    return pb.PredictRequest(movie=film)


def many(*films: dict[str, Any]) -> pb.PredictBatchRequest:
    return pb.PredictBatchRequest(movies=[pb.Movie(**film) for film in films])


def predict(stub: PredictorStub, **film: Any) -> pb.Prediction:
    return stub.Predict(one(**film), timeout=20).prediction


def forecasts(answer: pb.PredictBatchResponse) -> list[pb.Prediction]:
    return list(map(unnamed, answer.predictions))


def expected(dataplane: Dataplane, **film: Any) -> dict[str, Any]:
    columns = {name: [value] for name, value in film.items()}
    (answer,) = dataplane.answers.predictions(["a name"], dataplane.predictor.predict(columns))
    return answer


def refusal(call: Callable[[], Any]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code(), caught.value.details()


def test_a_film_is_a_message_with_exactly_the_fields_of_the_schema() -> None:
    kinds = {FieldDescriptor.TYPE_DOUBLE: "number", FieldDescriptor.TYPE_STRING: "text"}

    assert [(name, "text" if name in TEXTUAL else "number", True) for name in Row.model_fields] == [
        (field.name, kinds[field.type], field.has_presence) for field in pb.Movie.DESCRIPTOR.fields
    ]


def test_the_generated_code_is_that_of_the_protocols(tmp_path: Path) -> None:
    outputs = [f"--{kind}_out={tmp_path}" for kind in ("python", "pyi", "grpc_python")]
    protocols = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("service/rpc/*.proto"))
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", "-I.", *outputs, *protocols],
        cwd=ROOT,
        check=True,
    )

    made = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.py*"))
    assert sorted(GENERATED) == made
    assert [] == [n for n in made if (tmp_path / n).read_text() != (ROOT / n).read_text()]


@pytest.mark.parametrize(
    ("film", "horizon"),
    [(COMEDY, pb.HORIZON_PRE_RELEASE), (OPENED, pb.HORIZON_POST_OPENING)],
)
def test_a_film_is_answered_as_the_desk_does(
    dataplane: Dataplane, stub: PredictorStub, film: dict[str, Any], horizon: int
) -> None:
    answer = predict(stub, **film)

    wanted = expected(dataplane, **film)
    assert wanted["worldwide_gross"] == answer.worldwide_gross
    assert wanted["interval"] == {
        "low": answer.interval.low,
        "high": answer.interval.high,
        "coverage": answer.interval.coverage,
    }
    assert (wanted["warnings"], "box_office:v1", horizon) == (
        list(answer.warnings),
        answer.model,
        answer.horizon,
    )


def test_the_mean_and_what_the_forecast_used_are_said(
    dataplane: Dataplane, stub: PredictorStub
) -> None:
    answer = predict(stub, **COMEDY, aspect_ratio=1.85)

    assert [name for name in FIELDS if name in COMEDY] == list(answer.used)
    assert expected(dataplane, **COMEDY)["expected_gross"] == answer.expected_gross


def test_doubts_are_said(dataplane: Dataplane, stub: PredictorStub) -> None:
    warnings = list(predict(stub, duration=1000).warnings)

    assert expected(dataplane, duration=1000)["warnings"] == warnings
    assert 3 == len(warnings)


@pytest.mark.parametrize("unknown", [{"screens": 0, "genre": "", "budget": 0}, {"genre": " "}])
def test_zero_and_blank_are_the_same_as_absent(
    stub: PredictorStub, unknown: dict[str, Any]
) -> None:
    plain, other = predict(stub, duration=100), predict(stub, duration=100, **unknown)

    assert unnamed(plain) == unnamed(other)


def test_a_request_without_a_film_is_one_of_which_nothing_is_known(stub: PredictorStub) -> None:
    answer = stub.Predict(pb.PredictRequest(), timeout=20).prediction

    assert unnamed(predict(stub)) == unnamed(answer)


def test_a_batch_is_answered_in_order(stub: PredictorStub) -> None:
    answer = stub.PredictBatch(many(OPENED, {}, COMEDY), timeout=20)

    alone = [unnamed(predict(stub, **film)) for film in (OPENED, {}, COMEDY)]
    assert alone == list(map(unnamed, answer.predictions))


def test_an_empty_batch_is_answered_with_nothing(stub: PredictorStub) -> None:
    assert pb.PredictBatchResponse() == stub.PredictBatch(many(), timeout=20)


def test_a_stream_is_answered_list_by_list_in_order(stub: PredictorStub) -> None:
    lists = [many(COMEDY), many(), many(OPENED, {})]
    answers = list(stub.PredictStream(iter(lists), timeout=20))

    alone = [stub.PredictBatch(message, timeout=20) for message in lists]
    assert list(map(forecasts, alone)) == list(map(forecasts, answers))


def test_a_stream_is_answered_before_it_is_over(stub: PredictorStub) -> None:
    lists: Queue[pb.PredictBatchRequest | None] = Queue()
    stream = stub.PredictStream(iter(lists.get, None), timeout=20)
    for films in ([COMEDY], [OPENED, {}]):
        lists.put(many(*films))

        alone = stub.PredictBatch(many(*films), timeout=20)
        assert forecasts(alone) == forecasts(next(stream))
    lists.put(None)

    assert [] == list(stream)


@pytest.mark.parametrize(
    ("film", "words"),
    [
        ({"duration": -1}, "duration must be greater than or equal to 0"),
        ({"duration": float("nan")}, "duration must be a finite number"),
        ({"budget": float("inf")}, "budget must be a finite number"),
        ({"imdb_score": 10.5}, "imdb_score must be less than or equal to 10"),
        ({"genre": "x" * 101}, "genre must have at most 100 characters"),
    ],
)
def test_a_bad_film_is_refused_with_the_field_named(
    stub: PredictorStub, film: dict[str, Any], words: str
) -> None:
    bad = grpc.StatusCode.INVALID_ARGUMENT

    assert (bad, f"{words}.") == refusal(lambda: stub.Predict(one(**film), timeout=20))
    assert (bad, f"Film 1: {words}.") == refusal(
        lambda: stub.PredictBatch(many(COMEDY, film), timeout=20)
    )


def test_a_bad_film_ends_a_stream_after_the_answers_before_it(stub: PredictorStub) -> None:
    lists = [many(COMEDY), many(COMEDY, {"duration": -1}), many(COMEDY)]
    stream = stub.PredictStream(iter(lists), timeout=20)

    assert forecasts(stub.PredictBatch(lists[0], timeout=20)) == forecasts(next(stream))
    assert (
        grpc.StatusCode.INVALID_ARGUMENT,
        "Film 1: duration must be greater than or equal to 0.",
    ) == refusal(lambda: next(stream))


def test_a_deadline_ends_a_stream_in_which_nothing_comes(stub: PredictorStub) -> None:
    lists: Queue[pb.PredictBatchRequest | None] = Queue()
    code, _ = refusal(lambda: list(stub.PredictStream(iter(lists.get, None), timeout=0.2)))
    lists.put(None)

    assert grpc.StatusCode.DEADLINE_EXCEEDED == code


def with_predictor(dataplane: Dataplane, predictor: Predictor) -> Dataplane:
    beside = dataplane.reasons, dataplane.comparables
    return Dataplane(predictor, *beside, dataplane.tag, dataplane.limits)


class Slow(Predictor):
    """A predictor that does not answer until it may."""

    may: threading.Event

    def predict(self, columns: Any, asked: Any = NOTHING) -> Any:
        self.may.wait(20)
        return super().predict(columns, asked)


@pytest.mark.parametrize("call", ["Predict", "PredictBatch"])
def test_a_deadline_ends_a_call_that_takes_too_long(dataplane: Dataplane, call: str) -> None:
    slow = Slow(dataplane.predictor.manifest, dataplane.predictor.logs)
    slow.may = threading.Event()
    with (
        serving_grpc(with_predictor(dataplane, slow)) as address,
        grpc.insecure_channel(address) as channel,
    ):
        ask = getattr(PredictorStub(channel), call)
        code, _ = refusal(
            lambda: ask({"Predict": one(), "PredictBatch": many({})}[call], timeout=0.3)
        )
        slow.may.set()

    assert grpc.StatusCode.DEADLINE_EXCEEDED == code


class Broken(Predictor):
    """A predictor with an error of its own."""

    def predict(self, columns: Any, asked: Any = NOTHING) -> Any:
        raise ZeroDivisionError("a secret")


@pytest.fixture(scope="module")
def broken(dataplane: Dataplane) -> Iterator[grpc.Channel]:
    predictor = Broken(dataplane.predictor.manifest, dataplane.predictor.logs)
    with (
        serving_grpc(with_predictor(dataplane, predictor)) as address,
        grpc.insecure_channel(address) as channel,
    ):
        yield channel


@pytest.mark.parametrize("call", ["Predict", "PredictBatch", "PredictStream", "ModelInfer"])
def test_an_unexpected_error_is_told_to_the_log_alone(
    broken: grpc.Channel, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    stub = PredictorStub(broken)
    tensor = {"name": "duration", "datatype": "FP64", "shape": [0]}
    infer = inference.ModelInferRequest(model_name="box_office", inputs=[tensor])
    calls = {
        "Predict": lambda: stub.Predict(one(), timeout=20),
        "PredictBatch": lambda: stub.PredictBatch(many(COMEDY), timeout=20),
        "PredictStream": lambda: list(stub.PredictStream(iter([many(COMEDY)]), timeout=20)),
        "ModelInfer": lambda: GRPCInferenceServiceStub(broken).ModelInfer(infer, timeout=20),
    }
    with caplog.at_level(logging.ERROR):
        answer = refusal(calls[call])

    assert (grpc.StatusCode.INTERNAL, UNEXPECTED) == answer
    assert "ZeroDivisionError: a secret" in caplog.text


@pytest.mark.parametrize("name", ["", *sorted(OURS)])
def test_each_service_is_healthy(channel: grpc.Channel, name: str) -> None:
    answer = HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=name), timeout=20)

    assert health_pb2.HealthCheckResponse.SERVING == answer.status


def test_a_service_that_there_is_not_is_not_found(channel: grpc.Channel) -> None:
    request = health_pb2.HealthCheckRequest(service="other")
    code, _ = refusal(lambda: HealthStub(channel).Check(request, timeout=20))

    assert grpc.StatusCode.NOT_FOUND == code


def test_reflection_lists_the_services_and_describes_a_film(channel: grpc.Channel) -> None:
    reflected = ProtoReflectionDescriptorDatabase(channel)
    described = reflected.FindFileContainingSymbol("boxoffice.v1.Movie")
    movie = next(message for message in described.message_type if message.name == "Movie")

    assert OURS | {
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    } == set(reflected.get_services())
    assert list(Row.model_fields) == [field.name for field in movie.field]


def infer(channel: grpc.Channel, **given: Any) -> inference.ModelInferResponse:
    message = inference.ModelInferRequest(**{"model_name": "box_office", **given})
    return GRPCInferenceServiceStub(channel).ModelInfer(message, timeout=20)


def tensor(name: str = "duration", datatype: str = "FP64", **given: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [1], **given}


CONTENTS = {
    "fp64_contents": ["FP64"],
    "fp32_contents": ["FP32"],
    "int64_contents": ["INT64"],
    "int_contents": ["INT32", "INT16", "INT8"],
    "uint64_contents": ["UINT64"],
    "uint_contents": ["UINT32", "UINT16", "UINT8"],
}


@pytest.mark.parametrize(
    ("contents", "datatype"), [(c, datatype) for c, types in CONTENTS.items() for datatype in types]
)
def test_contents_of_every_datatype_are_read(
    dataplane: Dataplane, channel: grpc.Channel, contents: str, datatype: str
) -> None:
    answer = infer(channel, inputs=[tensor(datatype=datatype, contents={contents: [100]})])

    gross = expected(dataplane, duration=100)["worldwide_gross"]
    assert [gross] == list(answer.outputs[0].contents.fp64_contents)
    assert [] == list(answer.raw_output_contents)


def test_texts_are_read_from_contents(dataplane: Dataplane, channel: grpc.Channel) -> None:
    genre = tensor("genre", "BYTES", contents={"bytes_contents": [b"Comedy"]})
    answer = infer(channel, inputs=[genre])

    gross = expected(dataplane, genre="Comedy")["worldwide_gross"]
    assert [gross] == list(answer.outputs[0].contents.fp64_contents)


def test_raw_contents_are_answered_raw_with_the_id_and_in_the_order_asked_for(
    dataplane: Dataplane, channel: grpc.Channel
) -> None:
    answer = infer(
        channel,
        id="seven",
        inputs=[tensor(), tensor("genre", "BYTES")],
        raw_input_contents=[np.array([100.0]).tobytes(), b"\x05\x00\x00\x00Drama"],
        outputs=[{"name": "high"}, {"name": "low"}],
    )

    interval = expected(dataplane, duration=100, genre="Drama")["interval"]
    assert ("seven", "box_office", "v1") == (answer.id, answer.model_name, answer.model_version)
    assert [("high", "FP64", [1]), ("low", "FP64", [1])] == [
        (output.name, output.datatype, list(output.shape)) for output in answer.outputs
    ]
    assert [interval["high"], interval["low"]] == [
        np.frombuffer(raw)[0] for raw in answer.raw_output_contents
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "There is no input: name each column of films after its field."),
        (
            {"inputs": [tensor(), tensor("screens")], "raw_input_contents": [bytes(8)]},
            "raw_input_contents must have one entry for each input.",
        ),
        (
            {"inputs": [tensor()], "raw_input_contents": [bytes(7)]},
            "The bytes of duration are not FP64 values.",
        ),
        (
            {"inputs": [tensor("genre", "BYTES")], "raw_input_contents": [b"\x09\0\0\0Drama"]},
            "The bytes of genre are not BYTES values.",
        ),
        (
            {"inputs": [tensor("genre", "BYTES", contents={"bytes_contents": [b"\xff"]})]},
            "The values of genre are not UTF-8.",
        ),
        (
            {"inputs": [tensor(datatype="FP16", contents={"fp32_contents": [1]})]},
            "duration has an unknown datatype, FP16.",
        ),
        (
            {"inputs": [tensor(contents={"fp32_contents": [1]})]},
            "The input duration must have 1 value in the shape [1], as duration has; "
            "it has 0 in [1].",
        ),
        (
            {"inputs": [tensor("gros", contents={"fp64_contents": [1]})]},
            "Film 0: gros is not a field of a film.",
        ),
        (
            {"inputs": [tensor(contents={"fp64_contents": [-1]})]},
            "Film 0: duration must be greater than or equal to 0.",
        ),
        (
            {"inputs": [tensor(contents={"fp64_contents": [1]})], "outputs": [{"name": "profit"}]},
            "There is no output profit: ask for "
            "worldwide_gross, low, high, expected_gross, used, warnings, id.",
        ),
    ],
)
def test_a_wrong_tensor_is_refused_with_a_sentence(
    channel: grpc.Channel, given: dict[str, Any], words: str
) -> None:
    assert (grpc.StatusCode.INVALID_ARGUMENT, words) == refusal(lambda: infer(channel, **given))


@pytest.mark.parametrize(
    ("name", "version", "words"),
    [
        ("other", "", "The model other is not deployed here: ask for box_office, version v1."),
        (
            "box_office",
            "v2",
            "The model box_office, version v2, is not deployed here: "
            "ask for box_office, version v1.",
        ),
    ],
)
def test_another_model_or_version_is_not_found(
    channel: grpc.Channel, name: str, version: str, words: str
) -> None:
    stub = GRPCInferenceServiceStub(channel)
    asked = [
        lambda: stub.ModelReady(inference.ModelReadyRequest(name=name, version=version)),
        lambda: stub.ModelMetadata(inference.ModelMetadataRequest(name=name, version=version)),
        lambda: infer(channel, model_name=name, model_version=version),
    ]

    assert [(grpc.StatusCode.NOT_FOUND, words)] * 3 == [refusal(call) for call in asked]


def takes_no_more(stub: PredictorStub) -> bool:
    """Whether new calls are soon refused; grpc.aio cancels or forgets one in that very moment."""
    for _ in range(100):
        try:
            stub.Predict(one(), timeout=1)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNAVAILABLE:
                return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("variable", "number"),
    [("BOX_OFFICE_GRPC_PORT", signal.SIGTERM), ("PORT", signal.SIGINT)],
)
def test_the_server_alone_answers_until_it_is_told_to_end(
    dataplane: Dataplane, model_tag: str, tmp_path: Path, variable: str, number: signal.Signals
) -> None:
    with running_rpc_alone(tmp_path, variable) as server:
        with grpc.insecure_channel(server.grpc) as channel:
            answer = predict(PredictorStub(channel), **COMEDY)
            server.process.send_signal(number)
        code = server.process.wait(60)

    wanted = expected(dataplane, **COMEDY)["worldwide_gross"]
    assert (wanted, model_tag) == (answer.worldwide_gross, answer.model)
    assert (0, False) == (code, "Traceback" in server.log.read_text())


def test_the_server_alone_finishes_a_call_that_is_under_way(model_tag: str, tmp_path: Path) -> None:
    lists: Queue[pb.PredictBatchRequest | None] = Queue()
    with running_rpc_alone(tmp_path, BOX_OFFICE_TIMEOUT="60") as server:
        with grpc.insecure_channel(server.grpc) as channel:
            stub = PredictorStub(channel)
            stream = stub.PredictStream(iter(lists.get, None), timeout=60)
            lists.put(many(COMEDY))
            first = next(stream)
            server.process.terminate()
            ending = takes_no_more(stub)
            lists.put(many(COMEDY))
            lists.put(None)
            rest = list(stream)
        code = server.process.wait(60)

    assert ending
    assert [forecasts(first)] == list(map(forecasts, rest))
    assert 0 == code


def test_the_server_alone_says_which_port_is_taken(model_tag: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = refusal_to_start(RPC_ALONE, tmp_path, BOX_OFFICE_GRPC_PORT=port)

    assert f"box_office: gRPC cannot listen on 127.0.0.1:{port}" in words


def test_the_server_alone_says_which_model_is_missing(tmp_path: Path) -> None:
    words = refusal_to_start(RPC_ALONE, tmp_path, BENTOML_HOME=str(tmp_path))

    assert "no model 'box_office:latest' in the BentoML model store: run `make train`" in words
