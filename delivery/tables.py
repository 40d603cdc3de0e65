"""The raw tables of main, for a report that runs code which nobody has reviewed.

That code gets no credentials. So a job that runs the code of main fetches the tables, and the two
checkouts that are compared use the copy. Tables in the repository need none of it.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import fsspec
from fsspec.implementations.local import LocalFileSystem

from service.errors import BoxOfficeError
from training.common import params
from training.common.cli import run
from training.common.files import write_together
from training.common.params import PARAMS


def fetch(source: str, folder: Path) -> str:
    """Copy the files of a bucket into a folder, all or none; returns a line that says so.

    Raises BoxOfficeError if they cannot be read.
    """
    try:
        fs, root = fsspec.core.url_to_fs(source)
        if isinstance(fs, LocalFileSystem):
            return f"{source} is in the repository"
        paths = [each["name"] for each in fs.ls(root, detail=True) if each["type"] == "file"]
        tables = {folder / PurePosixPath(path).name: fs.cat_file(path) for path in paths}
    except Exception as error:
        raise BoxOfficeError(
            f"{source} cannot be read ({error}): see ingest.source in params.yaml, and what the "
            "reviewer may read in docs/google-cloud.md."
        ) from error
    write_together(tables)
    return f"{len(tables)} files of {source} are in {folder}"


def use(source: str, folder: Path, checkouts: Sequence[Path]) -> None:
    """Let checkouts whose tables are those of a source read them from a folder."""
    for checkout in checkouts:
        path = checkout / PARAMS
        path.write_text(path.read_text(encoding="utf-8").replace(source, str(folder.resolve())))


def main(argv: list[str] | None = None) -> int:
    """Fetch the tables of this checkout, or let it and others use them."""
    parser = argparse.ArgumentParser(prog="python -m delivery.tables", description=__doc__)
    parser.add_argument("step", choices=["fetch", "use"])
    parser.add_argument("folder", type=Path, help="for the tables")
    parser.add_argument("checkouts", type=Path, nargs="*", help="that are to use them as well")
    arguments = parser.parse_args(argv)
    source = params.load().ingest.source
    if arguments.step == "fetch":
        print(f"tables: {fetch(source, arguments.folder)}")
    elif arguments.folder.is_dir():
        use(source, arguments.folder, [Path(), *arguments.checkouts])
        print(f"tables: {arguments.folder} takes the place of {source}")
    return 0


if __name__ == "__main__":
    run("tables", main)
