"""Raw tables to typed tables: read from every source, validate, merge, write Parquet."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from service.errors import BoxOfficeError
from training.common import csv_file, params, source
from training.common.cli import run
from training.common.files import write_together
from training.common.paths import REPORTS, TABLES
from training.common.raw import RawTable
from training.common.validation import Faults, validate
from training.films.merge import merge
from training.films.tables import TABLES as RAW_TABLES

REPORT = REPORTS / "ingest.json"


@dataclass(frozen=True)
class File:
    """What was read of a raw table: how many good rows, and what was wrong with the others."""

    rows: int
    sha256: str
    faults: Faults


@dataclass(frozen=True)
class Findings:
    """What the report says: the files by path, and what several sources have in common."""

    files: Mapping[str, File]
    merged: Mapping[str, Any]

    def facts(self) -> dict[str, Any]:
        """The report, for machines."""
        files = {
            path: {
                "sha256": file.sha256,
                "rows": file.rows,
                "dropped": {fault.rule: count for fault, count in file.faults.items()},
            }
            for path, file in self.files.items()
        }
        return {"files": files, **self.merged}

    def lines(self) -> list[str]:
        """The report, for people."""
        lines = []
        for path, file in self.files.items():
            dropped = "; ".join(f"{n} ({fault})" for fault, n in file.faults.items()) or "none"
            lines.append(f"{path}: {file.rows} rows; dropped: {dropped}")
        return lines


def read(where: str, table: RawTable, max_dropped: float) -> tuple[pd.DataFrame, dict[str, File]]:
    """A typed table of one source, and the file that it is from; empty where it may be absent."""
    found = source.read(where, table.files)
    if found is None and table.required:
        raise BoxOfficeError(_absent(where, table.files[0]))
    if found is None:
        empty = pd.DataFrame(columns=list(table.schema.columns))
        return table.schema.coerce_dtype(empty), {}
    path, content = found
    needed = [column for column, rule in table.schema.columns.items() if rule.required]
    texts = csv_file.read(content, path, needed)
    rows, faults = validate(texts, table.schema, path, max_dropped)
    return rows, {path: File(len(rows), hashlib.sha256(content).hexdigest(), faults)}


def _absent(where: str, name: str) -> str:
    record = Path(f"{where.rstrip('/')}.dvc")
    if record.exists() and not Path(where).exists():
        return (
            f"{where} is in ingest.source of params.yaml and not on this machine: get it with "
            f"`dvc pull {record}`, or take it out of ingest.source."
        )
    return (
        f"{where} has no {name}: put it there, or set ingest.source in params.yaml to the folders "
        "and URLs that hold the raw tables."
    )


def ingest(settings: params.Ingest) -> tuple[dict[str, pd.DataFrame], Findings]:
    """Typed tables by name, those of all sources as one, and what is to be said of them."""
    sources: list[dict[str, pd.DataFrame]] = []
    files: dict[str, File] = {}
    for where in settings.source:
        tables = {}
        for name, table in RAW_TABLES.items():
            tables[name], file = read(where, table, settings.max_dropped)
            files |= file
        sources.append(tables)
    merged, counts = merge(sources)
    return merged, Findings(files, counts)


def main(argv: list[str] | None = None) -> int:
    """Run the stage: params.yaml and the raw tables in, data/ingested and a report out."""
    tables, findings = ingest(params.load().ingest)
    files = {
        TABLES / f"{name}.parquet": table.to_parquet(index=False) for name, table in tables.items()
    }
    write_together({**files, REPORT: json.dumps(findings.facts(), indent=2) + "\n"})
    for path in set(TABLES.glob("*.parquet")) - set(files):
        path.unlink()  # DVC keeps what is there, and a table may no longer be one of ours
    for line in findings.lines():
        print(f"ingest: {line}")
    return 0


if __name__ == "__main__":
    run("ingest", main)
