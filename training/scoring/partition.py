"""One piece of a table, scored: read, judged, forecast, and written whole or not at all."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from service import oip
from service.errors import BoxOfficeError
from service.films.fields import NUMBERS
from service.journal.ids import Ids
from service.model.distribution import Asked
from service.model.predictor import Forecast
from training.common.source import filesystem, reason
from training.scoring.judging import judge
from training.scoring.model import Model
from training.scoring.pieces import UNREADABLE, Piece
from training.scoring.reading import Fault, read
from training.scoring.tables import CSV, PARQUET, kind
from training.scoring.writing import Writer, published

HORIZON, WARNINGS = "horizon", "warnings"


class Count(NamedTuple):
    """What became of a piece: its number, the films that were forecast, and the bad rows."""

    number: int
    films: int
    bad: int


def added(asked: Asked) -> list[tuple[str, pa.DataType]]:
    """The columns that a forecast adds, as the Open Inference Protocol calls them."""
    chance = [oip.CHANCE] * (asked.at_least is not None)
    numbers = [(name, pa.float64()) for name in (*oip.AMOUNTS, *chance)]
    return [(oip.ID, pa.string()), *numbers, (HORIZON, pa.string()), (WARNINGS, pa.string())]


@dataclass(frozen=True)
class Task:
    """How each piece is scored: by which model, what is asked, and the folder where it goes.

    `prefix` begins the names of the columns that are added; `form` is the kind of file.
    """

    model: Model
    asked: Asked
    prefix: str
    folder: str
    form: str

    def part(self, number: int) -> str:
        """The name of what a piece becomes."""
        return f"part-{number:05d}.{self.form}"

    def side(self, number: int) -> str:
        """The name of the file that says what became of the rows of a piece."""
        return f"_part-{number:05d}.json"

    def score(self, piece: Piece) -> Count:
        """Score a piece, and write it beside what became of its rows.

        Raises BoxOfficeError naming the file that cannot be read, or the folder.
        """
        faults: list[Fault] = []
        films = 0
        try:
            fs, root = filesystem(self.folder)
            with published(fs, f"{root}/{self.part(piece.number)}") as out:
                unique = f"{self.prefix}{oip.ID}"
                with Writer(out, self.schema(piece), self.form, unique) as writer:
                    for rows in self._scored(piece, faults):
                        writer.write(rows)
                        films += len(rows)
                # Before the part has its name: where there is a part, there is what to say of it.
                bad = len({fault.row for fault in faults})
                file = piece.url.removeprefix("file://")
                told = {"file": file, "films": films, "bad": bad, "faults": sorted(faults)}
                with published(fs, f"{root}/{self.side(piece.number)}") as side:
                    side.write(json.dumps(told).encode())
        except UNREADABLE as error:
            raise BoxOfficeError(f"{self.folder} cannot be written: {reason(error)}.") from error
        return Count(piece.number, films, bad)

    def schema(self, piece: Piece) -> pa.Schema:
        """The columns of a part: those of its piece, and what is added."""
        came = [
            field.with_type(pa.float64()) if self._is_parsed(piece, field.name) else field
            for field in piece.schema
        ]
        return pa.schema([*came, *((f"{self.prefix}{name}", t) for name, t in added(self.asked))])

    def _is_parsed(self, piece: Piece, name: str) -> bool:
        """Does a column come as text and leave as numbers?"""
        return name in NUMBERS and kind(piece.url) == CSV and self.form == PARQUET

    def _scored(self, piece: Piece, faults: list[Fault]) -> Iterator[pa.RecordBatch]:
        predictor, ids, schema = self.model.predictor(), Ids(), self.schema(piece)
        for batch in read(piece, faults):
            films = judge(batch, kind(piece.url) == CSV, faults)
            if not films.good.any():
                continue
            forecast = predictor.predict(films.columns, self.asked)
            rows = batch.rows if films.good.all() else batch.rows.filter(pa.array(films.good))
            came = [
                pa.array(films.columns[name], mask=column.is_null().to_numpy(zero_copy_only=False))
                if self._is_parsed(piece, name)
                else column
                for name, column in zip(rows.schema.names, rows.columns, strict=True)
            ]
            names = ids.take(len(rows))
            told = [_told(name, names, forecast) for name, _ in added(self.asked)]
            yield pa.record_batch([*came, *told], schema)


def _told(name: str, ids: list[str], forecast: Forecast) -> pa.Array:
    if name == HORIZON:
        return pa.array(forecast.horizon)
    values = oip.output(ids, forecast, name)
    return pa.array(values, mask=values == "" if name == WARNINGS else None)
