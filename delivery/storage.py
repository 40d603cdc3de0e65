"""Pull and push data and models with DVC, after checking that the bucket can be reached.

DVC's errors hardly distinguish a missing bucket, a missing permission and a missing network. The
client of google-cloud-storage does, so it is asked first.
"""

import argparse

from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, Unauthorized
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError
from google.cloud import storage
from requests.exceptions import RequestException

from delivery import imports
from delivery.process import CommandFailed, call
from service.errors import BoxOfficeError
from training.common import params
from training.common.cli import run

SECONDS = 20.0  # for the bucket to answer
GUIDE = "see docs/google-cloud.md"


def remote() -> str:
    """The URL of DVC's default remote; raises BoxOfficeError unless it is a bucket."""
    name = call("dvc", "config", "core.remote").strip()
    if not name:
        raise BoxOfficeError(
            "DVC has no remote: name a bucket with `make remote URL=gs://bucket/prefix`."
        )
    url = call("dvc", "config", f"remote.{name}.url").strip()
    if not url.startswith("gs://"):
        raise BoxOfficeError(f"DVC's remote {url} is no bucket: `make remote URL=gs://...`.")
    return url


def reach(url: str) -> None:
    """Raises BoxOfficeError with the reason and the way out unless the bucket can be listed."""
    name, _, prefix = url.removeprefix("gs://").partition("/")
    try:
        client = storage.Client()
        blobs = client.list_blobs(name, prefix=prefix, max_results=1, timeout=SECONDS, retry=None)
        next(iter(blobs), None)
    # For some damaged credential files the library raises ValueError.
    except (DefaultCredentialsError, ValueError) as error:
        raise BoxOfficeError(
            f"There are no usable Google credentials for {url}: {GUIDE}."
        ) from error
    except (Unauthorized, Forbidden) as error:
        raise BoxOfficeError(
            f"These credentials may not list {url}: they need roles/storage.objectUser, {GUIDE}."
        ) from error
    except NotFound as error:
        raise BoxOfficeError(
            f"The bucket {name} does not exist: make it, or name another with `make remote`."
        ) from error
    except RefreshError as error:
        raise BoxOfficeError(f"Google refused the credentials for {url}: {GUIDE}.") from error
    except (GoogleAPICallError, GoogleAuthError, RequestException) as error:
        kind = type(error).__name__
        raise BoxOfficeError(f"The bucket {name} cannot be reached ({kind}).") from error


def transfer(direction: str) -> None:
    """Pull or push what the pipeline made; raises BoxOfficeError unless it is complete."""
    url = remote()
    reach(url)
    # An import comes from elsewhere, and is only for those who learn from it.
    targets = ["dvc.yaml"] if direction == "pull" else []
    try:
        call("dvc", direction, *targets)
    except CommandFailed as error:
        raise BoxOfficeError(
            f"dvc {direction} was not completed with {url}: {error} What is missing or damaged "
            "there comes back with `make train push` on the commit that made it."
        ) from error
    if direction == "pull":
        for source in filter(imports.tracked, params.load().ingest.source):
            imports.fetch(source)
    print(f"storage: {direction} is complete, {url}")


def main(argv: list[str] | None = None) -> int:
    """Pull or push."""
    parser = argparse.ArgumentParser(prog="python -m delivery.storage", description=__doc__)
    parser.add_argument("direction", choices=["pull", "push"])
    transfer(parser.parse_args(argv).direction)
    return 0


if __name__ == "__main__":
    run("storage", main)
