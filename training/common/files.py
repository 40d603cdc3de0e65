"""Files that are written whole, or not at all."""

from collections.abc import Mapping
from pathlib import Path


def write_together(contents: Mapping[Path, str | bytes]) -> None:
    """Write all files, text as UTF-8, or leave all of them as they were."""
    parts = {path: path.with_name(f".{path.name}.part") for path in contents}
    before = {path: path.read_bytes() if path.is_file() else None for path in contents}
    replaced: list[Path] = []
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            parts[path].write_bytes(content.encode() if isinstance(content, str) else content)
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


def _restore(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)


def write(path: Path, content: str | bytes) -> None:
    """Write one file whole, or leave it as it was."""
    write_together({path: content})
