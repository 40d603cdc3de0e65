"""What makes a forecast less reliable, in words: implausible is answered, and said."""

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from service.films.features import FEATURES
from service.films.fields import FIELDS, LABELS, UNITS, known_at
from service.films.schema import HORIZONS, NOUN, Horizon
from service.model.manifest import Manifest

_ANCHORS = [feature.sources[0] for feature in reversed(FEATURES) if feature.anchor]
_ANCHORS_AT = [FIELDS.index(name) for name in _ANCHORS]
_POOR = (
    f"{'Neither ' * (len(_ANCHORS) > 1)}{' nor '.join(_ANCHORS)} is "
    f"{'not ' * (len(_ANCHORS) == 1)}known: this is little more than the forecast of a typical "
    f"{NOUN}."
)


class Plausibility:
    """The doubts that a model has about films, from the ranges and labels that it has seen."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._known = [frozenset(known_at(horizon)) for horizon in HORIZONS]
        shape = len(HORIZONS), len(FIELDS)
        self._low, self._high = np.full(shape, -np.inf), np.full(shape, np.inf)
        for row, horizon in enumerate(HORIZONS):
            for column, name in enumerate(FIELDS):
                self._low[row, column], self._high[row, column] = self._plausible(name, horizon)

    def _plausible(self, name: str, horizon: Horizon) -> tuple[float, float]:
        if name not in known_at(horizon):
            return np.inf, -np.inf
        if (
            horizon not in self._manifest.horizons
            or name not in self._manifest.horizons[horizon].fields
        ):
            return -np.inf, np.inf
        if name in LABELS:
            return 0, np.inf
        return self._manifest.ranges[name].low, self._manifest.ranges[name].high

    def warnings(self, raw: NDArray[np.float64], horizon: NDArray[np.intp]) -> list[list[str]]:
        """One list of warnings for each of n encoded films, answered at a horizon by its index."""
        odd = (raw < self._low.take(horizon, axis=0)) | (raw > self._high.take(horizon, axis=0))
        poor = np.isnan(reduce(np.fmax, (raw[:, at] for at in _ANCHORS_AT)))
        warnings: list[list[str]] = [[] for _ in range(len(raw))]
        for row in np.flatnonzero(poor | np.logical_or.reduce(odd, axis=1)).tolist():
            late = HORIZONS[horizon[row]]
            columns = np.flatnonzero(odd[row]).tolist()
            known = self._known[horizon[row]]
            known_later = [FIELDS[c] for c in columns if FIELDS[c] not in known]
            warnings[row] = [_POOR] * bool(poor[row])
            if known_later:
                warnings[row] += [f"A {late} forecast does not use {', '.join(known_later)}."]
            warnings[row] += [
                self._outside(c, float(raw[row, c]), horizon[row])
                for c in columns
                if FIELDS[c] not in known_later
            ]
        return warnings

    def _outside(self, column: int, value: float, horizon: int) -> str:
        name = FIELDS[column]
        if name in LABELS:
            known = ", ".join(self._manifest.categories[name])
            return f"{name} is none of those seen in training: {known}."
        low, high = self._low[horizon, column], self._high[horizon, column]
        return (
            f"{name} {value:g} is outside the range seen in training, "
            f"{low:g} to {high:g} {UNITS[name]}."
        )
