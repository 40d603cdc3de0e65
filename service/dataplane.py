"""What stands behind every endpoint: the deployed model, its limits, and the counting."""

import gc
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Self

from service.batching import Answer, Batcher
from service.errors import BoxOfficeError
from service.films.schema import EXAMPLE, EXPECTED, TARGET
from service.limits import Limits, pieces
from service.model.encoding import Columns
from service.model.predictor import Forecast, Predictor
from service.settings import Settings
from service.telemetry import metrics
from service.validation import Film, columns

_log = logging.getLogger("bentoml.box_office")


class Dataplane:
    """Columns of films in, forecasts out, for whichever endpoint asks."""

    def __init__(self, predictor: Predictor, tag: str, limits: Limits) -> None:
        self.predictor = predictor
        self.tag = tag
        self.version = tag.partition(":")[2]
        self.limits = limits
        self.coverage = predictor.manifest.coverage
        self.stopping = False

    @classmethod
    def load(cls, model: Path | str, tag: str, settings: Settings) -> Self:
        """Load a model folder within the limits of the settings; raises ModelUnavailable."""
        dataplane = cls(Predictor.load(model), tag, Limits(settings))
        # Garbage collection made the slowest 1 % of requests: collect rarely, never what is here.
        gc.collect()
        gc.freeze()
        gc.set_threshold(200_000, 50, 50)
        return dataplane

    def ready(self) -> bool:
        """Is this worker not stopping, and can it forecast the example of the schema?"""
        if self.stopping:
            return False
        try:
            forecast = self.predictor.predict({name: [known] for name, known in EXAMPLE.items()})
        except Exception as error:
            _log.error("Not ready, as the example cannot be forecast: %r", error)
            return False
        return isfinite(forecast.point[0])

    @contextmanager
    def counted(self, endpoint: str) -> Iterator[None]:
        """Count one request and its outcome."""
        start, outcome = time.perf_counter(), "ok"
        try:
            yield
        except BoxOfficeError as error:
            outcome = type(error).__name__
            raise
        except BaseException:
            outcome = "failed"
            raise
        finally:
            metrics.count_request(endpoint, outcome, time.perf_counter() - start)

    async def forecast(self, endpoint: str, columns: Columns) -> Forecast:
        """Forecast the films of one request, which validation has counted and accepted."""
        films = len(next(iter(columns.values()), ()))
        parts = [
            self.predictor.predict({name: values[piece] for name, values in columns.items()})
            async for piece in pieces(films)
        ]
        forecast = parts[0] if len(parts) == 1 else Forecast.join(parts)
        metrics.count_batch(endpoint, len(forecast.horizon))
        metrics.count_forecasts(endpoint, forecast.horizon)
        return forecast

    def singles(self, endpoint: str) -> Batcher:
        """Answers to single films of an endpoint, forecast together where they arrive together."""

        def answer_all(films: list[Film]) -> list[Answer]:
            forecast = self.predictor.predict(columns(films))
            metrics.count_forecasts(endpoint, forecast.horizon)
            return self.answers(forecast)

        return Batcher(answer_all)

    def answers(self, forecast: Forecast) -> list[Answer]:
        """The predictions of the schema, as dictionaries."""
        rows = zip(
            forecast.point.tolist(),
            forecast.expected.tolist(),
            forecast.low.tolist(),
            forecast.high.tolist(),
            forecast.horizon,
            forecast.used,
            forecast.warnings,
            strict=True,
        )
        return [
            {
                TARGET: point,
                EXPECTED: expected,
                "interval": {"low": low, "high": high, "coverage": self.coverage},
                "horizon": horizon,
                "used": used,
                "warnings": warnings,
                "model": self.tag,
            }
            for point, expected, low, high, horizon, used, warnings in rows
        ]
