"""What stands behind every endpoint: the deployed model, its limits, and the counting."""

import gc
import logging
import time
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from service.answers import Answer, Answers
from service.batching import Batcher, Question
from service.films.schema import EXAMPLE, Outcome
from service.journal.entries import Source
from service.journal.memory import Memory
from service.journal.signs import Signs
from service.journal.sinks import Give
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
from service.validation import columns

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
        memory: Memory | None = None,
    ) -> None:
        self.predictor, self.reasons, self.comparables = predictor, reasons, comparables
        self.tag = tag
        self.version = tag.partition(":")[2]
        self.limits = limits
        self.answers = Answers(tag, predictor.manifest.coverage)
        self.memory = memory or Memory(Settings())
        self.signs = Signs({h: part.fields for h, part in predictor.manifest.horizons.items()})
        self.stopping = False

    @classmethod
    def load(
        cls, model: Path | str, tag: str, settings: Settings, monitor: Give | None = None
    ) -> Self:
        """Load a model folder within the limits of the settings; raises ModelUnavailable."""
        folder = Path(model)
        predictor = Predictor.load(folder)
        reasons = Reasons(predictor, Background.read(folder))
        comparables = Comparables(Table.read(folder))
        dataplane = cls(
            predictor, reasons, comparables, tag, Limits(settings), Memory(settings, monitor)
        )
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

    async def forecast(
        self, endpoint: str, columns: Columns, asked: Asked = NOTHING
    ) -> tuple[list[str], Forecast]:
        """Forecast the films of one request, which validation has counted and accepted.

        Gives a name to each forecast.

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
        trace = self.memory.trace()
        traces = [trace] * films if trace else []
        return self._remember(endpoint, columns, forecast, asked, traces), forecast

    def _remember(
        self,
        endpoint: str,
        columns: Columns,
        forecast: Forecast,
        asked: Asked,
        traces: Sequence[str],
    ) -> list[str]:
        """Count and name the forecasts of n films, and let the journal have them."""
        metrics.count_forecasts(endpoint, forecast.horizon)
        self.signs.saw(forecast)
        coverage = asked.coverage or self.predictor.manifest.coverage
        source = Source(endpoint, self.tag)
        return self.memory.remember(source, columns, forecast, coverage, traces)

    def learn(self, endpoint: str, outcomes: Sequence[Outcome]) -> Answer:
        """Let the journal have outcomes whose sender has been checked; raises Overloaded."""
        return {"accepted": self.memory.register.add(endpoint, time.time(), outcomes)}

    async def explain(self, endpoint: str, film: Columns) -> Answer:
        """What each field that one film gives does to its forecast."""
        forecast = self.predictor.predict(film)
        metrics.count_forecasts(endpoint, forecast.horizon)
        game = self.reasons.game(film, forecast.horizon[0], forecast.used[0])
        return self.answers.explanation(film, forecast, game, await self._shares(game))

    async def explain_all(self, endpoint: str, columns: Columns) -> list[Answer]:
        """The same for films that validation has counted, one after the other."""
        films = len(next(iter(columns.values()), ()))
        metrics.count_batch(endpoint, films)
        rows = ({n: values[row : row + 1] for n, values in columns.items()} for row in range(films))
        return [await self.explain(endpoint, film) for film in rows]

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

    def compare(self, endpoint: str, film: Columns, count: int) -> Answer:
        """So many films that are most like one, and where its forecast stands among them."""
        forecast = self.predictor.predict(film)
        metrics.count_forecasts(endpoint, forecast.horizon)
        nearest = self.comparables.nearest(film, forecast.horizon[0], count)
        return self.answers.comparables(forecast, nearest)

    def singles(self, endpoint: str) -> Batcher:
        """Answers to single films of an endpoint, forecast together where they arrive together."""

        def answer_all(questions: list[Question]) -> list[Answer]:
            answers: list[Answer] = [{}] * len(questions)
            for asked in {asked for _, asked, _ in questions}:
                rows = [row for row, each in enumerate(questions) if each[1] == asked]
                films = columns(questions[row][0] for row in rows)
                forecast = self.predictor.predict(films, asked)
                traces = [questions[row][2] for row in rows]
                ids = self._remember(endpoint, films, forecast, asked, traces)
                told = self.answers.predictions(ids, forecast, asked)
                for row, answer in zip(rows, told, strict=True):
                    answers[row] = answer
            return answers

        return Batcher(answer_all, self.memory.trace)
