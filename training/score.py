"""Forecasts of a whole table, of any size: CSV or Parquet in, CSV or Parquet out, on Dask.

Each part is written whole or not at all: what is interrupted goes on from the parts that are there.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from typing import Any

from dask.distributed import Client
from tqdm import tqdm

from service.errors import ROW, BoxOfficeError
from service.films.schema import NOUN
from service.parameters import asked
from service.settings import Settings
from training.common.cli import run
from training.common.cluster import client_of, results
from training.common.numbers import some
from training.scoring.model import Model
from training.scoring.output import Output
from training.scoring.partition import Count, Task
from training.scoring.pieces import Piece
from training.scoring.survey import check_columns, survey
from training.scoring.tables import KINDS, File, find

_QUIET = 30  # seconds between two lines of progress, where nobody looks on


def score(
    client: Client, task: Task, pieces: Sequence[Piece], whole: dict[int, Count]
) -> dict[int, Count]:
    """What became of each piece by its number, once all that are not in `whole` are scored."""
    counts = dict(whole)
    left = [piece for piece in pieces if piece.number not in whole]
    held = client.scatter(task, broadcast=True, hash=False)
    rows = sum(piece.rows for piece in pieces)
    with tqdm(
        desc="score",
        unit=f" {NOUN}s",
        unit_scale=True,
        total=rows,
        initial=rows - sum(piece.rows for piece in left),
        mininterval=0.1 if sys.stderr.isatty() else _QUIET,
    ) as bar:
        for place, count in results(client, Task.score, left, held):
            counts[count.number] = count
            bar.update(left[place].rows)
    return counts


def facts(files: Sequence[File], task: Task) -> dict[str, Any]:
    """What parts have to be of to be parts of one whole."""
    listed = repr([(file.url, file.size, file.mark) for file in files])
    return {
        "model": task.model.tag,
        "table": hashlib.sha256(listed.encode()).hexdigest(),
        "coverage": task.asked.coverage,
        "at_least": task.asked.at_least,
        "prefix": task.prefix,
        "format": task.form,
    }


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.score", description=f"Forecast every {NOUN} of a table."
    )
    parser.add_argument(
        "table", metavar="IN", help="CSV or Parquet: a file, a folder, a glob, a URL"
    )
    parser.add_argument("out", metavar="OUT", help="a folder, or a file .csv or .parquet")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="of Dask (the cores of this machine)"
    )
    parser.add_argument("--model", help="tag in the model store (BOX_OFFICE_MODEL, or the latest)")
    parser.add_argument("--coverage", help="of the bounds (that of the model)")
    parser.add_argument("--at-least", help="an amount, whose chance is a column then")
    parser.add_argument("--format", choices=KINDS, help="of the parts in a folder (parquet)")
    parser.add_argument("--prefix", default="", help="before the names of the columns added")
    parser.add_argument("--again", action="store_true", help="replace what was scored before")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Score a table; prints what became of it."""
    given = parse(argv)
    parameters = {"coverage": given.coverage, "at_least": given.at_least}
    wanted = asked({name: value for name, value in parameters.items() if value is not None})
    model = Model.stored(given.model or Settings.from_env().model)
    files, out = find(given.table), Output(given.out, given.format)
    if any(out.holds(file.url) for file in files):
        raise BoxOfficeError(f"{given.out} holds what is to be scored: name another folder.")
    task = Task(model, wanted, given.prefix, out.url, out.form)
    told = facts(files, task)
    if before := out.done(told, given.again):
        print(f"score: {_said(before, out)}, from before")
        return 0
    whole: dict[int, Count] = {}
    try:
        with client_of(given.scheduler, "training.scoring.partition") as client:
            pieces = survey(client, files)
            if strange := check_columns(pieces[0].schema, task):
                print(f"score: no fields of {ROW}, passed through: {', '.join(strange)}")
            out.begin(told, given.again)
            whole = out.whole(task, len(pieces))
            counts = score(client, task, pieces, whole)
    except KeyboardInterrupt as interrupt:
        raise BoxOfficeError(
            f"interrupted; the parts in {out.folder} that are whole are kept, and the same command "
            "goes on from there."
        ) from interrupt
    print(f"score: {_said(out.finish(told, task, list(counts.values())), out)}")
    return 0


def _said(total: Count, out: Output) -> str:
    bad = f"; {some(total.bad, 'bad row')} in {out.bad_rows}" if total.bad else ""
    return f"{some(total.films, NOUN)} in {out.where}{bad}"


if __name__ == "__main__":
    run("score", lambda: main(sys.argv[1:]))
