"""Columns of films in, forecasts out: numpy and ONNX Runtime, no web and no environment."""

from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from service.errors import ModelUnavailable
from service.films.features import log_unit
from service.films.fields import FIELDS
from service.films.schema import FLOOR, Horizon
from service.model.distribution import NOTHING, Asked, Distribution
from service.model.encoding import Columns, Encoder, Features
from service.model.knowledge import Knowledge, KnowledgeByFields, effects
from service.model.manifest import MANIFEST, Manifest
from service.model.plausibility import Plausibility
from service.model.spread import Spread

Floats = NDArray[np.float64]
Logs = Callable[[NDArray[np.float32]], Floats]
_FLOOR_AT = FIELDS.index(FLOOR) if FLOOR else 0  # of a schema without floor, no film has one
# So many films at a time stay in the cache of a core; 10,000 at once take 14 % longer.
_ROWS = 1000
_DAMAGED = "a forecast is not finite: the model is damaged"


class Forecast(NamedTuple):
    """Forecasts of n films in whole USD.

    `amounts` are (4 + m, n): median, low <= median <= high, mean, and the m quantiles asked for;
    `chance` is (1, n) where it is asked for, and (0, n) otherwise. `used` are the fields that each
    forecast comes from.
    """

    amounts: Floats
    chance: Floats
    horizon: list[Horizon]
    used: list[list[str]]
    warnings: list[list[str]]

    @property
    def point(self) -> Floats:
        """The medians (n,)."""
        medians: Floats = self.amounts[0]
        return medians

    @property
    def low(self) -> Floats:
        """The lower bounds (n,)."""
        bounds: Floats = self.amounts[1]
        return bounds

    @property
    def high(self) -> Floats:
        """The upper bounds (n,)."""
        bounds: Floats = self.amounts[2]
        return bounds

    @property
    def expected(self) -> Floats:
        """The means (n,)."""
        means: Floats = self.amounts[3]
        return means

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """The same films in one forecast."""
        return cls(
            np.hstack([part.amounts for part in parts]),
            np.hstack([part.chance for part in parts]),
            [each for part in parts for each in part.horizon],
            [each for part in parts for each in part.used],
            [each for part in parts for each in part.warnings],
        )


class Predictor:
    """Forecasts from a manifest and, for each horizon, a function from features to logs.

    `logs[horizon]` maps the (n, features) matrix to natural logarithms of the target (n,) in its
    unit: an ONNX graph when serving, a scikit-learn estimator in training.
    """

    def __init__(self, manifest: Manifest, logs: dict[Horizon, Logs]) -> None:
        self.manifest, self.logs = manifest, logs
        self._encoder = Encoder(manifest.categories)
        self._knowledge = KnowledgeByFields(manifest)
        self._plausibility = Plausibility(manifest)
        parts = manifest.horizons.items()
        self.features = {h: Features(part.fields, manifest.categories) for h, part in parts}
        self._spreads = {h: Spread(part.distribution, manifest.coverage) for h, part in parts}

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
        graphs = {horizon: f"{horizon}.onnx" for horizon in manifest.horizons}
        if damaged := manifest.damaged(folder, graphs.values()):
            raise ModelUnavailable(
                f"{folder / damaged[0]} is missing or damaged: run `make train`."
            )
        return cls(manifest, {h: _graph(folder / name) for h, name in graphs.items()})

    def encode(self, columns: Columns) -> Floats:
        """Films as this model reads them: (n, fields) numbers, NaN where unknown."""
        return self._encoder.encode(columns)

    def medians(self, raw: Floats) -> Floats:
        """Natural logarithms (n,) of the forecasts of encoded films, without what is told beside.

        Raises ArithmeticError where one is not finite, which no film can be the cause of.
        """
        knowledge = self._knowledge.of(raw)
        medians: Floats = self._told(raw, knowledge, _floor(raw, knowledge), NOTHING)[0]
        if not isfinite(np.add.reduce(medians)):
            raise ArithmeticError(_DAMAGED)
        return medians

    def predict(self, columns: Columns, asked: Asked = NOTHING) -> Forecast:
        """Forecast n films from columns of length n; NaN, None, 0 and absent are unknown.

        Raises ArithmeticError where a forecast is not finite, which no film can be the cause of.
        """
        raw = self._encoder.encode(columns)
        knowledge = self._knowledge.of(raw)
        floor = _floor(raw, knowledge)
        told = np.exp(self._told(raw, knowledge, floor, asked))
        if not isfinite(np.vdot(told, told)):  # in half the time of np.isfinite
            raise ArithmeticError(_DAMAGED)
        count = asked.amounts
        amounts, chance = np.rint(told[:count]), told[count:]
        if len(chance):
            chance = chance.round(9)  # further digits depend on the processor
        return Forecast(
            amounts if floor is None else np.fmax(amounts, np.ceil(floor)),
            chance,
            [each.horizon for each in knowledge],
            [each.used for each in knowledge],
            self._plausibility.warnings(raw, knowledge, columns),
        )

    def _told(
        self, raw: Floats, knowledge: Sequence[Knowledge], floor: Floats | None, asked: Asked
    ) -> Floats:
        """Distribution.told of films (n, fields), whichever horizons they reach."""
        reached = {each.horizon for each in {*knowledge}}
        if len(reached) == 1:
            return self._distribution(reached.pop(), raw, knowledge, floor).told(asked)
        told = np.empty((asked.rows, len(raw)))
        for horizon in reached:
            rows = [row for row, each in enumerate(knowledge) if each.horizon == horizon]
            part = [knowledge[row] for row in rows]
            some = None if floor is None else floor[rows]
            told[:, rows] = self._distribution(horizon, raw[rows], part, some).told(asked)
        return told

    def _distribution(
        self, horizon: Horizon, raw: Floats, knowledge: Sequence[Knowledge], floor: Floats | None
    ) -> Distribution:
        unit = log_unit(raw)
        shift, width = effects(knowledge)
        return Distribution(
            spread=self._spreads[horizon],
            forecast=self.logs[horizon](self.features[horizon].matrix(raw, unit)) + shift,
            unit=unit,
            width=width,
            floor=None if floor is None else np.log(floor),
        )


def _floor(raw: Floats, knowledge: Sequence[Knowledge]) -> Floats | None:
    """What films are not below (n,), NaN where that is not known; None if of no film."""
    return raw[:, _FLOOR_AT] if any(each.floored for each in {*knowledge}) else None


def _graph(path: Path) -> Logs:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelUnavailable(f"{path} is missing or damaged: run `make train`.") from error

    def logs(matrix: NDArray[np.float32]) -> Floats:
        if len(matrix) > _ROWS:
            return np.concatenate(
                [logs(matrix[i : i + _ROWS]) for i in range(0, len(matrix), _ROWS)]
            )
        answer: Floats = session.run(["logs"], {"features": matrix})[0]
        return answer

    return logs
