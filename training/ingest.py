"""Raw tables to typed tables: read, validate, count what was dropped, write Parquet."""

import io
import json
from collections import Counter
from collections.abc import Sequence

import fsspec
import pandas as pd
import pandera.errors
import pandera.pandas as pa

from service.errors import BoxOfficeError
from training.common import params
from training.common.cli import run
from training.common.files import write_together
from training.common.paths import REPORTS, TABLES
from training.films.tables import TABLES as RAW_TABLES

REPORT = REPORTS / "ingest.json"
_YEARS = (1850, 2150)


def read(source: str, names: Sequence[str]) -> tuple[str, pd.DataFrame] | None:
    """The first of the named files in the source, as text columns; None if there is none."""
    try:
        fs, root = fsspec.core.url_to_fs(source)
        file = next((n for n in names if fs.exists(f"{root}/{n}")), None)
        raw = b"" if file is None else fs.cat_file(f"{root}/{file}")
    except Exception as error:
        raise BoxOfficeError(
            f"{source} cannot be read ({error}): set ingest.source in params.yaml to a folder "
            "or URL that you can read."
        ) from error
    if file is None:
        return None
    try:
        table = pd.read_csv(io.BytesIO(raw), dtype=str, keep_default_na=False)
        if not isinstance(table.index, pd.RangeIndex):
            raise ValueError("its rows are longer than its header")
    except (ValueError, pd.errors.ParserError) as error:
        raise BoxOfficeError(
            f"{source}/{file} is not a CSV table in UTF-8 ({str(error).strip()}): export it again."
        ) from error
    blank = table.apply(lambda texts: texts.str.strip() == "")
    return f"{source}/{file}", table.mask(blank)


def validate(
    table: pd.DataFrame, schema: pa.DataFrameSchema, name: str
) -> tuple[pd.DataFrame, Counter[str]]:
    """The rows that fit the schema, typed, and how many did not, by column and check.

    Raises BoxOfficeError for a missing column or a table without a good row.
    """
    table, dropped = _dated(table, schema)
    while not table.empty:
        try:
            return schema.validate(table, lazy=True).reset_index(drop=True), dropped
        except pandera.errors.SchemaErrors as error:
            bad = _bad_rows(error.failure_cases, schema, name)
            dropped.update(bad)
            table = table.drop(index=bad.index)
    raise BoxOfficeError(
        f"{name} has no usable row ({_said(dropped)}): it needs {_columns(schema)}."
    )


def _dated(table: pd.DataFrame, schema: pa.DataFrameSchema) -> tuple[pd.DataFrame, Counter[str]]:
    dropped: Counter[str] = Counter()
    for name, column in schema.columns.items():
        if not str(column.dtype).startswith("datetime64") or name not in table:
            continue
        texts = table[name]
        # Each by itself: pandera would read all of them in the spelling of the first.
        dates = pd.to_datetime(texts, format="mixed", errors="coerce", utc=True).dt.tz_localize(
            None
        )
        bad = texts.notna() & ~dates.dt.year.between(*_YEARS)
        if bad.any():
            dropped[f"{name}: not a date"] = int(bad.sum())
        table = table.assign(**{name: dates})[~bad]
    return table, dropped


def _bad_rows(failures: pd.DataFrame, schema: pa.DataFrameSchema, name: str) -> pd.Series:
    missing = failures[failures["check"] == "column_in_dataframe"]
    if not missing.empty:
        raise BoxOfficeError(
            f"{name} lacks the column {missing['failure_case'].iloc[0]!r}: "
            f"add it; the table needs {_columns(schema)}."
        )
    rows = failures.dropna(subset="index").drop_duplicates("index")
    if rows.empty:
        column, check = failures[["column", "check"]].iloc[0]
        raise BoxOfficeError(f"{name} fails {check} in the column {column!r}: correct it.")
    check = rows["check"].str.replace("coerce_dtype", "type", regex=False)
    return pd.Series((rows["column"] + ": " + check).to_list(), index=rows["index"])


def _columns(schema: pa.DataFrameSchema) -> str:
    return ", ".join(name for name, column in schema.columns.items() if column.required)


def _said(dropped: Counter[str]) -> str:
    return ", ".join(f"{n} x {reason}" for reason, n in dropped.items()) or "it is empty"


def ingest(source: str) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, object]]]:
    """Typed tables by name, and for each the rows kept and dropped by reason."""
    tables, report = {}, {}
    for name, table in RAW_TABLES.items():
        file = read(source, table.files)
        if file is None and table.required:
            raise BoxOfficeError(
                f"{source} has no {table.files[0]}: put it there, or set ingest.source in "
                "params.yaml to the folder or URL that holds the raw tables."
            )
        if file is None:
            empty = pd.DataFrame(columns=list(table.schema.columns))
            tables[name] = table.schema.coerce_dtype(empty)
            continue
        path, rows = file
        tables[name], dropped = validate(rows, table.schema, path)
        report[name] = {"rows": len(tables[name]), "dropped": dict(sorted(dropped.items()))}
    return tables, report


def main(argv: list[str] | None = None) -> int:
    """Run the stage: params.yaml and the raw tables in, data/ingested and a report out."""
    tables, report = ingest(params.load().ingest.source)
    files = {
        TABLES / f"{name}.parquet": table.to_parquet(index=False) for name, table in tables.items()
    }
    write_together({**files, REPORT: json.dumps(report, indent=2) + "\n"})
    for name, counts in report.items():
        print(f"ingest: {name}: {counts['rows']} rows; dropped: {counts['dropped'] or 'none'}")
    return 0


if __name__ == "__main__":
    run("ingest", main)
