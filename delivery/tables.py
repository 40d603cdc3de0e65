"""The raw tables of main, for a report that runs code which nobody has reviewed.

That code gets no credentials. So a job that runs the code of main fetches the tables, and the two
checkouts that are compared use the copy. Tables in the repository need none of it.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import fsspec
from fsspec.implementations.local import LocalFileSystem

from delivery import imports, sources
from service.errors import BoxOfficeError
from training.common import params
from training.common.cli import run
from training.common.files import write_together
from training.common.params import PARAMS


def fetch(listed: Sequence[str], folder: Path) -> None:
    """Copy the files of all sources elsewhere, each into a folder of its own, all or none.

    Raises BoxOfficeError if they cannot be read.
    """
    places = [(source, folder / str(number)) for number, source in enumerate(listed)]
    tables = {place / name: data for source, place in places for name, data in _files(source)}
    write_together(tables)


def _files(source: str) -> list[tuple[str, bytes]]:
    """Name and content of the files of a source; none of one that is in the repository."""
    if imports.tracked(source):
        imports.fetch(source)
    try:
        fs, root = fsspec.core.url_to_fs(source)
        if isinstance(fs, LocalFileSystem) and not imports.tracked(source):
            return []
        paths = [each["name"] for each in fs.ls(root, detail=True) if each["type"] == "file"]
        return [(PurePosixPath(path).name, fs.cat_file(path)) for path in paths]
    except Exception as error:
        raise BoxOfficeError(
            f"{source} cannot be read ({error}): see ingest.source in params.yaml, and what the "
            "reviewer may read in docs/google-cloud.md."
        ) from error


def use(listed: Sequence[str], folder: Path, checkouts: Sequence[Path]) -> None:
    """Let checkouts read from a folder what they would read from these sources."""
    new = {
        source: str(place.resolve())
        for source, place in ((each, folder / str(number)) for number, each in enumerate(listed))
        if place.is_dir()
    }
    for path in (checkout / PARAMS for checkout in checkouts):
        path.write_text(sources.replaced(path.read_text(encoding="utf-8"), new))


def main(argv: list[str] | None = None) -> int:
    """Fetch the tables of this checkout, or let it and others use them."""
    parser = argparse.ArgumentParser(prog="python -m delivery.tables", description=__doc__)
    parser.add_argument("step", choices=["fetch", "use"])
    parser.add_argument("folder", type=Path, help="for the tables")
    parser.add_argument("checkouts", type=Path, nargs="*", help="that are to use them as well")
    arguments = parser.parse_args(argv)
    listed = params.load().ingest.source
    if arguments.step == "fetch":
        fetch(listed, arguments.folder)
    else:
        use(listed, arguments.folder, [Path(), *arguments.checkouts])
    for number, source in enumerate(listed):
        place = arguments.folder / str(number)
        print(f"tables: {source} is in {place if place.is_dir() else 'the repository'}")
    return 0


if __name__ == "__main__":
    run("tables", main)
