"""A start that cannot succeed ends with one sentence; what would do no harm is said, and serves."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml.exceptions import NotFound

from rehearsal.port import free_port
from service.__main__ import listener, options
from service.errors import BoxOfficeError
from service.rpc import box_office_pb2 as pb
from service.rpc import box_office_pb2_grpc as pb_grpc
from service.rpc.address import check_free
from service.settings import Settings
from service.store import stored
from tests.support.dataplane import dataplane_of, serving_grpc
from tests.support.light import light_environment
from tests.support.project import ROOT
from tests.support.request import MOVIE
from tests.support.server import (
    ONE_PROCESS,
    RPC_ALONE,
    WAYS,
    Server,
    refusal_to_start,
    running,
    running_rpc_alone,
    serve,
    wait_until,
)

COMMANDS = [*((*serve(way=way), "--port=0") for way in WAYS), RPC_ALONE]
# One that is kept for documentation, and that no machine has.
NOWHERE = "203.0.113.7"


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as listener:
            listener.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that somebody else listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield str(listener.getsockname()[1])


@pytest.mark.parametrize("way", WAYS)
def test_rest_on_a_port_that_is_taken_is_refused(
    model_tag: str, tmp_path: Path, taken: str, way: str
) -> None:
    words = refusal_to_start((*serve(way=way), f"--port={taken}"), tmp_path)

    assert (
        f"REST cannot listen on 127.0.0.1:{taken} (Address already in use): start it with another "
        "--host or --port."
    ) in words


@pytest.mark.parametrize("way", WAYS)
def test_grpc_on_the_port_of_rest_is_refused(model_tag: str, tmp_path: Path, way: str) -> None:
    port = str(free_port())
    command = (*serve(way=way), f"--port={port}")
    words = refusal_to_start(command, tmp_path, BOX_OFFICE_GRPC_PORT=port)

    assert f"gRPC cannot listen on 127.0.0.1:{port} (Address already in use)" in words
    assert "set BOX_OFFICE_GRPC_PORT to a free port" in words


@pytest.mark.parametrize("command", COMMANDS, ids=[*WAYS, "grpc alone"])
def test_grpc_on_a_host_that_is_not_known_is_refused(
    model_tag: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    ports = {"BOX_OFFICE_GRPC_PORT": "3001", "BOX_OFFICE_GRPC_HOST": "a.b.invalid"}
    words = refusal_to_start(command, tmp_path, **ports)

    assert (
        "gRPC cannot listen on a.b.invalid:3001 (no such host): set BOX_OFFICE_GRPC_HOST" in words
    )


@pytest.mark.parametrize("host", [NOWHERE, "a" * 64, "a..b"])
def test_a_host_that_is_not_of_this_machine_is_a_matter_of_the_host(host: str) -> None:
    with pytest.raises(BoxOfficeError, match=r"set BOX_OFFICE_GRPC_HOST to an address"):
        check_free(host, free_port())


@pytest.mark.parametrize("tag", ["", "../../etc", "box_office:", "box office"])
def test_what_is_no_tag_is_refused_with_the_setting(tag: str) -> None:
    with pytest.raises(NotFound, match="BOX_OFFICE_MODEL must be a tag of `bentoml models list`"):
        stored(tag)


@pytest.mark.parametrize("command", COMMANDS, ids=[*WAYS, "grpc alone"])
def test_a_server_does_not_start_on_what_is_no_tag(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    words = refusal_to_start(command, tmp_path, BOX_OFFICE_MODEL="../../etc")

    assert "BOX_OFFICE_MODEL must be a tag of `bentoml models list`, not '../../etc'" in words


def test_a_server_whose_workers_cannot_start_ends_with_the_reason_of_the_first(
    model_tag: str, tmp_path: Path
) -> None:
    (tmp_path / "uvicorn.py").write_text("raise SystemExit('a worker without room')")
    run = subprocess.run(
        (*serve(), "--port=0"),
        cwd=tmp_path,
        env=light_environment(tmp_path, ROOT, BOX_OFFICE_WORKERS="2"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert 1 == run.returncode
    *reasons, words = run.stderr.splitlines()
    assert {"a worker without room"} == set(reasons)
    assert "a worker ended with exit code 1 before any was ready: the lines above say why." in words


@pytest.fixture(scope="module", params=WAYS)
def server(
    request: pytest.FixtureRequest, model_tag: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that is told of a setting that there is not, and by Kubernetes of others."""
    variables = {
        "BOX_OFFICE_WORKER": "2",
        "BOX_OFFICE_SERVICE_HOST": "10.0.0.7",
        "BOX_OFFICE_PORT": "tcp://10.0.0.7:3000",
        "BOX_OFFICE_PORT_3000_TCP_ADDR": "10.0.0.7",
    }
    with running(tmp_path_factory.mktemp("server"), way=request.param, **variables) as server:
        yield server


