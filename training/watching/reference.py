"""What is expected of a model: the films it has learned from, and what was promised of it.

The films are those of the table of comparable films, which a model has with it in a folder of the
project as in the model store; the promise is that of the metrics which were registered with it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.films.fields import FIELDS, LABELS
from service.model.comparables import Table
from service.model.encoding import Columns, unknown
from service.model.predictor import Predictor
from training.watching.models import find

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reference:
    """A model by its tag, the films of its training, and its metrics."""

    tag: str
    predictor: Predictor
    table: Table
    metrics: dict[str, Any]

    @cached_property
    def fields(self) -> list[str]:
        """The fields that the model uses, at any horizon."""
        used = {name for part in self.predictor.manifest.horizons.values() for name in part.fields}
        return [name for name in FIELDS if name in used]

    @cached_property
    def films(self) -> Floats:
        """The films of the training (n, fields), as the model reads them."""
        return self.predictor.encode(self.table.fields)

    @cached_property
    def forecasts(self) -> Floats:
        """Natural logarithms (n,) of the forecasts of the films of the training."""
        return self.predictor.medians(self.films)

    def encode(self, films: pd.DataFrame) -> Floats:
        """Films (n, fields) as the model reads them."""
        return self.predictor.encode(columns(films))

    def strange(self, films: Floats) -> NDArray[np.bool_]:
        """Which values (n, fields) are out of the range of training, or labels it did not know."""
        ranges = self.predictor.manifest.ranges
        low = np.array([ranges[n].low if n in ranges else -np.inf for n in FIELDS])
        high = np.array([ranges[n].high if n in ranges else np.inf for n in FIELDS])
        labels = np.array([name in LABELS for name in FIELDS])
        return np.where(labels, films < 0, (films < low) | (films > high))

    def promised(self, horizon: str) -> dict[str, float]:
        """The cross-validated metrics of a horizon; nothing where there are none."""
        scores = self.metrics.get("cross_validation", {}).get(horizon, {}).get("model", {})
        return {name: float(value) for name, value in scores.items()}


def share_unknown(films: Floats) -> Floats:
    """The share of films (n, fields) of which each field (fields,) is unknown."""
    shares: Floats = unknown(films).mean(axis=0)
    return shares


def columns(films: pd.DataFrame) -> Columns:
    """Films of a journal as a predictor takes them."""
    texts = films[[*LABELS]].astype(object).where(films[[*LABELS]].notna(), None)
    return {name: (texts if name in LABELS else films)[name].tolist() for name in FIELDS}


def load(name: str) -> Reference:
    """The model of a folder or of a tag; raises BoxOfficeError with the way out."""
    found = find(name, "--model")
    predictor, table = Predictor.load(found.folder), Table.read(found.folder)
    return Reference(found.tag, predictor, table, found.metrics)
