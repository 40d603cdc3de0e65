"""Raw tables of another repository, imported with DVC: learn from them, or do so no more.

Only the .dvc file of an import is in this repository: where the tables are, in which revision, and
their hash.
"""

import argparse
import shutil
from pathlib import Path

import yaml
from dvc.api import DVCFileSystem
from dvc.scm import RevError

from delivery import sources
from delivery.process import CommandFailed, call
from service.errors import BoxOfficeError
from training.common import params
from training.common.cli import run
from training.common.files import write
from training.common.params import PARAMS


def record(source: str) -> Path:
    """The .dvc file of a source."""
    return Path(f"{source.rstrip('/')}.dvc")


def tracked(source: str) -> bool:
    """Whether DVC tracks a source by a .dvc file."""
    return record(source).is_file()


def fetch(source: str) -> None:
    """Get the tables, of that hash and all of them; raises BoxOfficeError saying why it cannot."""
    if not tracked(source):
        raise BoxOfficeError(f"{record(source)} is missing: `git checkout {record(source)}`.")
    try:
        call("dvc", "pull", str(record(source)))
    except CommandFailed as error:
        raise BoxOfficeError(_reason(source) or str(error)) from error


def _reason(source: str) -> str | None:
    """Why an import has failed, which DVC does not tell."""
    if Path(source).exists():
        return f"{source} holds files that were not imported: move it away, and try again."
    [tables] = yaml.safe_load(record(source).read_text(encoding="utf-8")).get("deps") or [None]
    if tables is None:
        return None
    url, revision, path = tables["repo"]["url"], tables["repo"]["rev_lock"], tables["path"]
    other = f"undo what was changed in {record(source)}, or import another one with `dvc update`"
    try:
        DVCFileSystem(url, rev=revision).ls(path)
    except RevError:
        return f"{url} has no revision {revision}: {other}."
    except FileNotFoundError:
        return f"{url} has no {path} in revision {revision}: {other}."
    except Exception:  # DVC passes on those of the libraries that it reaches a repository with
        return f"{url} cannot be reached: check the network, and try again."
    return (
        f"{path} of {url} does not have the hash that {record(source)} says, and was left out: "
        f"{other}."
    )


def add(source: str) -> None:
    """Let the pipeline learn from an import too, once it is here."""
    listed = params.load().ingest.source
    fetch(source)
    if source not in listed:
        write(PARAMS, sources.added(_text(), source))


def remove(source: str) -> None:
    """Let the pipeline learn from an import no more, and delete it here."""
    if source in params.load().ingest.source:
        write(PARAMS, sources.removed(_text(), source))
    if tracked(source) and Path(source).is_dir():
        shutil.rmtree(source)


def _text() -> str:
    return PARAMS.read_bytes().decode()


def main(argv: list[str] | None = None) -> int:
    """Add or remove an import."""
    parser = argparse.ArgumentParser(prog="python -m delivery.imports", description=__doc__)
    parser.add_argument("step", choices=["add", "remove"])
    parser.add_argument("source", help="the folder of the import, as data/openings")
    arguments = parser.parse_args(argv)
    (add if arguments.step == "add" else remove)(arguments.source)
    print(f"imports: ingest.source is {', '.join(params.load().ingest.source)}")
    return 0


if __name__ == "__main__":
    run("imports", main)
