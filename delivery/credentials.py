"""Run one command with Google credentials.

If GOOGLE_CREDENTIALS_BASE64 holds a service account key in base64, the command gets the key as a
private file, which is deleted when the command ends. Without that variable the command uses what
gcloud or Workload Identity Federation has set up.
"""

import base64
import binascii
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from service.errors import BoxOfficeError
from training.common.cli import run

SECRET = "GOOGLE_CREDENTIALS_BASE64"
# The client libraries read the first, gcloud the second.
FILES = ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE")
_NEEDED = ("client_email", "private_key", "token_uri")


def decode(secret: str) -> bytes:
    """The key in a secret; raises BoxOfficeError, without quoting the secret, if there is none."""
    try:
        text = base64.b64decode("".join(secret.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BoxOfficeError(
            f"{SECRET} is not base64: set it to the output of `base64 -w0 key.json`."
        ) from error
    try:
        key = json.loads(text)
    except ValueError:
        key = None
    if not isinstance(key, dict) or not all(key.get(name) for name in _NEEDED):
        raise BoxOfficeError(
            f"{SECRET} is base64, but not of a service account key in JSON with "
            f"{', '.join(_NEEDED)}: make a new key, or better use Workload Identity Federation."
        )
    return text


@contextmanager
def key_file(secret: str) -> Iterator[Path]:
    """The key of a secret in a private file outside the project, deleted at the end."""
    key = decode(secret)
    descriptor, name = tempfile.mkstemp(prefix="box-office-", suffix=".json")
    path = Path(name).resolve()
    try:
        if path.is_relative_to(Path.cwd()):
            raise BoxOfficeError(
                f"A key must not lie in the project: set TMPDIR, now {path.parent}."
            )
        with open(descriptor, "wb", closefd=False) as file:
            file.write(key)
        yield path
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)


@contextmanager
def environment(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The variables for the command: the path of the key file, but never the key itself."""
    kept = {name: value for name, value in environ.items() if name != SECRET}
    if not environ.get(SECRET):
        yield kept
        return
    with key_file(environ[SECRET]) as path:
        yield kept | dict.fromkeys(FILES, str(path))


def main(argv: list[str] | None = None) -> int:
    """Run the command given as arguments; returns its exit code."""
    command = sys.argv[1:] if argv is None else argv
    if not command:
        raise BoxOfficeError("a command is missing: python -m delivery.credentials COMMAND...")
    # Without these handlers a cancelled workflow would leave the key file behind.
    handlers = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with environment(os.environ) as variables:
            return _supervise(command, variables)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _supervise(command: list[str], variables: dict[str, str]) -> int:
    try:
        child = subprocess.Popen(command, env=variables)
    except OSError as error:
        raise BoxOfficeError(f"{command[0]} cannot be run: {error.strerror}.") from error
    try:
        return child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    run("credentials", main)
