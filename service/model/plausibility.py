"""Values that make a forecast less reliable: what is implausible is answered, with a warning."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.films.features import KNOWN_TO
from service.films.fields import FIELDS, LABELS
from service.films.labels import closest
from service.films.schema import IN_MILLIONS
from service.films.units import told, told_range
from service.model.encoding import Columns
from service.model.knowledge import Knowledge
from service.model.manifest import Manifest

_SMALL = 10_000  # an amount below it may have been meant in millions


class Plausibility:
    """The doubts that a model has about values, from the ranges and labels that it has seen."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._low, self._high = np.array([self._plausible(name) for name in FIELDS]).T

    def _plausible(self, name: str) -> tuple[float, float]:
        """Between which values there is no doubt; that may be about what no forecast uses."""
        if name in LABELS:
            return 0, np.inf
        if name not in self._manifest.ranges:
            return -np.inf, np.inf
        seen = self._manifest.ranges[name]
        known_to, _ = KNOWN_TO.get(name, (np.inf, ""))
        return max(seen.low, _SMALL if name in IN_MILLIONS else 0), min(seen.high, known_to)

    def warnings(
        self, raw: NDArray[np.float64], knowledge: Sequence[Knowledge], columns: Columns
    ) -> list[list[str]]:
        """One list of warnings for each of n films, encoded and as they came."""
        odd = (raw < self._low) | (raw > self._high)
        warnings = [each.warnings for each in knowledge]
        if not np.count_nonzero(odd):
            return warnings
        for row in odd.any(axis=1).nonzero()[0].tolist():
            fields = self._manifest.horizons[knowledge[row].horizon].fields
            names = [FIELDS[column] for column in np.flatnonzero(odd[row]).tolist()]
            doubts = [
                doubt
                for name in names
                if name in fields
                for doubt in (self._doubt(name, columns[name][row]), self._beyond(name, raw[row]))
            ]
            warnings[row] = [*warnings[row], *filter(None, doubts)]
        return warnings

    def _beyond(self, name: str, film: NDArray[np.float64]) -> str:
        known_to, words = KNOWN_TO.get(name, (np.inf, ""))
        return words if film[FIELDS.index(name)] > known_to else ""

    def _doubt(self, name: str, value: Any) -> str:
        if name in LABELS:
            return self._doubt_of_label(name, value)
        seen = self._manifest.ranges[name]
        meant = value * 1e6
        if name in IN_MILLIONS and value < _SMALL and seen.low <= meant <= seen.high:
            asked = f"did you mean {told(name, meant)}? Then send {meant:.0f}."
            return f"{name} is {told(name, value)}: {asked}"
        if seen.low <= value <= seen.high:
            return ""
        extent = told_range(name, seen.low, seen.high)
        return f"{name} {told(name, value)} is outside the range seen in training, {extent}."

    def _doubt_of_label(self, name: str, label: str) -> str:
        known = self._manifest.categories[name]
        meant = closest(label, known)
        asked = f": did you mean {meant}?" if meant else "."
        return (
            f'{name} "{label}" is unknown to the model and counts as not given{asked} '
            f"Known are {', '.join(known)}."
        )
