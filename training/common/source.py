"""Where tables come from: a folder, or whatever URL fsspec understands."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from textwrap import shorten
from typing import Any

import aiohttp
import fsspec

from service.errors import BoxOfficeError

# Large tables may take long, but not without a byte of them.
PATIENCE = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
# It logs a traceback for each of its attempts; what went wrong is said once, in a sentence.
logging.getLogger("gcsfs").addHandler(logging.NullHandler())


def filesystem(where: str) -> tuple[Any, str]:
    """The fsspec file system of a path or URL, and the path in it."""
    options = {"client_kwargs": {"timeout": PATIENCE}} if where.startswith("http") else {}
    fs, root = fsspec.core.url_to_fs(where.rstrip("/"), **options)
    return fs, str(root)


def read(source: str, names: Sequence[str]) -> tuple[str, bytes] | None:
    """The path and the content of the first of the named files; None if the source has none.

    Raises BoxOfficeError for a file that may be there and cannot be read.
    """
    path = source
    try:
        fs, root = filesystem(source)
        for name in names:
            path = f"{source.rstrip('/')}/{name}"
            with suppress(FileNotFoundError):
                return path, fs.cat_file(f"{root}/{name}")
    except (aiohttp.ClientConnectionError, TimeoutError) as error:
        raise BoxOfficeError(
            f"{path} cannot be reached ({reason(error)}): check the address and the network."
        ) from error
    except Exception as error:
        raise BoxOfficeError(
            f"{path} cannot be read ({reason(error)}): set ingest.source in params.yaml to a "
            "folder or URL that you can read."
        ) from error
    return None


def reason(error: Exception) -> str:
    """What an error of whatever library says, as a part of a sentence."""
    return shorten(str(error), 200).rstrip(".") or "no answer in time"
