"""What is counted for Prometheus, by door, over all workers."""

from collections import Counter as Tally
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

from service.predictor import Forecast

_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
_FILMS = (1, 10, 100, 1_000, 10_000)

# Named as Prometheus recommends: a unit at the end, and _total for what only grows.
_requests = Counter("box_office_requests", "Requests answered.", ["door", "outcome"])
_latency = Histogram(
    "box_office_request_duration_seconds", "Time to answer.", ["door"], buckets=_SECONDS
)
_batch = Histogram("box_office_batch_films", "Films in a request.", ["door"], buckets=_FILMS)
_forecasts = Counter("box_office_forecasts", "Forecasts given.", ["door", "horizon"])


def count_request(door: str, outcome: str, seconds: float) -> None:
    """Count a request through a door with its outcome, "ok" or the name of an error."""
    _request_child(door, outcome).inc()
    _latency_child(door).observe(seconds)


def count_forecast(door: str, forecast: Forecast) -> None:
    """Count the films of an answer and the horizons of their forecasts."""
    _batch_child(door).observe(len(forecast.horizon))
    for horizon, films in Tally(forecast.horizon).items():
        _forecast_child(door, horizon).inc(films)


def exposition() -> bytes:
    """What is counted, in the text format of Prometheus."""
    if values.ValueClass is values.MutexValue:  # a single process that shares no files
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)


# Looking up a child by its labels costs more than counting.
_request_child = cache(_requests.labels)
_latency_child = cache(_latency.labels)
_batch_child = cache(_batch.labels)
_forecast_child = cache(_forecasts.labels)
