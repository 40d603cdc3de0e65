"""Raw tables to typed tables: read, validate, count what was dropped, write Parquet."""

import json

import pandas as pd

from service.errors import BoxOfficeError
from training.common import csv_file, params, source
from training.common.cli import run
from training.common.files import write_together
from training.common.paths import REPORTS, TABLES
from training.common.validation import Faults, validate
from training.films.tables import TABLES as RAW_TABLES

REPORT = REPORTS / "ingest.json"


def ingest(settings: params.Ingest) -> tuple[dict[str, pd.DataFrame], dict[str, Faults]]:
    """Typed tables by name; for each that is there, what was wrong with rows that were dropped."""
    tables, faults = {}, {}
    for name, table in RAW_TABLES.items():
        file = source.read(settings.source, table.files)
        if file is None and table.required:
            raise BoxOfficeError(
                f"{settings.source} has no {table.files[0]}: put it there, or set ingest.source in "
                "params.yaml to the folder or URL that holds the raw tables."
            )
        if file is None:
            empty = pd.DataFrame(columns=list(table.schema.columns))
            tables[name] = table.schema.coerce_dtype(empty)
            continue
        path, content = file
        needed = [column for column, rule in table.schema.columns.items() if rule.required]
        texts = csv_file.read(content, path, needed)
        tables[name], faults[name] = validate(texts, table.schema, path, settings.max_dropped)
    return tables, faults


def main(argv: list[str] | None = None) -> int:
    """Run the stage: params.yaml and the raw tables in, data/ingested and a report out."""
    tables, faults = ingest(params.load().ingest)
    report = {
        name: {"rows": len(tables[name]), "dropped": {f.rule: n for f, n in counts.items()}}
        for name, counts in faults.items()
    }
    files = {
        TABLES / f"{name}.parquet": table.to_parquet(index=False) for name, table in tables.items()
    }
    write_together({**files, REPORT: json.dumps(report, indent=2) + "\n"})
    for path in set(TABLES.glob("*.parquet")) - set(files):
        path.unlink()  # DVC keeps what is there, and a table may no longer be one of ours
    for name, counts in faults.items():
        dropped = "; ".join(f"{count} ({fault})" for fault, count in counts.items()) or "none"
        print(f"ingest: {name}: {len(tables[name])} rows; dropped: {dropped}")
    return 0


if __name__ == "__main__":
    run("ingest", main)
