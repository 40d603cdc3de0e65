"""Columns of films in, forecasts out: numpy and ONNX Runtime, no web and no environment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, log
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from service.errors import ModelUnavailable
from service.films.features import log_unit
from service.films.fields import FIELDS
from service.films.schema import FLOOR, HORIZONS, OPENED_BY, Horizon
from service.model.encoding import Columns, Encoder, Features
from service.model.floor import above
from service.model.manifest import HorizonManifest, Manifest
from service.model.plausibility import Plausibility

Floats = NDArray[np.float64]
Logs = Callable[[NDArray[np.float32]], Floats]

_POWERS = np.array([[1.0], [1.0], [2.0]])
# So many films at a time stay in the cache of a core; 10,000 at once take 14 % longer.
_ROWS = 1000


@dataclass(frozen=True)
class Forecast:
    """Forecasts of n films: whole USD with low <= point <= high, horizons and warnings.

    `point` is the median, `expected` the mean.
    """

    point: Floats
    low: Floats
    high: Floats
    expected: Floats
    horizon: list[Horizon]
    warnings: list[list[str]]

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """The same films in one forecast."""
        amounts = [(part.point, part.low, part.high, part.expected) for part in parts]
        point, low, high, expected = np.hstack(amounts)
        horizons = [horizon for part in parts for horizon in part.horizon]
        return cls(
            point, low, high, expected, horizons, [each for part in parts for each in part.warnings]
        )


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
        self._floor = FIELDS.index(FLOOR) if FLOOR else None
        self._parts = {
            horizon: _Part(part, Features(part.fields, manifest.categories), logs[horizon])
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
        amounts = np.rint(np.exp(self._at_least(raw, self._bracketed(raw, reached, set(horizons)))))
        if not isfinite(np.add.reduce(amounts, axis=None)):
            raise ArithmeticError("a forecast is not finite: the model is damaged")
        if self._floor is not None:
            amounts = np.fmax(amounts, np.ceil(raw[:, self._floor]))
        point, low, high, expected = amounts
        warnings = self._plausibility.warnings(raw, reached)
        return Forecast(point, low, high, expected, horizons, warnings)

    def _at_least(self, raw: Floats, logs: Floats) -> Floats:
        """The logs (4, n), given that no target is below its floor."""
        if self._floor is None:
            return logs
        told = above(np.log(raw[:, self._floor]), logs[:3], self.manifest.coverage)
        return np.concatenate([told, logs[3:] + (told[0] - logs[0])])

    def _reached(self, raw: Floats) -> NDArray[np.intp]:
        """The index of the latest horizon (n,) that each film reaches and that has an estimator."""
        reached = np.zeros(len(raw), np.intp)
        for late, field in self._openings:
            reached[~np.isnan(raw[:, field])] = late
        return reached

    def _bracketed(self, raw: Floats, reached: NDArray[np.intp], horizons: set[Horizon]) -> Floats:
        if len(horizons) == 1:
            return self._parts[next(iter(horizons))].bracketed(raw)
        logs = np.empty((4, len(raw)))
        for horizon in horizons:
            rows = reached == HORIZONS.index(horizon)
            logs[:, rows] = self._parts[horizon].bracketed(raw[rows])
        return logs


class _Part:
    """What one horizon answers."""

    def __init__(self, manifest: HorizonManifest, features: Features, logs: Logs) -> None:
        self._curve, self._features, self._logs = manifest.interval, features, logs
        by = self._curve.by
        self._by = None if by is None else features.names.index(by)
        self._unknown = np.zeros((len(FIELDS), 2))
        for name, effect in manifest.unknown.items():
            self._unknown[FIELDS.index(name)] = effect.shift, log(effect.width)

    def bracketed(self, raw: Floats) -> Floats:
        """Point, low, high and mean (4, n) of encoded films, in natural logarithms of dollars."""
        matrix = self._features.matrix(raw)
        shift, width = (np.isnan(raw).astype(np.float64) @ self._unknown).T
        point = self._logs(matrix) + shift
        distances = self._curve.distances(point if self._by is None else matrix[:, self._by])
        # As that of a log-normal distribution, the mean of what is k times as wide is k^2 as far.
        low, high, mean = np.exp(_POWERS * width) * distances
        return np.array([point, point + low, point + high, point + mean]) + log_unit(raw)


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
