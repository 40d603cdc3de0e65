"""New rows to learn from, one a film, and those that are too odd for that."""

from dataclasses import dataclass

import pandas as pd

from service.films.fields import FIELDS
from service.films.schema import FLOOR, TARGET, TITLE
from training.films.outcomes import lacking, raw_tables
from training.films.tables import TABLES

APART = "set_apart.csv"
_SHOWN = ["id", TITLE, "forecast", TARGET, "reason"]


@dataclass(frozen=True)
class Rows:
    """What can be learned from, what was set apart with a `reason`, both with a row a film."""

    films: pd.DataFrame
    apart: pd.DataFrame

    def files(self) -> dict[str, str]:
        """Both as CSV, by file name: the raw tables that have rows, and what was set apart."""
        tables = {TABLES[n].files[0]: table for n, table in raw_tables(self.films).items()}
        tables = {name: table for name, table in tables.items() if len(table)}
        return {name: _csv(t) for name, t in (tables | {APART: self.apart[_SHOWN]}).items()}


def rows(facts: pd.DataFrame, most: float) -> Rows:
    """A row for each film of the facts: what was known of it last, and what it became.

    Set apart is a film that nothing can be learned from, is below what it is known not to be
    below, or is more than `most` times what was forecast. One of which little came is learned
    from: there are such flops, and without them forecasts would be too high.
    """
    films = facts.sort_values("time", kind="stable").groupby("film", sort=True, as_index=False)
    known = films[["id", "forecast", "known", TITLE, *FIELDS]].last()
    known[TARGET] = films[[TARGET]].last()[TARGET]
    known[TITLE] = known[TITLE].where(known[TITLE].notna(), known["film"])
    known = known.sort_values([TITLE, "film"], kind="stable", ignore_index=True)
    known = known.assign(reason=_reasons(known, most))
    fits = known["reason"] == ""
    return Rows(*(part.reset_index(drop=True) for part in (known[fits], known[~fits])))


def _reasons(films: pd.DataFrame, most: float) -> "pd.Series[str]":
    reason = lacking(films).astype(object)
    beyond = films[TARGET] > most * films["forecast"]
    reason = reason.where(~beyond | (reason != ""), f"over {most:g} times the forecast")
    if FLOOR:
        below = films[TARGET] < films[FLOOR]
        reason = reason.where(~below | (reason != ""), f"below its {FLOOR}")
    return reason


def _csv(table: pd.DataFrame) -> str:
    return str(table.to_csv(index=False, lineterminator="\n", float_format="%.15g"))
