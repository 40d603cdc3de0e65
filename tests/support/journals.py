"""Journals as a service leaves them: forecasts of a real model, written as JSON lines."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from service.films.fields import FIELDS, LABELS
from service.films.schema import EXPECTED, TARGET
from service.journal.sinks import SUFFIX
from service.model.predictor import Predictor

Record = dict[str, Any]


def forecasts(
    predictor: Predictor,
    films: pd.DataFrame,
    times: Sequence[pd.Timestamp],
    model: str,
    prefix: str = "f",
) -> list[Record]:
    """What the journal says of forecasts of these films at these times."""
    told = films[[*FIELDS]].astype(object).where(films[[*FIELDS]].notna(), None)
    columns = {n: told[n].tolist() if n in LABELS else films[n].tolist() for n in FIELDS}
    answer = predictor.predict(columns)
    return [
        {
            "journal": "forecast",
            "id": f"{prefix}{row:05}",
            "time": time.isoformat().replace("+00:00", "Z"),
            "endpoint": "grpc" if row % 4 == 0 else "rest",
            "model": model,
            "fields": {name: value for name, value in film.items() if value is not None},
            TARGET: float(answer.point[row]),
            EXPECTED: float(answer.expected[row]),
            "interval": {
                "low": float(answer.low[row]),
                "high": float(answer.high[row]),
                "coverage": predictor.manifest.coverage,
            },
            "horizon": answer.horizon[row],
            "warnings": answer.warnings[row],
        }
        for row, (time, film) in enumerate(zip(times, told.to_dict("records"), strict=True))
    ]


def outcomes(
    said: Iterable[Record], random: np.random.Generator, inside: float, after: str = "1D"
) -> list[Record]:
    """What the films became, some time after: inside their intervals with that probability."""
    facts = []
    for record in said:
        low, high = record["interval"]["low"], record["interval"]["high"]
        share = random.random()
        value = low * (high / low) ** share if random.random() < inside else high * (1.1 + share)
        time = pd.Timestamp(record["time"]) + pd.Timedelta(after)
        fact = {"journal": "outcome", "id": record["id"], "time": time.isoformat()}
        facts.append({**fact, TARGET: float(round(value))})
    return facts


def days(start: str, count: int, a_day: int) -> list[pd.Timestamp]:
    """Times of so many films a day, an hour apart."""
    first = pd.Timestamp(start, tz="UTC")
    step = pd.Timedelta(hours=24 / a_day)
    return [first + step * number for number in range(count)]


def records(folder: Path, torn: bool = False) -> list[Record]:
    """What is in the files of a folder, by their names; a last line may be torn, or none is."""
    lines = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        *whole, last = path.read_bytes().split(b"\n")
        assert torn or last == b"", f"{path.name} ends with {last!r}"
        lines += whole
    return [json.loads(line) for line in lines]


def write(folder: Path, records: Iterable[Record], name: str = "journal.jsonl") -> Path:
    """A file of a journal; gives its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record) + "\n" for record in records]
    (folder / name).write_text("".join(lines), encoding="utf-8")
    return folder
