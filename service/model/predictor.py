"""Columns of films in, forecasts out: numpy and ONNX Runtime, no web and no environment."""

from collections.abc import Sequence
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from service.errors import ModelUnavailable
from service.films.fields import FIELDS
from service.films.schema import FLOOR, Horizon
from service.model.bracket import Bracket, Logs
from service.model.encoding import Columns, Encoder
from service.model.floor import above
from service.model.knowledge import Knowledge, KnowledgeByFields
from service.model.manifest import MANIFEST, Manifest
from service.model.plausibility import Plausibility

Floats = NDArray[np.float64]
_FLOOR_AT = FIELDS.index(FLOOR) if FLOOR else None
# So many films at a time stay in the cache of a core; 10,000 at once take 14 % longer.
_ROWS = 1000


class Forecast(NamedTuple):
    """Forecasts of n films in whole USD, with low <= point <= high.

    `point` is the median, `expected` the mean; `used` are the fields that each comes from.
    """

    point: Floats
    low: Floats
    high: Floats
    expected: Floats
    horizon: list[Horizon]
    used: list[list[str]]
    warnings: list[list[str]]

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """The same films in one forecast."""
        amounts = [(part.point, part.low, part.high, part.expected) for part in parts]
        texts = [(part.horizon, part.used, part.warnings) for part in parts]
        return cls(*np.hstack(amounts), *(list(chain(*each)) for each in zip(*texts, strict=True)))


class Predictor:
    """Forecasts from a manifest and, for each horizon, a function from features to logs.

    `logs[horizon]` maps the (n, features) matrix to natural logarithms of the target (n,): an ONNX
    graph when serving, a scikit-learn estimator in training.
    """

    def __init__(self, manifest: Manifest, logs: dict[Horizon, Logs]) -> None:
        self.manifest, self.logs = manifest, logs
        self._encoder = Encoder(manifest.categories)
        self._knowledge = KnowledgeByFields(manifest)
        self._plausibility = Plausibility(manifest)
        self._brackets = {
            horizon: Bracket(part, manifest.categories, logs[horizon])
            for horizon, part in manifest.horizons.items()
        }

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Load a model folder; raises ModelUnavailable naming the file at fault."""
        folder = Path(folder)
        manifest = Manifest.read(folder)
        if unsaid := manifest.unsaid():
            raise ModelUnavailable(
                f"{folder / MANIFEST} has neither range nor categories of {', '.join(unsaid)}: "
                "run `make train`."
            )
        return cls(manifest, {h: _graph(folder / f"{h}.onnx") for h in manifest.horizons})

    def predict(self, columns: Columns) -> Forecast:
        """Forecast n films from columns of length n; NaN, None, 0 and absent are unknown.

        Raises ArithmeticError where a forecast is not finite, which no film can be the cause of.
        """
        raw = self._encoder.encode(columns)
        knowledge = self._knowledge.of(raw)
        horizons = [each.horizon for each in knowledge]
        dollars = np.rint(np.exp(self._bracketed(raw, knowledge, horizons)))
        if not isfinite(np.add.reduce(dollars, axis=None)):
            raise ArithmeticError("a forecast is not finite: the model is damaged")
        if _FLOOR_AT is not None:
            dollars = np.fmax(dollars, np.ceil(raw[:, _FLOOR_AT]))
        used = [each.used for each in knowledge]
        warnings = self._plausibility.warnings(raw, knowledge, columns)
        point, low, high, expected = dollars
        return Forecast(point, low, high, expected, horizons, used, warnings)

    def _bracketed(
        self, raw: Floats, knowledge: list[Knowledge], horizons: list[Horizon]
    ) -> Floats:
        """Point, low, high and mean (4, n) in natural logarithms of dollars."""
        if len(reached := set(horizons)) == 1:
            logs = self._brackets[horizons[0]](raw, knowledge)
        else:
            logs = np.empty((4, len(raw)))
            for horizon in reached:
                rows = [row for row, each in enumerate(horizons) if each == horizon]
                part = [knowledge[row] for row in rows]
                logs[:, rows] = self._brackets[horizon](raw[rows], part)
        if _FLOOR_AT is None:
            return logs
        return above(np.log(raw[:, _FLOOR_AT]), logs, self.manifest.coverage)


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
