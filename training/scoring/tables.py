"""The files of a table: CSV or Parquet, one, a folder of them or a glob, wherever fsspec reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from service.errors import BoxOfficeError
from training.common.source import filesystem, reason

CSV, PARQUET = "csv", "parquet"
KINDS = (CSV, PARQUET)
# What storage says of a file that changes with its content; the first that it says is taken.
_MARKS = ("etag", "ETag", "md5Hash", "generation", "mtime", "updated", "LastModified")


@dataclass(frozen=True)
class File:
    """A file by its URL, with its bytes and what changes with its content."""

    url: str
    size: int
    mark: str


def kind(path: str) -> str:
    """What a file is by the end of its name, or ""."""
    suffix = PurePosixPath(path).suffix.removeprefix(".").lower()
    return suffix if suffix in KINDS else ""


def find(where: str) -> list[File]:
    """The files of a table in the order of their names; raises BoxOfficeError with the way out."""
    try:
        fs, root = filesystem(where)
        fs.invalidate_cache()
        found = _found(fs, root)
    except Exception as error:
        raise BoxOfficeError(
            f"{where} cannot be read ({reason(error)}): name a CSV or Parquet file, a folder of "
            "them or a glob."
        ) from error
    if not found:
        raise BoxOfficeError(f"{where} holds no table: name CSV or Parquet files.")
    if strange := [path for path in found if not kind(path)]:
        raise BoxOfficeError(
            f"{strange[0]} is neither .csv nor .parquet: name such files, a folder of them, or a "
            "glob as folder/*.csv."
        )
    if len({kind(path) for path in found}) > 1:
        raise BoxOfficeError(
            f"{where} holds CSV as well as Parquet: name the files of one kind by a glob, as "
            "folder/*.csv."
        )
    return [_file(fs.unstrip_protocol(path), info) for path, info in sorted(found.items())]


def _found(fs: Any, root: str) -> dict[str, Mapping[str, Any]]:
    """The files by path. A `?` is part of a URL of the web, where nothing can be listed anyway."""
    if any(letter in root for letter in ("*", "[")):
        listed: dict[str, Mapping[str, Any]] = fs.glob(root, detail=True)
        return {path: info for path, info in listed.items() if info["type"] == "file"}
    info = fs.info(root)
    if info["type"] == "file":
        return {root: info}
    # As other readers of such folders do, leave out what is not part of the table.
    below = fs.find(root, detail=True).items()
    return {path: info for path, info in below if not _is_hidden(path.removeprefix(root))}


def _is_hidden(path: str) -> bool:
    return any(part.startswith((".", "_")) for part in PurePosixPath(path).parts)


def _file(url: str, info: Mapping[str, Any]) -> File:
    if not info.get("size"):
        raise BoxOfficeError(f"{url} is empty, or its size is not told: copy it here first.")
    mark = next((str(info[name]) for name in _MARKS if info.get(name)), "")
    return File(url, int(info["size"]), mark)
