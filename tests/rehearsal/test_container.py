"""Containers: how they are run, stopped and cleaned up, with programs that stand in for engines."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.containers import base, engine
from rehearsal.containers.buildah import Buildah
from rehearsal.containers.container import Container
from rehearsal.containers.docker import Docker
from rehearsal.containers.network import Network
from service.errors import BoxOfficeError
from tests.support.engines import Fakes, Local, open_fakes, running
from tests.support.project import ROOT

IMAGE = {
    "User": "films",
    "Env": ["PATH=/app/bin:/bin", "LANG=C.UTF-8"],
    "Entrypoint": ["/entrypoint.sh"],
    "Cmd": ["serve"],
    "WorkingDir": "/src",
    "Labels": {"org.opencontainers.image.version": "0.1.0"},
}
# Goes on until it hears SIGTERM, like a server.
SERVER = 'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.02; done'
DEAF = 'trap "" TERM; echo ready; exec sleep 5'


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    return open_fakes(tmp_path / "fakes", monkeypatch)


@pytest.fixture
def docker(fakes: Fakes) -> Fakes:
    """A docker whose container is a process that it can send signals to."""
    fakes.program(
        "docker",
        f"""case "$1 $2" in
            "run "*) echo $$ > $HERE/pid; {SERVER};;
            "kill "*) kill -TERM $(cat $HERE/pid);;
            "image inspect") case "$4" in *Labels*) echo 0.1.0;; *) echo 551203328;; esac;;
        esac""",
    )
    return fakes


@pytest.fixture
def buildah(fakes: Fakes) -> Fakes:
    """A buildah with one image, whose files are in the folder `root`."""
    (fakes.folder / "root" / "etc").mkdir(parents=True)
    (fakes.folder / "root" / "etc" / "passwd").write_text("root:x:0:0:\nfilms:x:1034:1035:\n")
    manifest = json.dumps({"layers": [{"size": 300}, {"size": 54}]})
    image = {"OCIv1": {"config": IMAGE}, "Manifest": manifest}
    (fakes.folder / "image.json").write_text(json.dumps(image))
    fakes.program(
        "buildah",
        """case "$1" in
            inspect) cat $HERE/image.json;;
            from) echo working-1;;
            mount) echo $HERE/root;;
        esac""",
    )
    for name in ("debootstrap", "ip", "mount", "unshare"):
        fakes.program(name)
    return fakes


def ready(log: str) -> None:
    if "ready" not in log:
        raise BoxOfficeError("It is not ready.")


def test_a_container_is_stopped_and_tells_how_it_ended() -> None:
    with running("sh", "-c", SERVER) as container:
        seconds = container.wait_for(lambda: ready(container.logs()))
        container.terminate()
        ended = container.ended()

        assert 0 == ended.code
        assert 0 < ended.seconds < 10
        assert 0 < seconds < 60
        assert "ready\nbye\n" == container.logs()
        assert "127.0.0.1:8080" == container.address


def test_a_container_that_does_not_heed_sigterm_is_told_of_and_killed() -> None:
    with running("sh", "-c", DEAF) as container:
        container.wait_for(lambda: ready(container.logs()))
        container.terminate()
        with pytest.raises(BoxOfficeError, match=r"still runs 0\.2 s after SIGTERM: ready"):
            container.ended(0.2)

    assert container.process.returncode < 0


def test_a_container_that_ends_by_itself_is_not_waited_for() -> None:
    with running("sh", "-c", "echo no model; exit 3") as container:
        with pytest.raises(BoxOfficeError, match=r"It is not ready\. Its last words: no model"):
            container.wait_for(lambda: ready(container.logs()))
        with pytest.raises(BoxOfficeError, match="ended by itself: no model"):
            container.terminate()


def test_a_program_in_a_container_gives_its_last_line_or_its_last_words() -> None:
    prints = Container("small", command=("sh", "-c", "echo $PORT is set; echo $FILMS"))
    fails = Container("small", command=("sh", "-c", "echo no films >&2; exit 1"))

    assert "12" == Container("small", {"FILMS": "12"}, prints.command).output(Local())
    with pytest.raises(BoxOfficeError, match="failed in small: no films"):
        fails.output(Local())


def test_docker_is_chosen_where_an_engine_answers(fakes: Fakes) -> None:
    fakes.program("docker")

    assert isinstance(engine.choose(), Docker)
    assert ["docker info"] == fakes.calls


def test_buildah_is_chosen_where_no_docker_engine_answers(
    buildah: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    buildah.program("docker", "echo Cannot connect to the Docker daemon >&2; exit 1")

    assert isinstance(engine.choose(), Buildah)


def test_without_an_engine_it_is_said_what_to_install(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(fakes.folder))
    fakes.program("unshare")

    with pytest.raises(
        BoxOfficeError, match=r"apt-get install --yes buildah debootstrap .* iproute2 mount`"
    ):
        engine.choose()


def test_without_root_it_is_said_that_buildah_needs_it(
    buildah: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    buildah.program("docker", "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(BoxOfficeError, match="need root"):
        engine.choose()


def test_docker_runs_a_container_under_the_contract_and_removes_it(docker: Fakes) -> None:
    container = Container("films:1", {"LOG": "json"}, ("python", "-m", "films"), 8081)
    with container.running(Docker()) as run:
        run.wait_for(lambda: ready(run.logs()))
        run.terminate()

        assert 0 == run.ended().code

    subnet, host = docker.calls[0].split()[4].partition("=")[2], run.place.host
    name = docker.calls[0].split()[-1]
    assert [
        f"docker network create --internal --subnet={subnet} {name}",
        f"docker run --name={name} --pull=never --read-only --tmpfs=/tmp --network={name} "
        f"--ip={host} --env=LOG=json --env=PORT=8081 films:1 python -m films",
        f"docker kill --signal=TERM {name}",
        f"docker rm --force {name}",
        f"docker network rm {name}",
    ] == docker.calls


def test_docker_tidies_up_after_a_failure(docker: Fakes) -> None:
    with pytest.raises(ZeroDivisionError), Container("films:1").running(Docker()):
        raise ZeroDivisionError

    assert ["docker rm --force", "docker network rm"] == [
        " ".join(call.split()[:-1]) for call in docker.calls[-2:]
    ]


def test_docker_fetches_the_base_that_the_image_is_built_on(
    docker: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    pinned = Docker().base()

    assert re.fullmatch(r"python:3\.11-slim@sha256:[0-9a-f]{64}", pinned)
    assert f'"{pinned.partition("@")[0]}"' in (ROOT / "Dockerfile.j2").read_text()
    assert [f"docker pull --quiet {pinned}"] == docker.calls


@pytest.mark.parametrize("engine", [Docker(), Buildah()], ids=lambda engine: engine.name)
@pytest.mark.usefixtures("docker", "buildah")
def test_an_engine_knows_the_size_and_the_labels_of_an_image(engine: Docker | Buildah) -> None:
    assert "0.1.0" == engine.label("films:1", "org.opencontainers.image.version")
    assert engine.size("films:1") in (354, 551203328)


def test_docker_runs_what_the_registry_has_and_buildah_what_it_built(
    docker: Fakes, buildah: Fakes
) -> None:
    docker.program("buildah", "echo 1f2d")

    assert "127.0.0.1:5000/films@sha256:1" == Docker().keep("127.0.0.1:5000/films@sha256:1")
    assert ["docker pull --quiet 127.0.0.1:5000/films@sha256:1"] == docker.calls
    assert "1f2d" == Buildah().keep("127.0.0.1:5000/films@sha256:1")


def test_buildah_runs_what_the_image_says_with_its_variables_alone(buildah: Fakes) -> None:
    container = Container("films:1", {"LOG": "json"}, ("python", "-m", "films"), 8081)
    with Buildah().place(container) as place:
        namespace, root = place.words[3], buildah.folder / "root"
        words = place.words[place.words.index("env") :]

        assert ("ip", "netns", "exec", namespace, "unshare") == place.words[:5]
        assert {"--mount", "--pid", "--ipc", "--uts", "--fork"} <= set(place.words)
        assert ("env", "--ignore-environment", *IMAGE["Env"], "LOG=json", "PORT=8081") == words[:6]
        assert words[6].endswith("/unshare")
        assert (f"--root={root}", "--wd=/src", "--setuid=1034", "--setgid=1035") == words[7:11]
        assert ("--", "/entrypoint.sh", "python", "-m", "films") == words[11:]
        assert "127.0.0.1 localhost\n" == (root / "etc" / "hosts").read_text()

    assert [f"ip netns delete {namespace}", "buildah rm working-1"] == buildah.calls[-2:]


def test_buildah_runs_the_command_of_the_image_where_none_is_given(buildah: Fakes) -> None:
    with Buildah().place(Container("films:1")) as place:
        assert ("--", "/entrypoint.sh", "serve") == place.words[-3:]
    assert 354 == Buildah().size("films:1")


def test_buildah_does_not_run_as_a_user_whom_the_image_does_not_know(buildah: Fakes) -> None:
    (buildah.folder / "root" / "etc" / "passwd").write_text("root:x:0:0:\n")

    unknown = pytest.raises(BoxOfficeError, match="run as films, whom its etc/passwd does not know")
    with unknown, Buildah().place(Container("films:1")):
        pass
    assert "buildah rm working-1" == buildah.calls[-1]


def test_a_namespace_is_deleted_where_it_cannot_be_made_ready(fakes: Fakes) -> None:
    fakes.program("ip", 'test "$1" != -batch || { echo Operation not permitted >&2; exit 1; }')

    with pytest.raises(BoxOfficeError, match="Operation not permitted"), Network(7).namespace():
        pass
    assert [
        "ip netns add box-7",
        "ip -batch -",
        "ip netns pids box-7",
        "ip netns delete box-7",
    ] == fakes.calls


def test_what_still_runs_in_a_namespace_is_killed(fakes: Fakes) -> None:
    with subprocess.Popen(["sleep", "60"]) as left:
        fakes.program("ip", f'test "$2" != pids || echo {left.pid}')
        with Network(7).namespace():
            pass

    assert -signal.SIGKILL == left.returncode


def test_a_network_has_two_addresses_that_no_other_has() -> None:
    first, last = Network(0), Network(32767)

    assert ("198.18.0.0/30", "198.18.0.1", "198.18.0.2") == (
        first.subnet,
        first.outside,
        first.inside,
    )
    assert "198.19.255.254" == last.inside


def test_a_base_that_is_there_is_not_made_again(buildah: Fakes) -> None:
    buildah.program("buildah", "echo 0a2926d5eb23")
    buildah.program("debootstrap")

    assert "localhost/box-office-base:bookworm" == base.image()
    assert ["buildah"] == [call.split()[0] for call in buildah.calls]


def test_a_base_is_made_of_debian_packages(
    buildah: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = tmp_path / "trusted.crt"
    trusted.write_text("a certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    buildah.program(
        "debootstrap",
        "mkdir -p $HERE/root/etc/ssl/certs $HERE/root/usr/lib/python3.11\n"
        "touch $HERE/root/etc/resolv.conf $HERE/root/usr/lib/python3.11/EXTERNALLY-MANAGED",
    )
    base.image("trixie")

    root = buildah.folder / "root"
    assert "a certificate" == (root / "etc/ssl/certs/ca-certificates.crt").read_text()
    assert [] == [*root.rglob("EXTERNALLY-MANAGED"), *root.rglob("resolv.conf")]
    assert [
        "buildah commit --quiet working-1 localhost/box-office-base:trixie",
        "buildah rm working-1",
    ] == buildah.calls[-2:]


def test_a_base_that_cannot_be_made_leaves_nothing(buildah: Fakes) -> None:
    buildah.program("debootstrap", "echo E: Release signed by unknown key >&2; exit 1")

    with pytest.raises(BoxOfficeError, match="Release signed by unknown key"):
        base.image()
    assert "buildah rm working-1" == buildah.calls[-1]
    assert not any("commit" in call for call in buildah.calls)


def test_a_base_needs_debootstrap(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(fakes.folder))
    fakes.program("buildah")

    with pytest.raises(BoxOfficeError, match="debootstrap not found: `sudo apt-get install"):
        base.image()


def test_python_of_the_base_is_that_of_the_image() -> None:
    assert "bookworm" == base.RELEASE
    assert 'python_version: "3.11"' in (ROOT / "bentofile.yaml").read_text()
    assert sys.version_info >= (3, 11)
