"""The estimator as most projects serve it: a DataFrame in, scikit-learn, numbers out."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from service.films.fields import FIELDS
from service.films.schema import EXPECTED, TARGET
from service.journal.ids import Ids
from service.model.predictor import Forecast
from training.estimator.films import columns

MODEL = "BENCHMARK_MODEL"  # the variable that names the folder of the model


class Pipeline:
    """The estimator of a stored model, loaded once."""

    def __init__(self, folder: Path) -> None:
        self._predictor = joblib.load(folder / "saved_model.pkl").predictor()
        self._ids = Ids()
        self.coverage: float = self._predictor.manifest.coverage
        self.model = f"{folder.parent.name}:{folder.name}"

    @classmethod
    def from_env(cls) -> "Pipeline":
        """Load the model that the benchmark names."""
        return cls(Path(os.environ[MODEL]))

    def forecast(self, frame: pd.DataFrame) -> Forecast:
        """Forecasts of n films, in USD."""
        forecast: Forecast = self._predictor.predict(columns(frame))
        return forecast

    def predictions(self, films: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The predictions of the schema for films by field, in USD."""
        forecast = self.forecast(pd.DataFrame(films, columns=list(FIELDS)))
        return [self._prediction(forecast, row) for row in range(len(films))]

    def _prediction(self, forecast: Forecast, row: int) -> dict[str, Any]:
        interval = {"low": forecast.low[row], "high": forecast.high[row], "coverage": self.coverage}
        return {
            TARGET: forecast.point[row],
            EXPECTED: forecast.expected[row],
            "interval": interval,
            "horizon": forecast.horizon[row],
            "used": forecast.used[row],
            "warnings": forecast.warnings[row],
            "model": self.model,
            "id": self._ids.take(1)[0],
        }
