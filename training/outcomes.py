"""Journal and outcomes to one table of forecast and fact, and to new rows for `ingest.source`.

Not a stage of the pipeline: what it writes is learned from only where a pull request shows it.
"""

import argparse
import json
import sys
from pathlib import Path

import fsspec
import pandas as pd

from service.errors import BoxOfficeError
from service.films.schema import NOUN
from training.common import params
from training.common.cli import run
from training.common.files import write_together
from training.common.paths import OUTCOMES, REPORTS
from training.films.tables import TABLES
from training.watching import facts, journal
from training.watching.clock import clock
from training.watching.rows import rows

REPORT = REPORTS / "outcomes.json"
FACTS = OUTCOMES / "facts.csv"


def _table(path: str, now: pd.Timestamp) -> journal.Journal:
    try:
        with fsspec.open(path) as file:
            content = file.read()
    except Exception as error:
        raise BoxOfficeError(f"{path} cannot be read ({error}): name a CSV file.") from error
    return facts.from_table(content, path, now)


def main(argv: list[str] | None = None) -> int:
    """Write data/outcomes and reports/outcomes.json; print what was counted."""
    settings = params.load().watch
    parser = argparse.ArgumentParser(prog="python -m training.outcomes", description=__doc__)
    parser.add_argument("--journal", default=settings.journal, help="folder or URL (%(default)s)")
    parser.add_argument("--table", help="outcomes as CSV, beside those in the journal")
    parser.add_argument("--now", type=clock, default="now", help="time of a table (%(default)s)")
    arguments = parser.parse_args(argv or [])
    known = facts.kept(FACTS) + journal.read(arguments.journal)
    if arguments.table:
        known += _table(arguments.table, arguments.now)
    table, counts = facts.facts(known.until(arguments.now))
    found = rows(table, settings.implausible)
    counts |= {f"{NOUN}s to learn from": len(found.films), f"{NOUN}s set apart": len(found.apart)}
    files: dict[Path, str | bytes] = {OUTCOMES / name: t for name, t in found.files().items()}
    write_together({**files, FACTS: facts.text(table), REPORT: json.dumps(counts, indent=2) + "\n"})
    for path in {OUTCOMES / table.files[0] for table in TABLES.values()} - set(files):
        path.unlink(missing_ok=True)  # an older one is of films that are set apart by now
    for name, count in counts.items():
        print(f"outcomes: {name}: {count}")
    for film in found.apart.itertuples():
        print(f"outcomes: set apart: {film.film}, {film.reason}")
    return 0


if __name__ == "__main__":
    run("outcomes", lambda: main(sys.argv[1:]))
