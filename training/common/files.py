"""Files of the pipeline: written whole or not at all, and read with the way out."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from service.errors import BoxOfficeError


def write_together(contents: Mapping[Path, str | bytes]) -> None:
    """Write all files, text as UTF-8, or leave all of them as they were."""
    parts = {path: path.with_name(f".{path.name}.part") for path in contents}
    before = {path: path.read_bytes() if path.is_file() else None for path in contents}
    replaced: list[Path] = []
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            _fill(parts[path], content.encode() if isinstance(content, str) else content)
        for path, part in parts.items():
            part.replace(path)
            replaced.append(path)
    except BaseException:
        for path in replaced:
            _restore(path, before[path])
        raise
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _fill(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        error.filename = str(path)  # a full disk does not say where
        raise


def _restore(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)


def write(path: Path, content: str | bytes) -> None:
    """Write one file whole, or leave it as it was."""
    write_together({path: content})


def replace_folder(new: Path, path: Path) -> None:
    """Put a folder in the place of another, which goes where the new one has been made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        shutil.move(path, new.with_name("replaced"))
    shutil.move(new, path)


def read_table(path: Path) -> pd.DataFrame:
    """The table that an earlier stage has written; raises BoxOfficeError naming the file."""
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:  # the latter is Arrow's
        raise BoxOfficeError(f"{path} is missing or damaged: run `dvc repro`.") from error


def read_json(path: Path) -> Any:
    """What an earlier stage has written; raises BoxOfficeError naming the file."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BoxOfficeError(f"{path} is missing or damaged: run `dvc repro`.") from error
