"""Credentials: a key exists for one command, in memory, and nowhere afterwards."""

import base64
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from delivery import credentials
from service.errors import BoxOfficeError
from tests.support.project import ROOT

FIELDS = {"client_email": "x@y.invalid", "private_key": "not a key", "token_uri": "https://y"}
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT]
CREDENTIALS = [sys.executable, "-m", "delivery.credentials"]
KEY = json.dumps({"type": "service_account"} | FIELDS)
LOOK = (
    "import json, os, sys; path = os.environ['GOOGLE_APPLICATION_CREDENTIALS']; "
    "print(json.dumps({'path': path, 'mode': os.stat(path).st_mode, 'key': open(path).read(), "
    "'gcloud': os.environ['CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE'], "
    "'secret': os.environ.get('GOOGLE_CREDENTIALS_BASE64')})); sys.exit(7)"
)
WAIT = (
    "import os, time; print(os.environ['GOOGLE_APPLICATION_CREDENTIALS'], flush=True); "
    "time.sleep(60)"
)
TWICE = (
    "import os, subprocess; path = os.environ['GOOGLE_APPLICATION_CREDENTIALS']; "
    "subprocess.run(['cat', path]); subprocess.run(['cat', path])"
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="files in memory need Linux")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout, with the folders for temporary files and the home beside it."""
    for name in ("project", "temporary", "home"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path


def surroundings(project: Path, secret: str = "") -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in credentials.FILES}
    kept["PYTHONPATH"] = str(ROOT)
    kept |= {"TMPDIR": str(project / "temporary"), "HOME": str(project / "home")}
    return kept | ({credentials.SECRET: secret} if secret else {})


def run(
    project: Path, *command: str, secret: str = encoded(KEY), **variables: str
) -> subprocess.CompletedProcess[str]:
    """What a command does as `python -m delivery.credentials` runs it."""
    return subprocess.run(
        [*CREDENTIALS, *command],
        env=surroundings(project, secret) | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def waiting(project: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A command that has its key and goes on, and the path of the key."""
    process = subprocess.Popen(
        [*CREDENTIALS, sys.executable, "-c", WAIT],
        env=surroundings(project, encoded(KEY)),
        stdout=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, some are ignored.
        preexec_fn=lambda: [signal.signal(number, signal.SIG_DFL) for number in SIGNALS],
    )
    try:
        assert process.stdout
        yield process, Path(process.stdout.readline().strip())
    finally:
        process.kill()
        process.communicate()


def left_on_disk(project: Path) -> list[Path]:
    return [path for path in project.rglob("*") if path.is_file()]


def test_a_command_finds_the_key_in_a_private_file(project: Path) -> None:
    done = run(project, sys.executable, "-c", LOOK)

    seen = json.loads(done.stdout)
    assert 7 == done.returncode
    assert KEY == seen["key"]
    assert 0o400 == stat.S_IMODE(seen["mode"])
    assert seen["path"] == seen["gcloud"]


def test_what_the_command_starts_finds_the_key_as_often_as_it_looks(project: Path) -> None:
    assert 2 * KEY == run(project, sys.executable, "-c", TWICE).stdout


def test_the_key_is_on_no_disk_while_the_command_runs(project: Path) -> None:
    with waiting(project) as (_, key):
        assert KEY == key.read_text()
        assert [] == left_on_disk(project)


def test_no_process_has_the_secret_in_its_environment_while_the_command_runs(
    project: Path,
) -> None:
    with waiting(project) as (process, _):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        variables = Path(f"/proc/{process.pid}/environ").read_bytes()

    assert "" == children, "the process that was started is the command itself"
    assert b"GOOGLE_APPLICATION_CREDENTIALS=" in variables
    assert encoded(KEY).encode() not in variables


@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGKILL])
def test_a_signal_ends_the_command_and_leaves_no_key_behind(
    project: Path, number: signal.Signals
) -> None:
    with waiting(project) as (process, key):
        process.send_signal(number)
        process.wait(timeout=30)

    assert -number == process.returncode
    assert not key.exists()
    assert [] == left_on_disk(project)


def test_a_command_may_stop_reading_the_output_of_another(project: Path) -> None:
    done = run(project, "bash", "-o", "pipefail", "-c", "yes | head -1")

    assert (128 + signal.SIGPIPE, "") == (done.returncode, done.stderr)


def test_the_command_does_not_see_the_secret_itself(project: Path) -> None:
    assert json.loads(run(project, sys.executable, "-c", LOOK).stdout)["secret"] is None


def test_a_secret_may_be_broken_into_lines(project: Path) -> None:
    broken = base64.encodebytes(KEY.encode()).decode()

    assert 7 == run(project, sys.executable, "-c", LOOK, secret=broken).returncode


def test_without_a_secret_the_command_has_the_credentials_of_the_environment(
    project: Path,
) -> None:
    program = "import os; print(os.environ['GOOGLE_APPLICATION_CREDENTIALS'])"
    variables = {"GOOGLE_APPLICATION_CREDENTIALS": "/federated.json"}

    done = run(project, sys.executable, "-c", program, secret="", **variables)

    assert (0, "/federated.json\n") == (done.returncode, done.stdout)


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
    project: Path, secret: str, sentence: str
) -> None:
    done = run(project, sys.executable, "-c", LOOK, secret=secret)

    assert (1, "") == (done.returncode, done.stdout)
    assert sentence in done.stderr
    assert secret not in done.stderr


def test_where_no_file_can_be_in_memory_only_the_way_out_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(BoxOfficeError, match="needs Linux: elsewhere, log in with gcloud"):
        credentials.environment({credentials.SECRET: encoded(KEY)})


def test_a_command_that_cannot_be_run_is_named(project: Path) -> None:
    done = run(project, "no-such-command")

    assert (1, "credentials: no-such-command cannot be run: No such file or directory.\n") == (
        done.returncode,
        done.stderr,
    )


def test_a_missing_command_is_asked_for(project: Path) -> None:
    done = run(project)

    assert 1 == done.returncode
    assert "a command is missing" in done.stderr
