"""The requests and their right answers: a model, films, their forecasts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bentoml
import numpy as np
from numpy.typing import NDArray

from benchmarks.predictor import batch, film
from service.films.schema import TARGET
from service.model.predictor import Predictor
from service.settings import MODEL_NAME, SERVING

Films = Mapping[str, list[Any]]  # columns by field
Floats = NDArray[np.float64]
ASKED = (TARGET, "low", "high")  # outputs in the Open Inference Protocol
COUNT = 10_000
_AT_MOST = 64


@dataclass(frozen=True)
class Material:
    """A stored model, films by column, and forecast, low and high (n, 3) of each."""

    tag: str
    folder: Path
    films: Films
    expected: Floats

    @classmethod
    def of_latest_model(cls) -> "Material":
        """Films for the latest model in the BentoML store, with the forecasts of its predictor."""
        model = bentoml.models.get(f"{MODEL_NAME}:latest")
        predictor = Predictor.load(model.path_of(SERVING))
        films = batch(film(predictor), COUNT)
        forecast = predictor.predict(films)
        expected = np.column_stack([forecast.point, forecast.low, forecast.high])
        return cls(str(model.tag), Path(model.path), films, expected)

    def parts(self, size: int) -> list["Part"]:
        """Up to 64 different requests of `size` films each."""
        return [
            Part({n: v[at : at + size] for n, v in self.films.items()}, self.expected[at:][:size])
            for at in range(0, min(COUNT, _AT_MOST * size), size)
        ]


@dataclass(frozen=True)
class Part:
    """The films of one request, and the right answer (n, 3), in USD."""

    films: Films
    expected: Floats

    def difference(self, answer: Floats) -> str:
        """What is wrong with an answer (n, 3), or "".

        A difference of 0.1% is allowed, because the graphs compute in single precision.
        """
        if answer.shape != self.expected.shape:
            return f"{len(answer)} answers instead of {len(self.expected)}"
        right = np.isclose(answer, self.expected, rtol=1e-3, atol=1).all(axis=1)
        if right.all():
            return ""
        film = int(right.argmin())
        return f"{answer[film].tolist()} instead of {self.expected[film].tolist()} USD"


def rows(films: Films) -> list[dict[str, Any]]:
    """Films by field, from columns."""
    return [dict(zip(films, row, strict=True)) for row in zip(*films.values(), strict=True)]


def length(films: Films) -> int:
    """The number of films."""
    return len(next(iter(films.values())))
