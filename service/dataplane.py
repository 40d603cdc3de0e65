"""What stands behind every endpoint: the deployed model, its limits, and the counting."""

import gc
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import exp, isfinite
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from service.batching import Answer, Batcher, Question
from service.errors import BoxOfficeError
from service.films.schema import EXAMPLE, EXPECTED, TARGET
from service.limits import Limits, give_way, pieces
from service.model.background import Background
from service.model.comparables import Comparables, Table
from service.model.distribution import NOTHING, Asked
from service.model.encoding import Columns
from service.model.predictor import Forecast, Predictor
from service.model.reasons import Game, Reasons
from service.model.shapley import Masks, Shares, shapley
from service.settings import Settings
from service.telemetry import metrics
from service.validation import Film, columns

_log = logging.getLogger("bentoml.box_office")


class Dataplane:
    """Columns of films in, forecasts out, for whichever endpoint asks."""

    def __init__(
        self,
        predictor: Predictor,
        reasons: Reasons,
        comparables: Comparables,
        tag: str,
        limits: Limits,
    ) -> None:
        self.predictor, self.reasons, self.comparables = predictor, reasons, comparables
        self.tag = tag
        self.version = tag.partition(":")[2]
        self.limits = limits
        self.coverage = predictor.manifest.coverage
        self.stopping = False

    @classmethod
    def load(cls, model: Path | str, tag: str, settings: Settings) -> Self:
        """Load a model folder within the limits of the settings; raises ModelUnavailable."""
        folder = Path(model)
        predictor = Predictor.load(folder)
        reasons = Reasons(predictor, Background.read(folder))
        comparables = Comparables(Table.read(folder))
        dataplane = cls(predictor, reasons, comparables, tag, Limits(settings))
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

    async def explain(self, endpoint: str, film: Film) -> Answer:
        """What each field that a film gives does to its forecast."""
        single = columns([film])
        forecast = self.predictor.predict(single)
        metrics.count_forecasts(endpoint, forecast.horizon)
        return await self._explained(single, forecast, 0)

    async def explain_all(self, endpoint: str, columns: Columns) -> list[Answer]:
        """The same for films that validation has counted, one after the other."""
        forecast = await self.forecast(endpoint, columns)
        rows = range(len(forecast.horizon))
        return [await self._explained(columns, forecast, row) for row in rows]

    async def _explained(self, columns: Columns, forecast: Forecast, row: int) -> Answer:
        film = {name: values[row : row + 1] for name, values in columns.items()}
        game = self.reasons.game(film, forecast.horizon[row], forecast.used[row])
        shares = await self._shares(game)
        factors = zip(game.fields, shares.shares.tolist(), strict=True)
        return {
            TARGET: float(forecast.point[row]),
            "base": _nine_digits(exp(shares.nobody)),
            "factors": [
                {"field": name, "value": film[name][0], "factor": _nine_digits(exp(share))}
                for name, share in sorted(factors, key=lambda each: -abs(each[1]))
            ],
            "horizon": forecast.horizon[row],
            "exact": shares.exact,
            "standard_error": _nine_digits(shares.error),
            "model": self.tag,
        }

    async def _shares(self, game: Game) -> Shares:
        asking = shapley(len(game.fields))
        masks = next(asking)
        try:
            while True:
                masks = asking.send(await self._values(game, masks))
        except StopIteration as end:
            shares: Shares = end.value
            return shares

    async def _values(self, game: Game, masks: Masks) -> NDArray[np.float64]:
        await give_way()
        films, places = game.mixtures(masks)
        parts = [game.logs(films[piece]) async for piece in pieces(len(films))]
        values: NDArray[np.float64] = np.concatenate(parts)[places].mean(axis=1)
        return values

    def compare(self, endpoint: str, film: Film, count: int) -> Answer:
        """So many films that are most like one, and where its forecast stands among them."""
        single = columns([film])
        forecast = self.predictor.predict(single)
        metrics.count_forecasts(endpoint, forecast.horizon)
        nearest = self.comparables.nearest(single, forecast.horizon[0], count)
        above = sum(each.then > forecast.point[0] for each in nearest)
        return {
            "films": [
                {
                    "title": each.title,
                    **each.fields,
                    TARGET: each.target,
                    f"{TARGET}_then": each.then,
                    "distance": _nine_digits(each.distance),
                }
                for each in nearest
            ],
            "rank": {"position": int(above) + 1, "of": len(nearest) + 1},
            "model": self.tag,
        }

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


def _nine_digits(value: float) -> float:
    """A value with the digits that mean something, which are the same on every processor."""
    return float(f"{value:.9g}")
