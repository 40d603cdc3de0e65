"""One table of forecast and fact: what was said of a film, and what it became.

An outcome belongs to the forecast with its id, or to all forecasts of its title and year. Without
a title, forecasts are of one film where the fields of the first horizon and the outcome are equal.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from service.errors import BoxOfficeError
from service.films.fields import FIELDS, known_at
from service.films.schema import HORIZONS, NOUN, TARGET, TITLE
from training.common import csv_file
from training.films.join import row_key
from training.watching.journal import FORECASTS, OUTCOMES, Journal, outcome

COLUMNS = (*FORECASTS, TARGET, "known", "told")
_TIMES = ("time", "known", "told")
_UNTITLED = "Untitled"


def facts(journal: Journal) -> tuple[pd.DataFrame, dict[str, int]]:
    """The forecasts with a fact, by time, and what could not be joined.

    `known` is when the fact was first known, `told` when it was last, and `film` says which
    forecasts are of one film.
    """
    forecasts, outcomes = _titled(journal)
    pairs = pd.concat(
        [
            _pairs(outcomes, forecasts, by)
            for by in (["id"], ["film"])  # by both, it is the same pair twice
        ]
    ).sort_values(["time", "outcome"], kind="stable")
    last = pairs.groupby("forecast_id").agg(
        **{TARGET: (TARGET, "last"), "known": ("time", "min"), "told": ("time", "max")}
    )
    table = forecasts.merge(last, left_on="id", right_index=True).reset_index(drop=True)
    table = table.assign(film=table["film"].fillna(_alike(table)))
    before = judged(table)
    counts = {
        "forecasts": len(forecasts),
        f"forecasts of {NOUN}s whose outcome is known": len(table),
        f"{NOUN}s whose outcome is known": table["film"].nunique(),
        "intervals judged": len(before),
        "intervals that held": int(before[TARGET].between(before["low"], before["high"]).sum()),
        "outcomes of no known forecast": int((~outcomes.index.isin(pairs["outcome"])).sum()),
        **journal.skipped,
    }
    return table, counts


def _titled(journal: Journal) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecasts and outcomes with a `film`, where they have a title or an outcome gives it."""
    outcomes = journal.outcomes
    told = outcomes.dropna(subset=["id", TITLE]).drop_duplicates("id", keep="last").set_index("id")
    forecasts = journal.forecasts.copy()
    for name in (TITLE, *FIELDS):
        at = told[name].reindex(forecasts["id"]).set_axis(forecasts.index)
        forecasts[name] = forecasts[name].where(forecasts[name].notna(), at)
    return tuple(_with_key(table) for table in (forecasts, outcomes))  # type: ignore[return-value]


def _with_key(table: pd.DataFrame) -> pd.DataFrame:
    named = table[TITLE].notna()
    keys = pd.Series(None, index=table.index, dtype=object)
    if named.any():
        keys[named] = row_key(table[named].astype({TITLE: str}))
    return table.assign(film=keys)


def _pairs(outcomes: pd.DataFrame, forecasts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    left = outcomes[[*by, "time", TARGET]].assign(outcome=outcomes.index).dropna(subset=by)
    right = forecasts[by].assign(forecast_id=forecasts["id"]).dropna(subset=by)
    pairs = left.astype({by[0]: str}).merge(right.astype({by[0]: str}), on=by)
    return pairs[["outcome", "time", TARGET, "forecast_id"]]


def _alike(table: pd.DataFrame) -> "pd.Series[str]":
    """A name for each film without a title: of the earliest forecast of what is alike."""
    same = [*known_at(HORIZONS[0]), TARGET]
    first = (
        table.groupby(same, dropna=False)["id"].transform("first") if len(table) else table["id"]
    )
    return _UNTITLED + " " + first.astype(str)


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """One forecast of each film at each horizon by each model, in the order of what was known.

    It is the last before the fact: forecasts of one film are wrong together, so they count once.
    """
    before = table[table["time"] < table["known"]]
    once = before.drop_duplicates(["model", "horizon", "film"], keep="last")
    return once.sort_values(["known", "time", "id"], kind="stable", ignore_index=True)


def from_table(content: bytes, path: str, now: pd.Timestamp) -> Journal:
    """The outcomes of a CSV table: the target, and an id or what names a film.

    Rows are of now, unless they have a `time`. Raises BoxOfficeError naming the row at fault.
    """
    texts = csv_file.read(content, path, [TARGET])
    rows = []
    for number, row in texts.iterrows():
        known: Mapping[Any, Any] = row.dropna().to_dict()
        try:
            when = pd.Timestamp(known["time"]) if "time" in known else now
            when = when.tz_localize("UTC") if when.tzinfo is None else when
            rows.append({"time": when, **outcome(dict(known))})
        except (KeyError, ValueError) as error:
            raise BoxOfficeError(
                f"{path}: row {number} needs a positive {TARGET}, and an id or a {TITLE} "
                f"({error}): correct it."
            ) from error
    return Journal.of([], rows)


def kept(path: Path) -> Journal:
    """What an earlier run has joined: the journal may have forgotten it since."""
    if not (path.exists() and path.read_bytes().partition(b"\n")[2].strip()):
        return Journal.of([], [])  # there is no fact yet
    table = csv_file.read(path.read_bytes(), str(path), ["id", *_TIMES, TARGET])
    cells = table.astype(object).where(table.notna(), None).to_dict("records")
    rows = [{str(name): value for name, value in row.items()} for row in cells]
    said = [{**row, "time": row[when]} for when in ("known", "told") for row in rows]
    return Journal.of(rows, [{name: row.get(name) for name in OUTCOMES} for row in said])


def text(table: pd.DataFrame) -> str:
    """The table as CSV, for a pull request that shows it and for `kept`."""
    shown = table[[*COLUMNS]].copy()
    for name in _TIMES:
        shown[name] = shown[name].map(lambda time: time.isoformat())
    return str(shown.to_csv(index=False, lineterminator="\n", float_format="%.15g"))
