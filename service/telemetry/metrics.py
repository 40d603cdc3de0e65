"""Metrics for Prometheus, by endpoint, over all workers."""

from collections import Counter as Tally
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

from service.films.schema import Horizon

_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
_FILMS = (1, 10, 100, 1_000, 10_000)

_SHARED = values.ValueClass is not values.MutexValue

# Names as Prometheus recommends: a unit at the end; the client appends _total to counters.
_requests = Counter("box_office_requests", "Requests answered.", ["endpoint", "outcome"])
_latency = Histogram(
    "box_office_request_duration_seconds", "Time to answer.", ["endpoint"], buckets=_SECONDS
)
_batch = Histogram("box_office_batch_films", "Films in a request.", ["endpoint"], buckets=_FILMS)
_forecasts = Counter("box_office_forecasts", "Forecasts given.", ["endpoint", "horizon"])


def count_request(endpoint: str, outcome: str, seconds: float) -> None:
    """Count a request to an endpoint; the outcome is "ok", the name of an error, or "failed"."""
    _request_child(endpoint, outcome).inc()
    _latency_child(endpoint).observe(seconds)


def count_batch(endpoint: str, films: int) -> None:
    """Count a request with a list of films."""
    _batch_child(endpoint).observe(films)


def count_forecasts(endpoint: str, horizons: list[Horizon]) -> None:
    """Count forecasts by their horizons."""
    for horizon, films in Tally(horizons).items():
        _forecast_child(endpoint, horizon).inc(films)


def exposition() -> bytes:
    """All metrics, in the text format of Prometheus."""
    if not _SHARED:
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


# Looking up a child by its labels costs more than counting.
_request_child = cache(_requests.labels)
_latency_child = cache(_latency.labels)
_batch_child = cache(_batch.labels)
_forecast_child = cache(_forecasts.labels)
