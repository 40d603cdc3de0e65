"""The first signs of drift: warnings, unknown fields and the size of forecasts, as metrics.

To count each costs as much as a tenth of a forecast, so that many are counted at once, within a
second.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain

from service.films.schema import Horizon
from service.model.doubts import kind
from service.model.predictor import Forecast
from service.telemetry import metrics

_SECONDS = 1.0
_MOST = 1000  # films that are not counted yet


class Signs:
    """Counts forecasts of a model, whose fields are given by horizon."""

    def __init__(self, fields: Mapping[Horizon, Collection[str]]) -> None:
        self._fields = fields
        self._seen: list[Forecast] = []
        self._films = 0

    def saw(self, forecast: Forecast) -> None:
        """Let a forecast be counted; called in the event loop."""
        if not self._seen:
            asyncio.get_running_loop().call_later(_SECONDS, self.count)
        self._seen.append(forecast)
        self._films += len(forecast.horizon)
        if self._films >= _MOST:
            self.count()

    def count(self) -> None:
        """Count what has been seen."""
        seen, self._seen, self._films = self._seen, [], 0
        if not seen:
            return
        horizons = [each for forecast in seen for each in forecast.horizon]
        points = [point for forecast in seen for point in forecast.point.tolist()]
        used = chain.from_iterable(forecast.used for forecast in seen)
        warnings = chain.from_iterable(forecast.warnings for forecast in seen)
        metrics.count_doubts(_kinds(warnings), self._unknown(horizons, used))
        for horizon in set(horizons):
            sizes = [p for p, each in zip(points, horizons, strict=True) if each == horizon]
            metrics.count_sizes(horizon, sizes)

    def _unknown(self, horizons: Sequence[Horizon], used: Iterable[list[str]]) -> Counter[str]:
        """In how many forecasts each field is missing that could have been used."""
        unknown: Counter[str] = Counter()
        sets = Counter(zip(horizons, map(tuple, used), strict=True))
        for (horizon, names), films in sets.items():
            for name in self._fields[horizon]:
                if name not in names:
                    unknown[name] += films
        return unknown


def _kinds(warnings: Iterable[list[str]]) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for told, films in Counter(map(tuple, warnings)).items():
        for warning in told:
            kinds[kind(warning)] += films
    return kinds
