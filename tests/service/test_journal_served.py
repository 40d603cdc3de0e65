"""The journal of running servers: what is answered is remembered, also where a worker is killed."""

import http.client
import json
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bentoml
import grpc
import httpx2
import pytest

from service.rpc import box_office_pb2 as films_pb
from service.rpc import open_inference_pb2 as inference_pb
from service.rpc.box_office_pb2_grpc import PredictorStub
from service.rpc.open_inference_pb2_grpc import GRPCInferenceServiceStub
from tests.support.journals import records
from tests.support.request import BODY, FILM, MOVIE
from tests.support.server import (
    ONE_PROCESS,
    WAYS,
    Server,
    running,
    running_rpc_alone,
    wait_until,
)
from tests.support.ulids import milliseconds

SECONDS = 30
OIP = "/v2/models/box_office/infer"
TENSOR = {"name": "duration", "datatype": "FP64", "shape": [2]}


def names(folder: Path) -> set[str]:
    return {record["id"] for record in records(folder, torn=True)}


@contextmanager
def askers(server: Server, count: int = 4) -> Iterator[list[str]]:
    """Clients that ask for one film after the other; gives the ids of their answers."""
    answered: list[str] = []
    stopping = threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)
        while not stopping.is_set():
            try:
                connection.request("POST", "/v1/prediction", BODY)
                answered.append(json.load(connection.getresponse())["id"])
            except (OSError, http.client.HTTPException, ValueError):
                connection.close()
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield answered
    finally:
        stopping.set()
        for thread in threads:
            thread.join(SECONDS)


def over_rest(server: Server) -> dict[str, list[str]]:
    with httpx2.Client(base_url=server.http, timeout=SECONDS) as http:
        one = http.post("/v1/prediction", json=FILM).json()
        many = http.post("/v1/predictions?coverage=0.5", json=[FILM, {}]).json()
        oip = http.post(OIP, json={"inputs": [{**TENSOR, "data": [90, 0]}]}).json()
        for name in ("explanation", "comparables"):
            http.post(f"/v1/{name}", json=FILM).raise_for_status()
    [ids] = [output["data"] for output in oip["outputs"] if output["name"] == "id"]
    return {"rest": [one["id"]], "rest_batch": [each["id"] for each in many], "oip_rest": ids}


def over_grpc(server: Server) -> dict[str, list[str]]:
    batch = films_pb.PredictBatchRequest(movies=[MOVIE, MOVIE])
    tensor: Any = {**TENSOR, "contents": {"fp64_contents": [90, 0]}}
    infer = inference_pb.ModelInferRequest(model_name="box_office", inputs=[tensor])
    with grpc.insecure_channel(server.grpc) as channel:
        stub = PredictorStub(channel)
        one = stub.Predict(films_pb.PredictRequest(movie=MOVIE), timeout=SECONDS).prediction
        many = stub.PredictBatch(batch, timeout=SECONDS).predictions
        [stream] = stub.PredictStream(iter([batch]), timeout=SECONDS)
        oip = GRPCInferenceServiceStub(channel).ModelInfer(infer, timeout=SECONDS)
    [ids] = [o.contents.bytes_contents for o in oip.outputs if o.name == "id"]
    assert oip.id == ids[0].decode()
    return {
        "grpc": [one.id],
        "grpc_batch": [each.id for each in many],
        "grpc_stream": [each.id for each in stream.predictions],
        "oip_grpc": [each.decode() for each in ids],
    }


@pytest.mark.parametrize("way", WAYS)
def test_every_answer_is_remembered_under_its_id_over_every_transport(
    model_tag: str, tmp_path: Path, way: str
) -> None:
    place = tmp_path / "journal"
    with running(tmp_path, way=way, BOX_OFFICE_JOURNAL=str(place)) as server:
        answered = over_rest(server) | over_grpc(server)
        server.end()
    found: dict[str, list[str]] = {}
    for record in records(place):
        found.setdefault(record["endpoint"], []).append(record["id"])

    assert answered == found
    assert {model_tag} == {record["model"] for record in records(place)}
    coverages = {record["endpoint"]: record["interval"]["coverage"] for record in records(place)}
    assert (0.9, 0.5) == (coverages["rest"], coverages["rest_batch"])
    assert "127.0.0.1" not in json.dumps(records(place))


