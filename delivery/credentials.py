"""Become a command that has Google credentials.

If GOOGLE_CREDENTIALS_BASE64 holds a service account key in base64, the command finds the key in a
file that exists in its own memory only: no disk has it, no signal leaves it behind, and no process
of this module stays. Without that variable the command uses what gcloud or Workload Identity
Federation has set up.
"""

import base64
import binascii
import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import NoReturn

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


def key_file(key: bytes) -> str:
    """The path of a private file in memory, which is there until this process ends."""
    if sys.platform != "linux":
        raise BoxOfficeError(f"{SECRET} needs Linux: elsewhere, log in with gcloud.")
    # Without the usual flag, so that the program that this process becomes keeps it open.
    descriptor = os.memfd_create("box-office-key", 0)
    os.fchmod(descriptor, 0o400)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(key)
    # Not /proc/self: the children of the command read it too.
    return f"/proc/{os.getpid()}/fd/{descriptor}"


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables for the command: the path of the key file, but never the key itself."""
    kept = {name: value for name, value in environ.items() if name != SECRET}
    if not environ.get(SECRET):
        return kept
    return kept | dict.fromkeys(FILES, key_file(decode(environ[SECRET])))


def main(argv: list[str] | None = None) -> NoReturn:
    """Become the command given as arguments."""
    command = sys.argv[1:] if argv is None else argv
    if not command:
        raise BoxOfficeError("a command is missing: python -m delivery.credentials COMMAND...")
    variables = environment(os.environ)
    # Python ignores it, and the command would inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, variables)
    except OSError as error:
        raise BoxOfficeError(f"{command[0]} cannot be run: {error.strerror}.") from error


if __name__ == "__main__":
    run("credentials", main)
