"""What stands behind every endpoint: the deployed model, its limits, and the counting."""

import gc
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Self

from service.batching import Answer, Batcher, Question
from service.errors import BoxOfficeError
from service.films.schema import EXAMPLE, EXPECTED, TARGET
from service.limits import Limits, pieces
from service.model.distribution import NOTHING, Asked
from service.model.encoding import Columns
from service.model.predictor import Forecast, Predictor
from service.settings import Settings
from service.telemetry import metrics
from service.validation import columns

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

    async def forecast(self, endpoint: str, columns: Columns, asked: Asked = NOTHING) -> Forecast:
        """Forecast the films of one request, which validation has counted and accepted.

        Raises TooLarge where too much is asked of so many.
        """
        films = len(next(iter(columns.values()), ()))
        self.limits.check_quantiles(films, len(asked.quantiles))
        parts = [
            self.predictor.predict({name: values[piece] for name, values in columns.items()}, asked)
            async for piece in pieces(films)
        ]
        forecast = parts[0] if len(parts) == 1 else Forecast.join(parts)
        metrics.count_batch(endpoint, len(forecast.horizon))
        metrics.count_forecasts(endpoint, forecast.horizon)
        return forecast

    def singles(self, endpoint: str) -> Batcher:
        """Answers to single films of an endpoint, forecast together where they arrive together."""

        def answer_all(questions: list[Question]) -> list[Answer]:
            answers: list[Answer] = [{}] * len(questions)
            for asked in {asked for _, asked in questions}:
                rows = [row for row, each in enumerate(questions) if each[1] == asked]
                forecast = self.predictor.predict(columns(questions[row][0] for row in rows), asked)
                metrics.count_forecasts(endpoint, forecast.horizon)
                for row, answer in zip(rows, self.answers(forecast, asked), strict=True):
                    answers[row] = answer
            return answers

        return Batcher(answer_all)

    def answers(self, forecast: Forecast, asked: Asked = NOTHING) -> list[Answer]:
        """The predictions of the schema, as dictionaries, with what is asked beside."""
        coverage = asked.coverage or self.coverage
        rows = zip(
            *forecast.amounts[:4].tolist(),
            forecast.horizon,
            forecast.used,
            forecast.warnings,
            strict=True,
        )
        answers: list[Answer] = [
            {
                TARGET: point,
                EXPECTED: expected,
                "interval": {"low": low, "high": high, "coverage": coverage},
                "horizon": horizon,
                "used": used,
                "warnings": warnings,
                "model": self.tag,
            }
            for point, low, high, expected, horizon, used, warnings in rows
        ]
        if asked.at_least is not None:
            for answer, probability in zip(answers, forecast.chance[0].tolist(), strict=True):
                answer["chance"] = {"at_least": asked.at_least, "probability": probability}
        if asked.quantiles:
            for answer, quantiles in zip(answers, forecast.amounts[4:].T.tolist(), strict=True):
                told = zip(asked.quantiles, quantiles, strict=True)
                answer["quantiles"] = [{"probability": p, TARGET: q} for p, q in told]
        return answers
