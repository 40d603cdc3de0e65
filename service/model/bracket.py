"""What one horizon answers of encoded films: a forecast, its bounds and its mean."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from service.films.features import log_unit
from service.model.encoding import Categories, Features
from service.model.knowledge import Knowledge
from service.model.manifest import HorizonManifest

Floats = NDArray[np.float64]
Logs = Callable[[NDArray[np.float32]], Floats]


class Bracket:
    """Films to point, low, high and mean, all in natural logarithms of dollars.

    `logs` maps the (n, features) matrix to logs of the target (n,) in its unit.
    """

    def __init__(self, manifest: HorizonManifest, categories: Categories, logs: Logs) -> None:
        self.features = Features(manifest.fields, categories)
        self.logs, self._curve = logs, manifest.interval

    def __call__(self, raw: Floats, knowledge: Sequence[Knowledge]) -> Floats:
        """Point, low, high and mean (4, n) of n films."""
        shift, width = np.array([(each.shift, each.width) for each in knowledge]).T
        point = self.logs(self.features.matrix(raw)) + shift
        low, high, mean = self._curve.distances(point)
        # As with a log-normal distribution, the mean of one that is k times as wide is k^2 as far.
        distances = np.array([np.zeros_like(point), width * low, width * high, width**2 * mean])
        nominal: Floats = point + log_unit(raw) + distances
        return nominal
