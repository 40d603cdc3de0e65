"""What the service has written down, as tables: its forecasts, and what became of the films."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import fsspec
import pandas as pd

from service.errors import BoxOfficeError
from service.films.fields import FIELDS, LABELS, NUMBERS
from service.films.schema import EXPECTED, TARGET, TITLE
from service.journal.entries import FORECAST, KIND, OUTCOME
from service.journal.sinks import SUFFIX

_FILES = (SUFFIX, ".json")  # the latter is how Cloud Logging calls what it exports
FORECASTS = (
    *("id", "time", "endpoint", "model", "horizon", "forecast", "expected"),
    *("low", "high", "coverage", "warnings", TITLE, *FIELDS),
)
OUTCOMES = ("id", "time", TARGET, TITLE, *FIELDS)
_TEXTS = ("id", "endpoint", "model", "horizon", TITLE, *LABELS)
_COUNTED = {"torn": "torn lines", "damaged": "lines that are no record"}

Rows = Iterable[dict[str, Any]]
NONE: Mapping[str, int] = {}


class Record(NamedTuple):
    """A line that was understood: of which kind, and the row that it is."""

    kind: str
    row: dict[str, Any]


@dataclass(frozen=True)
class Journal:
    """A row for each forecast and for each outcome, in the order of time, and what was skipped."""

    forecasts: pd.DataFrame
    outcomes: pd.DataFrame
    skipped: Mapping[str, int]

    @classmethod
    def of(cls, forecasts: Rows, outcomes: Rows, skipped: Mapping[str, int] = NONE) -> Self:
        """The rows as typed tables; of two forecasts with one id, the earlier."""
        asked = _typed(forecasts, FORECASTS).drop_duplicates("id", ignore_index=True)
        return cls(asked, _typed(outcomes, OUTCOMES), skipped)

    def until(self, now: pd.Timestamp) -> Self:
        """What was known at a time."""
        forecasts, outcomes = (
            table[table["time"] <= now].reset_index(drop=True)
            for table in (self.forecasts, self.outcomes)
        )
        return replace(self, forecasts=forecasts, outcomes=outcomes)

    def __add__(self, other: Self) -> Self:
        """Both, as one."""
        forecasts = [*_rows(self.forecasts), *_rows(other.forecasts)]
        outcomes = [*_rows(self.outcomes), *_rows(other.outcomes)]
        return self.of(forecasts, outcomes, Counter(self.skipped) + Counter(other.skipped))


def read(where: str) -> Journal:
    """The journal in a folder or under an fsspec URL; raises BoxOfficeError where there is none."""
    rows: dict[str, list[dict[str, Any]]] = {FORECAST: [], OUTCOME: []}
    skipped: Counter[str] = Counter()
    for content in _contents(where):
        for kind, row in _records(content):
            if kind in rows:
                rows[kind].append(row)
            else:
                skipped[_COUNTED[kind]] += 1
    return Journal.of(rows[FORECAST], rows[OUTCOME], skipped)


def _contents(where: str) -> Iterator[bytes]:
    try:
        fs, root = fsspec.core.url_to_fs(where.rstrip("/"))
        fs.invalidate_cache()
        paths = [path for path in sorted(fs.find(root)) if path.endswith(_FILES)]
    except Exception as error:
        raise BoxOfficeError(f"{where} cannot be read ({error}): name another journal.") from error
    if not paths:
        raise BoxOfficeError(
            f"{where} holds no journal: set BOX_OFFICE_JOURNAL where forecasts are served, and "
            "watch.journal in params.yaml, or --journal, to the same folder or URL."
        )
    for path in paths:
        try:
            yield fs.cat_file(path)
        except FileNotFoundError:
            continue  # rotated away since it was listed
        except Exception as error:
            raise BoxOfficeError(f"{path} cannot be read ({error}).") from error


def _records(content: bytes) -> Iterator[Record]:
    """The records of a file; a line that is none is `damaged`, or `torn` where it ends the file."""
    *lines, last = content.split(b"\n")
    for line in filter(bytes.strip, lines):
        if record := _record(line, "damaged"):
            yield record
    if last.strip() and (record := _record(last, "torn")):
        yield record


def _record(line: bytes, otherwise: str) -> Record | None:
    """What a line says; None if it is another line of a log."""
    try:
        entry = json.loads(line)
        record = entry.get("jsonPayload", entry)
        kind = record.get(KIND)
        if kind not in (FORECAST, OUTCOME):
            return None
        # Cloud Logging takes the time out of what it wraps.
        time = pd.Timestamp(record.get("time") or entry["timestamp"])
        time = time.tz_localize("UTC") if time.tzinfo is None else time.tz_convert("UTC")
        row = _forecast(record) if kind == FORECAST else outcome(record)
    except (AttributeError, KeyError, TypeError, ValueError):
        return Record(otherwise, {})
    return Record(kind, {"time": time, **row})


def _forecast(record: dict[str, Any]) -> dict[str, Any]:
    film, interval = record["fields"], record["interval"]
    bounds = {name: float(interval[name]) for name in ("low", "high", "coverage")}
    return {
        **{name: str(record[name]) for name in ("id", "endpoint", "model", "horizon")},
        "forecast": float(record[TARGET]),
        "expected": float(record[EXPECTED]),
        **bounds,
        "warnings": len(record["warnings"]),
        TITLE: film.get(TITLE),
        **{name: film.get(name) for name in FIELDS},
    }


def outcome(record: dict[str, Any]) -> dict[str, Any]:
    """The row of an outcome; raises ValueError where it has no amount, or says of nothing."""
    amount = float(record[TARGET])
    if not 0 < amount < float("inf"):
        raise ValueError(f"{TARGET} must be positive")
    if not (record.get("id") or record.get(TITLE)):
        raise ValueError(f"an outcome needs an id or a {TITLE}")
    return {TARGET: amount, **{n: record.get(n) for n in ("id", TITLE, *FIELDS)}}


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _typed(rows: Rows, columns: Iterable[str]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=list(columns))
    for name in table:
        if name == "time":
            table[name] = pd.to_datetime(table[name], utc=True, format="ISO8601")
        elif name in _TEXTS:
            texts = table[name].astype(object)
            table[name] = texts.where(texts.map(lambda text: isinstance(text, str) and text != ""))
        else:
            table[name] = pd.to_numeric(table[name], errors="coerce").astype(float)
            if name in NUMBERS:
                table[name] = table[name].mask(table[name] == 0)
    return table.sort_values("time", kind="stable", ignore_index=True)
