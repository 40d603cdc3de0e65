"""What is remembered of forecasts: one line of JSON each, made when it is written."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol
from zlib import crc32

import numpy as np
from pydantic_core import to_json

from service.films.schema import EXPECTED, TARGET
from service.model.encoding import Columns
from service.model.predictor import Forecast

KIND = "journal"  # the member that says what a line is about
FORECAST, OUTCOME = "forecast", "outcome"
Lines = Iterator[bytes]


class Entry(Protocol):
    """What is put into a journal at once: so many records, whose lines are made by its thread."""

    def __len__(self) -> int:
        """How many records it holds at most."""

    def lines(self) -> Lines:
        """Each record as JSON with a line's end."""


class Source(NamedTuple):
    """Where forecasts come from: an endpoint and the tag of a model."""

    endpoint: str
    model: str


class Forecasts:
    """The forecasts of n films that were answered together.

    Takes what the dataplane has at hand, as it is: names (n,), columns, a forecast, the coverage of
    its intervals, the traces (n,) of the requests, or none, and the share of films to keep.
    """

    __slots__ = (
        "_columns",
        "_coverage",
        "_forecast",
        "_ids",
        "_share",
        "_source",
        "_time",
        "_traces",
    )

    def __init__(
        self,
        source: Source,
        time: float,
        ids: Sequence[str],
        columns: Columns,
        forecast: Forecast,
        coverage: float,
        traces: Sequence[str] = (),
        share: float = 1.0,
    ) -> None:
        self._source, self._time, self._ids = source, time, ids
        self._columns, self._forecast, self._coverage = columns, forecast, coverage
        self._traces, self._share = traces, share

    def __len__(self) -> int:
        """How many films there are."""
        return len(self._ids)

    def lines(self) -> Lines:
        """The lines of the films that are kept."""
        start = b"%b%b," % (_start(FORECAST, self._time), _from(self._source))
        share, coverage = self._share, self._coverage
        names, forecast = tuple(self._columns), self._forecast
        given = self._columns.values()
        columns = [v.tolist() if isinstance(v, np.ndarray) else v for v in given]
        rows = zip(
            self._ids,
            zip(*columns, strict=True),
            *forecast.amounts[:4].tolist(),
            forecast.horizon,
            forecast.warnings,
            self._traces or [""] * len(self._ids),
            strict=True,
        )
        for name, film, point, low, high, expected, horizon, warnings, trace in rows:
            if share < 1 and not sampled(name, share):
                continue
            record = {
                "id": name,
                "fields": {n: value for n, value in zip(names, film, strict=True) if value},
                TARGET: point,
                EXPECTED: expected,
                "interval": {"low": low, "high": high, "coverage": coverage},
                "horizon": horizon,
                "warnings": warnings,
            }
            if trace:
                record["trace"] = trace
            yield b"%b%b\n" % (start, to_json(record)[1:])


class Outcomes:
    """What became of n films, each a dictionary, as an endpoint was told at a time."""

    def __init__(self, endpoint: str, time: float, outcomes: Sequence[Mapping[str, Any]]) -> None:
        self._endpoint, self._time, self._outcomes = endpoint, time, outcomes

    def __len__(self) -> int:
        """How many there are."""
        return len(self._outcomes)

    def lines(self) -> Lines:
        """The line of each."""
        start = b'%b",' % _start(OUTCOME, self._time)
        for outcome in self._outcomes:
            yield b"%b%b\n" % (start, to_json({"endpoint": self._endpoint, **outcome})[1:])


def sampled(name: str, share: float) -> bool:
    """Is the forecast of this name in a share of all? It always is, or it never is."""
    return crc32(name.encode()) < share * 2**32


def _start(kind: str, time: float) -> bytes:
    """How a line begins, up to the end of the time."""
    seconds = int(time)
    return b"%b.%03dZ" % (_second(kind, seconds), int((time - seconds) * 1000))


@lru_cache(2)
def _second(kind: str, seconds: int) -> bytes:
    time = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f'{{"{KIND}":"{kind}","time":"{time}'.encode()


@lru_cache
def _from(source: Source) -> bytes:
    return b'",%b' % to_json(source._asdict())[1:-1]
