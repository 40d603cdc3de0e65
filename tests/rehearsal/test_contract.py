"""The promises of the image: what keeps one is told, and what breaks one is found.

Servers stand in for containers here; the rehearsal holds the same promises of a real one.
"""

import json
import os
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from rehearsal.containers.container import Container, Place, Running
from rehearsal.image import contents, contract, inside, instance
from rehearsal.image.contents import Contents
from rehearsal.port import free_port
from service import __version__
from service.errors import BoxOfficeError
from tests.support.engines import Local, running
from tests.support.project import ROOT
from tests.support.server import serve

MARKERS = {"python_full_version": "3.11.2", "implementation_name": "cpython"}
# Begins to answer what never comes, and dies of SIGTERM like any program that has no handler.
CARELESS = ("python", "-m", "http.server", "--bind=127.0.0.1")


@pytest.fixture
def sound() -> Contents:
    """What an image of the locked packages holds, for a Python of that lock."""
    packages = contents.locked(ROOT / contents.LOCK, MARKERS)
    return Contents(1034, MARKERS, packages, {}, [], [], [], ["/tmp"], ["/tmp"], False)


@pytest.fixture
def subject(
    model_tag: str, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> contract.Subject:
    """The small model, in a folder whose parameters call no forecast of it absurd."""
    parameters = yaml.safe_load((ROOT / "params.yaml").read_text())
    for film in parameters["promote"]["smoke"]:
        film.update(low=0, high=1e12)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(parameters))
    monkeypatch.chdir(tmp_path)
    return contract.Subject(Local(), "small", "base", model_tag, model_folder)


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports that nobody listens on: those that the promise names may be taken on this machine."""
    monkeypatch.setattr(contract, "DEFAULTS", (free_port(), free_port()))


def here(container: Container, *command: str) -> Container:
    """The same container on a port of this machine that is free, with another command."""
    port = free_port()
    variables = {**container.env, "BOX_OFFICE_GRPC_HOST": "127.0.0.1"}
    return replace(container, env=variables, command=command or container.command, port=port)


def listens(server: Running) -> None:
    with socket.socket() as probe:
        if probe.connect_ex((server.place.host, server.port)):
            raise BoxOfficeError("Nobody listens.")


def speaks(server: Running) -> None:
    if not server.logs():
        raise BoxOfficeError("It has said nothing.")


def said(log: Path, *lines: str) -> Running:
    """A container that has ended and left this log."""
    log.write_text("".join(f"{line}\n" for line in lines))
    ended = subprocess.Popen(["true"])
    ended.wait()
    return Running(ended, Place((), "127.0.0.1", lambda _: None), 8080, log)


@pytest.mark.parametrize("promise", contents.PROMISES)
def test_a_sound_image_keeps_its_promises(
    promise: Callable[[Contents], str], sound: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)

    assert promise(sound)


@pytest.mark.parametrize(
    ("promise", "change", "sentence"),
    [
        (contents.its_user_can_change_nothing_of_it, {"uid": 0}, "runs as root"),
        (contents.its_user_can_change_nothing_of_it, {"changeable": ["/src"]}, "may change /src"),
        (
            contents.each_file_is_of_one_package,
            {"contested": {"/a.py": ["circus", "kantoku"]}},
            "circus and kantoku have both installed /a.py",
        ),
        (contents.nothing_is_in_it_that_it_does_not_need, {"tools": ["gcc"]}, "holds gcc"),
        (contents.nothing_is_in_it_that_it_does_not_need, {"modules": ["pip"]}, "holds pip"),
        (contents.nothing_is_in_it_that_it_does_not_need, {"tables": ["/a.parquet"]}, "/a.parquet"),
        (contents.it_writes_to_tmp_alone, {"writable": ["/tmp", "/var/tmp"]}, "/var/tmp"),
        (contents.it_writes_to_tmp_alone, {"writable": []}, "not to /tmp alone"),
        (contents.it_needs_no_network, {"way_out": True}, "has a route"),
    ],
)
def test_an_image_that_breaks_a_promise_is_found(
    promise: Callable[[Contents], str], change: dict[str, object], sentence: str, sound: Contents
) -> None:
    with pytest.raises(BoxOfficeError, match=sentence):
        promise(replace(sound, **change))


@pytest.mark.parametrize("change", [{"numpy": "1.0"}, {"pip": "23.0"}, {"kantoku": None}])
def test_a_package_that_is_not_as_locked_is_named(
    change: dict[str, str | None], sound: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    packages = {name: v for name, v in {**sound.packages, **change}.items() if v}

    with pytest.raises(BoxOfficeError, match=f"differ in {next(iter(change))}: build it again"):
        contents.its_packages_are_those_of_the_lock(replace(sound, packages=packages))


def test_a_lock_is_read_for_the_python_that_is_asked_for(tmp_path: Path) -> None:
    lock = tmp_path / "serve.txt"
    lock.write_text(
        "# made\nA.b_c==1.0 \\\n    --hash=sha256:00\n    # via x\n"
        "numpy==2.4 ; python_full_version < '3.12' \\\n    --hash=sha256:01\n"
        "numpy==2.5 ; python_full_version >= '3.12' \\\n    --hash=sha256:02\n"
        "cffi==2.1 ; implementation_name == 'pypy' \\\n    --hash=sha256:03\n"
    )
    newer = {**MARKERS, "python_full_version": "3.12.1"}

    assert {"a-b-c": "1.0", "numpy": "2.4"} == contents.locked(lock, MARKERS)
    assert {"a-b-c": "1.0", "numpy": "2.5"} == contents.locked(lock, newer)


def test_an_image_is_looked_into_from_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside, "ROOT", str(tmp_path))
    (tmp_path / "answers.parquet").touch()
    found = Contents(**json.loads(json.dumps(inside.look())))

    assert os.getuid() == found.uid
    assert {"pandas", "sklearn", "training"} <= set(found.modules)
    assert "bentoml" in found.packages
    assert [str(tmp_path / "answers.parquet")] == found.tables
    assert [str(tmp_path)] == found.writable
    assert [str(tmp_path), str(tmp_path / "answers.parquet")] == found.changeable


def test_what_a_user_may_change_is_what_is_its_own_or_anybodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, mode in {"own": 0o600, "shared": 0o666, "read": 0o644, "group": 0o664}.items():
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch").chmod(stat.S_ISVTX | 0o777)
    (tmp_path / "link").symlink_to("read")
    tmp_path.chmod(0o755)

    monkeypatch.setattr(inside, "ROOT", str(tmp_path))
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    monkeypatch.setattr(os, "getgid", lambda: 54321)
    monkeypatch.setattr(os, "getgroups", list)
    assert [str(tmp_path / "shared")] == inside.changeable()

    monkeypatch.setattr(os, "getgroups", lambda: [(tmp_path / "group").stat().st_gid])
    assert [str(tmp_path / "group"), str(tmp_path / "shared")] == inside.changeable()


def test_an_image_that_is_too_large_is_found(subject: contract.Subject) -> None:
    assert "260 MB on top of its base, of 260" == contract.it_is_small(subject)
    with pytest.raises(BoxOfficeError, match="adds 261 MB to its base, more than 260"):
        contract.it_is_small(replace(subject, image="large"))


def test_cloud_run_is_told_of_two_containers() -> None:
    rest, rpc = instance.rest("films:1"), instance.rpc("films:1")

    assert "0" == rest.env["BOX_OFFICE_GRPC_PORT"]
    assert () == rest.command
    assert ("python", "-m", "service.rpc.server") == rpc.command
    assert "/v2/health/ready" == instance.probe()
    assert str(rpc.port) == rpc.variables["PORT"]


@pytest.mark.usefixtures("closed")
def test_a_server_of_rest_keeps_the_promises(subject: contract.Subject) -> None:
    container = here(instance.rest("small"))
    container = replace(container, command=(*serve(), f"--port={container.port}"))

    with container.running(Local()) as server:
        lines = [promise(server, subject) for promise in contract.REST]

    assert len(lines) == len(contract.REST)
    assert "5 films are forecast" in lines[2]


@pytest.mark.usefixtures("closed")
def test_a_server_of_grpc_keeps_the_promises(subject: contract.Subject) -> None:
    with here(instance.rpc("small")).running(Local()) as server:
        lines = [promise(server, subject) for promise in contract.RPC]

    assert len(lines) == len(contract.RPC)
    assert "the same 5 forecasts" in lines[2]


def test_an_image_of_another_version_is_found(
    subject: contract.Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(contract.Rest, "expect", lambda *_: {"version": "0.2.0"})
    server = said(tmp_path / "log")

    for image, label in {"small": __version__, "large": "with no version"}.items():
        with pytest.raises(BoxOfficeError, match=f"is labelled {label}, not 0.2.0"):
            contract.it_bears_the_version_that_it_answers(server, replace(subject, image=image))


@pytest.fixture
def careless() -> Iterator[Running]:
    """A server that drops what it has in hand when it is told to stop."""
    container = here(Container("small"), *CARELESS)
    container = replace(container, command=(*CARELESS, str(container.port)))
    with container.running(Local()) as server:
        server.wait_for(lambda: listens(server))
        yield server


def test_a_server_that_drops_a_request_is_found(
    careless: Running, subject: contract.Subject
) -> None:
    with pytest.raises(BoxOfficeError, match="A request was dropped under way"):
        contract.a_request_under_way_is_answered_before_it_ends(careless, subject)


def test_a_server_without_grpc_is_found(careless: Running, subject: contract.Subject) -> None:
    with pytest.raises(BoxOfficeError, match="A request was dropped under way"):
        contract.a_call_under_way_is_answered_before_it_ends(careless, subject)


def test_a_server_on_another_port_is_found(
    careless: Running, subject: contract.Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "DEFAULTS", (careless.port,))

    with pytest.raises(BoxOfficeError, match=f"listens on {careless.port} beside PORT"):
        contract.it_listens_on_port_alone(careless, subject)


def test_a_probe_of_a_path_that_may_not_arrive_is_found(
    careless: Running, subject: contract.Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance, "probe", lambda: "/readyz")

    with pytest.raises(BoxOfficeError, match="/readyz ends in z"):
        contract.it_becomes_ready_where_cloud_run_probes(careless, subject)


@pytest.mark.parametrize(
    "line", ["Traceback", '{"severity": "WARNING"}', '{"message": "?"}', "{", "[]"]
)
def test_a_log_that_is_not_plain_information_is_found(
    line: str, subject: contract.Subject, tmp_path: Path
) -> None:
    server = said(tmp_path / "log", '{"severity": "INFO"}', line)

    with pytest.raises(BoxOfficeError, match="The log of the container holds"):
        contract.it_logs_nothing_worse_than_information(server, subject)


def test_a_forecast_that_is_not_the_models_is_found(
    careless: Running, subject: contract.Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract.smoke, "check_rest", lambda *_: "seen")
    monkeypatch.setattr(contract.Rest, "forecast", lambda *_: 1.0)

    with pytest.raises(BoxOfficeError, match=r"forecasts \[1\.0, "):
        contract.it_forecasts_over_rest_as_the_model_does_here(careless, subject)


def test_a_server_that_fails_at_its_end_is_found(
    subject: contract.Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    gross = subject.forecasts()[0]
    monkeypatch.setattr(contract.inflight, "rest", lambda *_: nullcontext(lambda: gross))
    failing = 'trap "echo lost a worker; exit 4" TERM; echo ready; while :; do sleep 0.02; done'
    with running("sh", "-c", failing) as server:
        server.wait_for(lambda: speaks(server))
        with pytest.raises(BoxOfficeError, match="ended with 4: lost a worker"):
            contract.a_request_under_way_is_answered_before_it_ends(server, subject)
