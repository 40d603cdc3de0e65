"""What stands behind every door: the deployed model, its limits, and the counting."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from service import metrics
from service.errors import BoxOfficeError
from service.features import Columns
from service.limits import Limits
from service.predictor import Forecast, Predictor


class Desk:
    """Columns of films in, forecasts out, for whichever door asks."""

    def __init__(self, predictor: Predictor, tag: str, limits: Limits) -> None:
        self.predictor = predictor
        self.tag = tag
        self.limits = limits
        self.coverage = predictor.card.coverage

    @contextmanager
    def request(self, door: str) -> Iterator[None]:
        """Hold a slot for one request and count it; raises Overloaded where there is none."""
        start, outcome = time.perf_counter(), "ok"
        try:
            with self.limits.slot():
                yield
        except BoxOfficeError as error:
            outcome = type(error).__name__
            raise
        except BaseException:
            outcome = "failed"
            raise
        finally:
            metrics.count_request(door, outcome, time.perf_counter() - start)

    def forecast(self, door: str, columns: Columns) -> Forecast:
        """Forecast the films of one request; raises TooLarge where they are too many."""
        self.limits.check_batch(len(next(iter(columns.values()), ())))
        forecast = self.predictor.predict(columns)
        metrics.count_forecast(door, forecast)
        return forecast

    def answers(self, forecast: Forecast) -> list[dict[str, Any]]:
        """The predictions of the schema, as dictionaries."""
        rows = zip(
            forecast.gross.tolist(),
            forecast.low.tolist(),
            forecast.high.tolist(),
            forecast.horizon,
            forecast.warnings,
            strict=True,
        )
        return [
            {
                "worldwide_gross": gross,
                "interval": {"low": low, "high": high, "coverage": self.coverage},
                "horizon": horizon,
                "warnings": warnings,
                "model": self.tag,
            }
            for gross, low, high, horizon, warnings in rows
        ]
