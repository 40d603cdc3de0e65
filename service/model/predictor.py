"""Columns of films in, forecasts out: numpy and ONNX Runtime, no web and no environment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from service.errors import ModelUnavailable
from service.films.fields import FIELDS
from service.films.schema import HORIZONS, OPENED_BY, Horizon
from service.model.encoding import Columns, Encoder, Features
from service.model.manifest import Manifest
from service.model.plausibility import Plausibility

Floats = NDArray[np.float64]
Logs = Callable[[NDArray[np.float32]], Floats]

# So many films at a time stay in the cache of a core; 10,000 at once take 14 % longer.
_ROWS = 1000


@dataclass(frozen=True)
class Forecast:
    """Forecasts of n films: whole USD with low <= point <= high, horizons and warnings."""

    point: Floats
    low: Floats
    high: Floats
    horizon: list[Horizon]
    warnings: list[list[str]]

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """The same films in one forecast."""
        point, low, high = np.hstack([(part.point, part.low, part.high) for part in parts])
        horizons = [horizon for part in parts for horizon in part.horizon]
        return cls(point, low, high, horizons, [each for part in parts for each in part.warnings])


class Predictor:
    """Forecasts from a manifest and, for each horizon, a function from features to logs.

    `logs[horizon]` maps the (n, features) matrix to natural logarithms of the target (n,): an ONNX
    graph when serving, a scikit-learn estimator in training.
    """

    def __init__(self, manifest: Manifest, logs: dict[Horizon, Logs]) -> None:
        self.manifest = manifest
        self._logs = logs
        self._encoder = Encoder(manifest.categories)
        self._plausibility = Plausibility(manifest)
        self._openings = [
            (HORIZONS.index(horizon), FIELDS.index(field))
            for horizon, field in OPENED_BY.items()
            if horizon in logs
        ]
        self._curves = {horizon: part.interval for horizon, part in manifest.horizons.items()}
        self._features = {
            horizon: Features(part.fields, manifest.categories)
            for horizon, part in manifest.horizons.items()
        }

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Load a model folder; raises ModelUnavailable naming the file at fault."""
        folder = Path(folder)
        manifest = Manifest.read(folder)
        return cls(manifest, {h: _graph(folder / f"{h}.onnx") for h in manifest.horizons})

    def predict(self, columns: Columns) -> Forecast:
        """Forecast n films from columns of length n; NaN, None, 0 and absent are unknown.

        Raises ArithmeticError where a forecast is not finite, which no film can be the cause of.
        """
        raw = self._encoder.encode(columns)
        reached = self._reached(raw)
        horizons: list[Horizon] = [HORIZONS[late] for late in reached.tolist()]
        dollars = np.rint(np.exp(self._bracketed(raw, reached, set(horizons))))
        if not isfinite(np.add.reduce(dollars, axis=None)):
            raise ArithmeticError("a forecast is not finite: the model is damaged")
        point, low, high = dollars
        return Forecast(point, low, high, horizons, self._plausibility.warnings(raw, reached))

    def _reached(self, raw: Floats) -> NDArray[np.intp]:
        """The index of the latest horizon (n,) that each film reaches and that has an estimator."""
        reached = np.zeros(len(raw), np.intp)
        for late, field in self._openings:
            reached[~np.isnan(raw[:, field])] = late
        return reached

    def _bracketed(self, raw: Floats, reached: NDArray[np.intp], horizons: set[Horizon]) -> Floats:
        if len(horizons) == 1:
            return self._at_horizon(raw, *horizons)
        logs = np.empty((3, len(raw)))
        for horizon in horizons:
            rows = reached == HORIZONS.index(horizon)
            logs[:, rows] = self._at_horizon(raw[rows], horizon)
        return logs

    def _at_horizon(self, raw: Floats, horizon: Horizon) -> Floats:
        point = self._logs[horizon](self._features[horizon].matrix(raw))
        low, high = self._curves[horizon].bounds(point)
        return np.array([point, low, high])


def _graph(path: Path) -> Logs:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelUnavailable(f"{path} is missing or damaged: run `make train`.") from error

    def logs(matrix: NDArray[np.float32]) -> Floats:
        starts = range(0, max(len(matrix), 1), _ROWS)
        parts = [session.run(None, {"features": matrix[i : i + _ROWS]})[0] for i in starts]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    return logs