def test_a_misspelt_setting_is_said_in_one_line(server: Server) -> None:
    said = [line for line in server.log.read_text().splitlines() if "not a setting" in line]

    assert 1 == len(said)
    assert said[0].endswith(
        "BOX_OFFICE_WORKER is not a setting, and changes nothing: did you mean BOX_OFFICE_WORKERS?"
    )


def test_a_server_that_is_ready_says_where_it_listens(server: Server, model_tag: str) -> None:
    where = f"REST on 127.0.0.1:{server.port}, gRPC on 127.0.0.1:{server.grpc_port}"

    wait_until(lambda: f"{model_tag} is ready: {where}\n" in server.log.read_text())


def test_grpc_alone_says_where_it_listens(model_tag: str, tmp_path: Path) -> None:
    with running_rpc_alone(tmp_path) as server:
        said = f"{model_tag} is ready: gRPC on {server.grpc}\n"
        wait_until(lambda: said in server.log.read_text())


def test_one_process_names_the_setting_where_it_is_to_be_several(
    model_tag: str, tmp_path: Path
) -> None:
    words = refusal_to_start(serve(way=ONE_PROCESS), tmp_path, BOX_OFFICE_WORKERS="2")

    assert words == (
        "box_office: BOX_OFFICE_WORKERS is 2, and `python -m service` is one process: start "
        "`bentoml serve service.service:BoxOffice`, or unset it."
    )


@pytest.mark.parametrize("host", [NOWHERE, "a.b.invalid", "a..b"])
def test_one_process_on_a_host_that_is_not_of_this_machine_is_refused(
    host: str, model_tag: str, tmp_path: Path
) -> None:
    words = refusal_to_start((*serve(way=ONE_PROCESS), f"--host={host}"), tmp_path, PORT="4000")

    assert words.startswith(f"box_office: REST cannot listen on {host}:4000 (")


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_one_process_knows_what_is_no_port(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        options([f"--port={port}"])

    assert f"a port is a number from 0 to 65535, not '{port}'" in capsys.readouterr().err


@needs_ipv6
def test_one_process_listens_on_an_address_of_ipv6() -> None:
    with listener("::1", 0) as first:
        port = first.getsockname()[1]
        words = rf"REST cannot listen on \[::1\]:{port} \(Address already in use\)"
        with pytest.raises(BoxOfficeError, match=words):
            listener("::1", port)


@needs_ipv6
def test_grpc_listens_on_an_address_of_ipv6(model_folder: Path) -> None:
    check_free("::1", free_port())
    with (
        serving_grpc(dataplane_of(model_folder), "::1") as address,
        grpc.insecure_channel(address) as channel,
    ):
        answer = pb_grpc.PredictorStub(channel).Predict(pb.PredictRequest(movie=MOVIE), timeout=20)

    assert address.startswith("[::1]:")
    assert answer.prediction.worldwide_gross > 0


def test_an_image_listens_on_all_addresses() -> None:
    """A container has one address of its own, and those who ask are outside of it."""
    hosts = {BentoMLContainer.http.host.get(), options([]).host, Settings().grpc_host}

    assert {"0.0.0.0"} == hosts
