"""Credentials: a key exists as a private file for one command, and nowhere afterwards."""

import base64
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from delivery import credentials
from service.errors import BoxOfficeError
from tests.support.project import ROOT

FIELDS = {"client_email": "x@y.invalid", "private_key": "not a key", "token_uri": "https://y"}
KEY = json.dumps({"type": "service_account"} | FIELDS)
LOOK = (
    "import json, os, sys; path = os.environ['GOOGLE_APPLICATION_CREDENTIALS']; "
    "print(json.dumps({'path': path, 'mode': os.stat(path).st_mode, 'key': open(path).read(), "
    "'gcloud': os.environ['CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE'], "
    "'secret': os.environ.get('GOOGLE_CREDENTIALS_BASE64')})); sys.exit(7)"
)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout, with the folder for temporary files beside it."""
    (tmp_path / "project").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setenv("GOOGLE_CREDENTIALS_BASE64", encoded(KEY))
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def test_a_command_finds_the_key_in_a_private_file_that_is_gone_afterwards(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = credentials.main([sys.executable, "-c", LOOK])

    seen = json.loads(capfd.readouterr().out)
    assert 7 == code
    assert KEY == seen["key"]
    assert 0o600 == stat.S_IMODE(seen["mode"])
    assert seen["path"] == seen["gcloud"]
    assert not Path(seen["path"]).is_relative_to(project)
    assert [] == list((project.parent / "temporary").iterdir())


def test_the_command_does_not_see_the_secret_itself(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    credentials.main([sys.executable, "-c", LOOK])

    assert json.loads(capfd.readouterr().out)["secret"] is None


def test_a_secret_may_be_broken_into_lines(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CREDENTIALS_BASE64", base64.encodebytes(KEY.encode()).decode())

    assert 7 == credentials.main([sys.executable, "-c", LOOK])


def test_without_a_secret_the_command_has_the_credentials_of_the_environment(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GOOGLE_CREDENTIALS_BASE64")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/federated.json")
    program = "import os; print(os.environ['GOOGLE_APPLICATION_CREDENTIALS'])"

    assert 0 == credentials.main([sys.executable, "-c", program])
    assert "/federated.json\n" == capfd.readouterr().out


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        ("{not base64}", "is not base64"),
        (KEY, "is not base64"),
        (encoded("hello"), "is base64, but not of a service account key"),
        (encoded("[]"), "is base64, but not of a service account key"),
        (encoded('{"client_email": "x@y.invalid"}'), "not of a service account key"),
    ],
)
def test_a_wrong_secret_is_refused_without_a_word_of_it(
    project: Path, monkeypatch: pytest.MonkeyPatch, secret: str, sentence: str
) -> None:
    monkeypatch.setenv("GOOGLE_CREDENTIALS_BASE64", secret)

    with pytest.raises(BoxOfficeError, match=sentence) as refusal:
        credentials.main([sys.executable, "-c", LOOK])

    assert secret not in str(refusal.value)
    assert [] == list((project.parent / "temporary").iterdir())


def test_a_key_is_never_written_into_the_project(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(project))

    with pytest.raises(BoxOfficeError, match="A key must not lie in the project: set TMPDIR"):
        credentials.main([sys.executable, "-c", LOOK])

    assert [] == list(project.iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_cancelled_command_leaves_no_key_behind(project: Path, number: signal.Signals) -> None:
    waiting = "import time; print('ready', flush=True); time.sleep(60)"
    run = subprocess.Popen(
        [sys.executable, "-m", "delivery.credentials", sys.executable, "-c", waiting],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout
    assert "ready\n" == run.stdout.readline()
    assert 1 == len(list((project.parent / "temporary").iterdir()))

    run.send_signal(number)
    run.communicate(timeout=30)

    assert 128 + number == run.returncode
    assert [] == list((project.parent / "temporary").iterdir())


def test_a_command_that_cannot_be_run_is_named(project: Path) -> None:
    with pytest.raises(BoxOfficeError, match="no-such-command cannot be run"):
        credentials.main(["no-such-command"])

    assert [] == list((project.parent / "temporary").iterdir())


def test_a_missing_command_is_asked_for() -> None:
    with pytest.raises(BoxOfficeError, match="a command is missing"):
        credentials.main([])