def test_one_process_and_two_workers_write_one_folder_and_sigterm_loses_nothing(
    model_tag: str, tmp_path: Path
) -> None:
    place = tmp_path / "journal"
    variables = {"BOX_OFFICE_JOURNAL": str(place)}
    variables["BOX_OFFICE_JOURNAL_WAIT"] = "600"  # so that it is the end that writes
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    with (
        running(folders[0], way=ONE_PROCESS, **variables) as one,
        running(folders[1], BOX_OFFICE_WORKERS="2", **variables) as other,
        askers(one) as first,
        askers(other) as second,
    ):
        wait_until(lambda: min(len(first), len(second)) > 300)
        for server in (one, other):
            server.process.send_signal(signal.SIGTERM)
        for server in (one, other):
            server.process.wait(SECONDS)
    kept = [record["id"] for record in records(place)]

    assert len(set(kept)) == len(kept)
    assert {*first, *second} <= {*kept}
    for path in place.iterdir():
        of_one = [json.loads(line)["id"] for line in path.read_bytes().splitlines()]
        assert of_one == sorted(of_one)
        assert 1 == len({name[10:20] for name in of_one})  # what a worker draws for itself


def test_a_worker_that_is_killed_under_load_loses_no_more_than_what_waited(
    model_tag: str, tmp_path: Path
) -> None:
    place = tmp_path / "journal"
    with running(tmp_path, BOX_OFFICE_JOURNAL=str(place)) as server, askers(server) as answered:
        wait_until(lambda: place.exists() and len(names(place)) > 100)
        [victim] = server.workers()
        before = len(answered)
        wait_until(lambda: len(answered) > before + 100)
        written = names(place)
        victim.kill()
        victim.wait(SECONDS)
        of_victim = [name for name in answered if name[10:20] == answered[0][10:20]]
        lost = sorted({*of_victim} - names(place))

        assert written <= names(place)
        # They are the last that it has answered, and none of them had waited for its second.
        assert lost == sorted(of_victim)[len(of_victim) - len(lost) :]
        assert not lost or milliseconds(lost[-1]) - milliseconds(lost[0]) < 2000
        wait_until(lambda: {name[10:20] for name in names(place)} > {of_victim[0][10:20]})


@pytest.mark.parametrize("way", WAYS)
def test_a_folder_that_vanishes_is_one_line_of_the_log_and_no_error_to_a_client(
    model_tag: str, tmp_path: Path, way: str
) -> None:
    place = tmp_path / "journal"
    variables = {"BOX_OFFICE_JOURNAL": str(place), "BOX_OFFICE_JOURNAL_WAIT": "0.05"}
    with (
        running(tmp_path, way=way, **variables) as server,
        httpx2.Client(base_url=server.http) as http,
    ):
        http.post("/v1/prediction", json=FILM)
        wait_until(lambda: len(names(place)) == 1)
        shutil.rmtree(place)
        meanwhile = http.post("/v1/prediction", json=FILM)
        wait_until(lambda: "The journal waits" in server.log.read_text())
        later = http.post("/v1/prediction", json=FILM)
        place.mkdir()
        wait_until(lambda: len(names(place)) == 2)
        text = http.get("/metrics").text

        assert names(place) == {answer.json()["id"] for answer in (meanwhile, later)}
        assert 1 == server.log.read_text().count("The journal waits")
        assert 1 == server.log.read_text().count("The journal is written again")
        assert 'box_office_journal_records_total{outcome="written"} 3.0' in text
        assert 'box_office_journal_records_total{outcome="dropped"} 0.0' in text


def test_on_stdout_records_are_lines_of_json_beside_those_of_the_log(
    model_tag: str, tmp_path: Path
) -> None:
    variables = {"BOX_OFFICE_JOURNAL": "stdout", "BOX_OFFICE_LOG": "json"}
    with running(tmp_path, BOX_OFFICE_WORKERS="2", **variables) as server:
        with askers(server) as answered:
            wait_until(lambda: len(answered) > 500)
        server.end()
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    kept = {line["id"] for line in lines if line.get("journal") == "forecast"}

    assert {*answered} <= kept
    assert {"severity", "message"} <= set.union(*(set(line) for line in lines if "id" not in line))


def test_grpc_alone_writes_at_its_end(model_tag: str, tmp_path: Path) -> None:
    place = tmp_path / "journal"
    variables = {"BOX_OFFICE_JOURNAL": str(place), "BOX_OFFICE_JOURNAL_WAIT": "600"}
    with running_rpc_alone(tmp_path, **variables) as server:
        with grpc.insecure_channel(server.grpc) as channel:
            request = films_pb.PredictRequest(movie=MOVIE)
            told = PredictorStub(channel).Predict(request, timeout=SECONDS).prediction
        server.end()

    assert {told.id} == names(place)


def test_without_a_setting_nothing_is_written(model_tag: str, tmp_path: Path) -> None:
    with running(tmp_path) as server:
        before = sorted(tmp_path.rglob("*.jsonl"))
        with bentoml.SyncHTTPClient(server.http) as client:
            told = client.prediction(FILM)
            client._temp_dir.cleanup()
        text = httpx2.get(f"{server.http}/metrics").text

    assert told["id"]
    assert [] == before == sorted(tmp_path.rglob("*.jsonl"))
    assert 'box_office_journal_records_total{outcome="written"} 0.0' in text
