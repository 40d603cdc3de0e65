"""Invented rows for whatever the schema names, as `prepare` leaves them."""

import numpy as np
import pandas as pd

from service.films.features import FEATURES
from service.films.fields import FIELDS, LABELS, MAXIMA
from service.films.schema import EXAMPLE, TARGET, TITLE
from tests.support.project import ROOT
from training import prepare
from training.common import params

_USUAL = 1e7


def invented_rows(count: int = 400) -> pd.DataFrame:
    """Rows around the example whose target follows the anchor; a tenth of the values is unknown."""
    random = np.random.default_rng(20)
    rows = pd.DataFrame({name: _column(name, count, random) for name in FIELDS})
    anchor = next(feature.sources[0] for feature in reversed(FEATURES) if feature.anchor)
    target = 3 * rows[anchor] * np.exp(random.normal(0, 0.3, count))
    rows = rows.mask(random.random(rows.shape) < 0.1, None)
    titles = [f"Row {number // 2}" for number in range(count)]
    rows = rows.assign(**{TITLE: titles, TARGET: target.astype(float)})
    return prepare.split(rows, params.load(ROOT / "params.yaml").prepare)


def _column(name: str, count: int, random: np.random.Generator) -> object:
    if name in LABELS:
        return random.choice([EXAMPLE.get(name, "A"), "B", "C"], count)
    scattered = _middle(name) * np.exp(random.normal(0, 0.3, count))
    return np.clip(scattered, 1, MAXIMA[name])


def _middle(name: str) -> float:
    return float(EXAMPLE.get(name) or (MAXIMA[name] / 2 if MAXIMA[name] < _USUAL else _USUAL))
