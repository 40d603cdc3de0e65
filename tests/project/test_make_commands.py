"""What the commands of the Makefile are called with; stand-ins note it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from delivery import base
from service import __version__
from tests.support.project import ROOT

SERVED = 'echo "$* and gRPC on $BOX_OFFICE_GRPC_HOST"; echo "takes $BOX_OFFICE_MODEL"'
STAND_INS = {
    "dvc": "true",
    "python": f"""case $2 in
        service) {SERVED} ;;
        training.register) echo box_office:made ;;
        delivery.comment) cml comment ;;
        delivery.credentials) echo "$*" ;;
    esac""",
    "bentoml": SERVED,
    "npm": 'echo "npm $1"; test "$1" != audit || exit "$UNSIGNED"',
    "cml": 'echo "cml $1"',
    "jupyter": 'echo "opens $*"',
    "pip-audit": 'echo "asks $*"',
}


@pytest.fixture
def venv(tmp_path: Path) -> str:
    """A .venv of stand-ins, as the Makefile is told of it."""
    (tmp_path / "bin").mkdir()
    for name, script in STAND_INS.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return os.path.relpath(tmp_path, ROOT)


def make(venv: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run make with these stand-ins, as if all were installed."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("BOX_OFFICE_")}
    return subprocess.run(
        ["make", "--no-print-directory", "-o", "install", f"VENV={venv}", *words],
        cwd=ROOT,
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("given", "served"),
    [({}, "box_office:made"), ({"BOX_OFFICE_MODEL": "box_office:ours"}, "box_office:ours")],
)
@pytest.mark.parametrize("target", ["serve", "bento"])
def test_what_was_just_made_is_taken_unless_it_is_told_otherwise(
    venv: str, given: dict[str, str], served: str, target: str
) -> None:
    assert f"takes {served}" in make(venv, target, **given).stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("given", "host", "grpc_host"),
    [
        ([], "127.0.0.1", "127.0.0.1"),
        (["HOST=0.0.0.0"], "0.0.0.0", "0.0.0.0"),
        (["HOST=0.0.0.0", "BOX_OFFICE_GRPC_HOST=::1"], "0.0.0.0", "::1"),
    ],
)
def test_serve_listens_on_this_machine_alone_unless_it_is_told_otherwise(
    venv: str, given: list[str], host: str, grpc_host: str
) -> None:
    # Shells and conda put the name of the machine there, which is no address.
    served = make(venv, "serve", *given, HOST="box").stdout

    assert f" --host {host} --port 3000 and gRPC on {grpc_host}\n" in served


@pytest.mark.parametrize(
    ("workers", "command"),
    [
        ({}, "-m service"),
        ({"BOX_OFFICE_WORKERS": "1"}, "-m service"),
        ({"BOX_OFFICE_WORKERS": "2"}, "serve service.service:BoxOffice"),
    ],
)
def test_serve_takes_one_process_unless_there_are_to_be_several(
    venv: str, workers: dict[str, str], command: str
) -> None:
    served = make(venv, "serve", **workers).stdout

    assert f"{command} --host 127.0.0.1 --port 3000 and gRPC on 127.0.0.1\n" in served


@pytest.mark.skipif(bool(shutil.which("cml")), reason="cml is installed already")
def test_score_hands_on_a_table_a_place_and_further_options(venv: str) -> None:
    words = ["IN=gs://films/*.csv", "OUT=out", "SCHEDULER=tcp://host:8786", "ARGS=--coverage 0.5"]
    called = make(venv, "score", *words).stdout.splitlines()[-1]

    assert "gs://films/*.csv out --scheduler tcp://host:8786 --coverage 0.5" in called


def test_score_without_a_table_says_what_it_needs(venv: str) -> None:
    refused = make(venv, "score", "OUT=out")

    assert 2 == refused.returncode
    assert refused.stderr.startswith("make score needs IN=table and OUT=folder or file")


def test_a_bento_is_followed_by_our_advice_and_none_of_another_service(venv: str) -> None:
    said = make(venv, "bento", "-s")

    assert "build --output tag" in said.stdout
    assert said.stdout.endswith("`make image` makes an image of it\n")


@pytest.mark.parametrize("target", ["review", "gate"])
@pytest.mark.parametrize("base", ["", ".", "nowhere", f"../{ROOT.name}"])
def test_what_compares_two_folders_asks_for_another_one(venv: str, target: str, base: str) -> None:
    refused = make(venv, target, f"BASE={base}")

    assert 2 == refused.returncode
    assert refused.stderr.startswith(f"make {target} needs BASE=folder, another checkout that")
    assert "training.promote" not in refused.stdout


@pytest.mark.parametrize("target", ["review", "gate"])
def test_what_compares_two_folders_takes_another_one(
    venv: str, target: str, tmp_path: Path
) -> None:
    compared = make(venv, target, f"BASE={tmp_path}")

    assert "BASE=folder" not in compared.stderr
    assert f'--champion "{tmp_path}/models/box_office"' in compared.stdout


@pytest.mark.parametrize(("given", "base"), [([], base.pinned()), (["BASE=ours:1"], "ours:1")])
def test_an_image_is_built_on_the_pinned_base_and_bears_the_version(
    venv: str, given: list[str], base: str
) -> None:
    said = make(venv, "image", "MODEL_FROM=register", *given).stdout

    assert f"--opt build-arg=BASE_IMAGE={base} " in said
    assert f"--opt label=org.opencontainers.image.version={__version__} " in said


def test_without_npm_it_is_said_what_brings_it(venv: str, tmp_path: Path) -> None:
    for name in ("make", "sh", "sed", "touch", "uname", "python3"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    (ROOT / venv / "bin" / "npm").unlink()

    said = make(venv, "comment", f"CML={venv}/installed", PATH=str(tmp_path))

    assert said.returncode != 0
    assert "npm is not here: install Node.js 20.11 or newer" in said.stderr


def test_notebooks_are_opened_on_this_machine_alone(venv: str) -> None:
    installed = ("-o", f"{venv}/.installed", f"NOTEBOOKS={venv}")
    opened = make(venv, *installed, "notebook", "NOTEBOOK_PORT=4321", HOST="box").stdout

    assert opened.splitlines()[-1].startswith("opens lab --ip 127.0.0.1 --port 4321 ")
    assert opened.splitlines()[-1].endswith(" notebooks")


def test_a_cml_that_is_not_signed_is_never_called(venv: str) -> None:
    installed = f"CML={venv}/installed"
    unsigned = [make(venv, "comment", installed, UNSIGNED="1") for _ in range(2)]
    signed = make(venv, "comment", installed, UNSIGNED="0")

    for run in unsigned:
        assert run.returncode != 0
        assert "npm audit\n" in run.stdout
        assert "cml comment\n" not in run.stdout
    assert "npm install\nnpm audit\ncml comment\n" == no_commands(signed.stdout)


def test_a_cml_that_is_there_is_taken(venv: str) -> None:
    path = f"{ROOT / venv / 'bin'}:{os.environ['PATH']}"
    run = make(venv, "comment", f"CML={venv}/installed", PATH=path)

    assert "cml comment\n" == no_commands(run.stdout)


def test_an_audit_takes_what_it_cannot_find_out_for_a_failure(venv: str) -> None:
    told = make(venv, "-o", f"{venv}/.installed", "audit", f"AUDIT={venv}", "LOCKS=serve uv")

    assert "asks --strict" in told.stdout, told.stderr
    assert told.stdout.endswith("-r requirements/serve.txt -r requirements/uv.txt\n")


def no_commands(said: str) -> str:
    """What the stand-ins have said, without the commands that make shows."""
    return "".join(line for line in said.splitlines(True) if len(line.split()) == 2)
