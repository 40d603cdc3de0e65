"""Metrics for Prometheus, by endpoint, over all workers.

Counting may fail, for example on a full disk: it says so once in the log, and forecasts go on.
"""

import logging
import os
from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from pathlib import Path
from typing import Literal, ParamSpec

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

from service.films.schema import Horizon

Given = ParamSpec("Given")

_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
_FILMS = (1, 10, 100, 1_000, 10_000)
_SIZES = [float(f"{first}e{zeros}") for zeros in range(10) for first in (1, 3)]
_BYTES = 1 << 16  # as large as the client makes a file, and more than all metrics need
_log = logging.getLogger("bentoml.box_office")

# In memory, until `share` has made the files, in which there are no times of creation.
values.ValueClass = values.MutexValue
disable_created_metrics()  # type: ignore[no-untyped-call]
_registry = CollectorRegistry()

# Names as Prometheus recommends: a unit at the end; the client appends _total to counters.
_requests = Counter(
    "box_office_requests", "Requests answered.", ["endpoint", "outcome"], registry=_registry
)
_latency = Histogram(
    "box_office_request_duration_seconds",
    "Time to answer.",
    ["endpoint"],
    buckets=_SECONDS,
    registry=_registry,
)
_batch = Histogram(
    "box_office_batch_films",
    "Films in a request.",
    ["endpoint"],
    buckets=_FILMS,
    registry=_registry,
)
_forecasts = Counter(
    "box_office_forecasts", "Forecasts given.", ["endpoint", "horizon"], registry=_registry
)
_warnings = Counter(
    "box_office_warnings", "Warnings of forecasts, by kind.", ["kind"], registry=_registry
)
_unknown = Counter(
    "box_office_unknown_fields",
    "Forecasts without a field that they would use.",
    ["field"],
    registry=_registry,
)
_size = Histogram(
    "box_office_forecast_size",
    "What is forecast, in its unit.",
    ["horizon"],
    buckets=_SIZES,
    registry=_registry,
)
_journal = Counter(
    "box_office_journal_records", "Records of the journal.", ["outcome"], registry=_registry
)


def share(folder: str) -> None:
    """Count over all workers, in files of this folder, or alone where they cannot be made."""
    try:
        for kind in ("counter", "histogram"):
            _allocate(Path(folder) / f"{kind}_{os.getpid()}.db")
    except OSError as error:
        _say(f"This worker counts for itself alone: {error}")
    else:
        values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


def begin() -> None:
    """Say zero where an alert on the first needs the zero before it."""
    for outcome in ("written", "dropped"):
        _journal_child(outcome).inc(0)


def exposition() -> bytes:
    """All metrics, in the text format of Prometheus."""
    if values.ValueClass is not values.MutexValue:
        try:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        except Exception as error:
            _say(f"This worker shows its own metrics alone: {error}")
    return generate_latest(_registry)


def _allocate(path: Path) -> None:
    """Write a file of zeros, as large as the client makes an empty one.

    A hole in a mapped file ends the process that writes to it, where the disk has no room for it.
    """
    new = path.with_suffix(".new")
    try:
        new.write_bytes(bytes(_BYTES))
        new.rename(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


@cache
def _say(sentence: str) -> None:
    _log.warning(sentence)


def _alone(count: Callable[Given, None]) -> Callable[Given, None]:
    """Let counting fail alone, and not the request that is counted."""

    @wraps(count)
    def counted(*args: Given.args, **named: Given.kwargs) -> None:
        try:
            count(*args, **named)
        except Exception as error:
            _say(f"Some requests are not counted: {error}")

    return counted


@_alone
def count_request(endpoint: str, outcome: str, seconds: float) -> None:
    """Count a request to an endpoint; the outcome is "ok", the name of an error, or "failed"."""
    _request_child(endpoint, outcome).inc()
    _latency_child(endpoint).observe(seconds)


@_alone
def count_batch(endpoint: str, films: int) -> None:
    """Count a request with a list of films."""
    _batch_child(endpoint).observe(films)


@_alone
def count_forecasts(endpoint: str, horizons: list[Horizon]) -> None:
    """Count forecasts by their horizons."""
    for horizon, films in Tally(horizons).items():
        _forecast_child(endpoint, horizon).inc(films)


@_alone
def count_doubts(kinds: Mapping[str, int], unknown: Mapping[str, int]) -> None:
    """Count warnings by their kinds, and forecasts by the fields that they lack."""
    for kind, times in kinds.items():
        _warning_child(kind).inc(times)
    for field, films in unknown.items():
        _unknown_child(field).inc(films)


@_alone
def count_sizes(horizon: Horizon, sizes: Sequence[float]) -> None:
    """Count forecasts of one horizon by what is forecast."""
    child = _size_child(horizon)
    places = Tally(bisect_left(_SIZES, size) for size in sizes)
    # What `observe` does, once for all: it takes as long for one as this for a batch.
    child._sum.inc(sum(sizes))
    for place, films in places.items():
        child._buckets[place].inc(films)


@_alone
def count_journal(outcome: Literal["written", "dropped"], records: int) -> None:
    """Count records of the journal; it is called from two threads."""
    _journal_child(outcome).inc(records)


# Looking up a child by its labels costs more than counting.
_request_child = cache(_requests.labels)
_latency_child = cache(_latency.labels)
_batch_child = cache(_batch.labels)
_forecast_child = cache(_forecasts.labels)
_warning_child = cache(_warnings.labels)
_unknown_child = cache(_unknown.labels)
_size_child = cache(_size.labels)
_journal_child = cache(_journal.labels)
