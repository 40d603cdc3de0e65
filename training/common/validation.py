"""The rows of a raw table that fit its schema, and why the others do not."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
import pandera.errors
import pandera.pandas as pa

from service.errors import BoxOfficeError

_YEARS = (1850, 2150)
# A day before the month, as in 25/12/2009, and a year of two digits would have to be guessed at.
_DATE = re.compile(r"(?!(1[3-9]|[23]\d)\D\d{1,2}\D).*\d{4}")
_SHOWN = 40  # letters of a cell


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row."""

    rule: str
    text: str
    row: int

    def __str__(self) -> str:
        """The fault as a part of a sentence."""
        return f"{self.rule}, and is {self.text[:_SHOWN]!r} in row {self.row}"


Faults = dict[Fault, int]


def validate(
    table: pd.DataFrame, schema: pa.DataFrameSchema, path: str, most: float
) -> tuple[pd.DataFrame, Faults]:
    """The rows that fit the schema, typed; the others are counted by the first of their kind.

    Raises BoxOfficeError where the others are more than the share `most`.
    """
    rows, faults = _dated(table, schema)
    while True:
        try:
            typed = schema.validate(rows, lazy=True).reset_index(drop=True)
            break
        except pandera.errors.SchemaErrors as error:
            bad = _faults(error.failure_cases, table, path)
            faults += bad
            rows = rows.drop(index=[fault.row for fault in bad])
    counted = _counted(faults)
    if len(faults) > most * len(table):
        raise BoxOfficeError(
            f"{path}: {next(iter(counted))}; {len(faults):,} of {len(table):,} rows are wrong, "
            "more than ingest.max_dropped in params.yaml allows: correct them."
        )
    return typed, counted


def _dated(table: pd.DataFrame, schema: pa.DataFrameSchema) -> tuple[pd.DataFrame, list[Fault]]:
    """The table with dates as dates: pandera would read all in the spelling of the first."""
    faults: list[Fault] = []
    rows = table
    for name, column in schema.columns.items():
        if not str(column.dtype).startswith("datetime64") or name not in table:
            continue
        texts = rows[name]
        dates = pd.to_datetime(
            texts.where(texts.str.strip().str.match(_DATE)),
            format="mixed",
            errors="coerce",
            utc=True,
        ).dt.tz_localize(None)
        bad = texts.notna() & ~dates.dt.year.between(*_YEARS)
        rule = f"{name} must be a date such as 2009-12-25 or 12/25/2009"
        faults += [Fault(rule, text, row) for row, text in texts[bad].items()]
        rows = rows.assign(**{name: dates})[~bad]
    return rows, faults


def _faults(failures: pd.DataFrame, table: pd.DataFrame, path: str) -> list[Fault]:
    rows = failures.dropna(subset="index").drop_duplicates("index")
    if rows.empty:
        column, check = failures[["column", "check"]].iloc[0]
        raise BoxOfficeError(f"{path}: {column} fails {check}: correct it.")
    texts = table.fillna("")
    return [
        Fault(f"{column} {_rule(check)}", str(texts.at[row, column]), row)
        for column, check, row in zip(rows["column"], rows["check"], rows["index"], strict=True)
    ]


def _rule(check: str) -> str:
    if check == "not_nullable":
        return "must not be empty"
    return "must be a number such as 1234.5" if "dtype(" in check else check


def _counted(faults: Iterable[Fault]) -> Faults:
    """The first fault of each rule, and how many there are; the most frequent rule first."""
    counts = Counter(fault.rule for fault in faults)
    first = {fault.rule: fault for fault in sorted(faults, key=lambda f: f.row, reverse=True)}
    return {first[rule]: count for rule, count in counts.most_common()}
