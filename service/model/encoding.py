"""Columns of films to the matrix of an estimator: one way for training and serving."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.films.features import FEATURES, log_unit, numbers
from service.films.fields import FIELDS, LABELS, NUMBERS, known_at
from service.films.labels import key, places
from service.films.schema import Horizon

Columns = Mapping[str, Sequence[Any]]
Categories = Mapping[str, Sequence[str]]
Floats = NDArray[np.float64]

STRANGE = -1.0  # the code of a label that is none of the categories; it counts as unknown
_SPELLINGS = 1000  # of labels, that are remembered


def usable(horizon: Horizon) -> list[str]:
    """The fields known at a horizon that a feature is made of, in the order of FIELDS."""
    sources = {name for feature in FEATURES for name in feature.sources}
    return [name for name in known_at(horizon) if name in sources or name in LABELS]


class Encoder:
    """Columns of films to numbers, with the categories of one model."""

    def __init__(self, categories: Categories) -> None:
        self._codes = {name: _Codes(name, categories[name]) for name in LABELS}

    def encode(self, columns: Columns) -> Floats:
        """Films as (n, fields) numbers in the order of FIELDS; NaN, None, 0 and blank are NaN.

        A label becomes its place in the categories, or STRANGE where it means none of them.
        """
        films = len(next(iter(columns.values()))) if columns else 1
        unknown: Any = [np.nan] if films == 1 else np.full(films, np.nan)
        amounts = [columns.get(name, unknown) for name in NUMBERS]
        labels = [
            list(map(self._codes[name].__getitem__, columns[name])) if name in columns else unknown
            for name in LABELS
        ]
        # A field after the other, because that is how they come and how features read them.
        raw = np.array(amounts + labels, np.float64)
        known = raw[: len(NUMBERS)]
        known[known == 0] = np.nan
        return raw.T


class _Codes(dict[object, float]):
    """The codes of the labels of a field, as they were written; a few are remembered."""

    def __init__(self, name: str, categories: Sequence[str]) -> None:
        super().__init__()
        self._name, self._places = name, places(name, categories)

    def __missing__(self, label: object) -> float:
        if len(self) >= _SPELLINGS:
            self.clear()
        code = np.nan
        if isinstance(label, str) and label.strip():
            code = self._places.get(key(self._name, label), STRANGE)
        return self.setdefault(label, code)


class Features:
    """The features that can be made of the `used` fields, by name and as a matrix."""

    def __init__(self, used: Sequence[str], categories: Categories) -> None:
        made = [i for i, feature in enumerate(FEATURES) if set(feature.sources) <= set(used)]
        labels = [(n, code) for n in LABELS if n in used for code in range(len(categories[n]))]
        self.names = [FEATURES[i].name for i in made]
        self.names += [f"{name}={categories[name][code]}" for name, code in labels]
        self._numbers = np.array(made, np.intp)
        self._labels = np.array([FIELDS.index(name) for name, _ in labels], np.intp)
        self._codes = np.array([[code] for _, code in labels], np.float64).reshape(-1, 1)

    def matrix(self, raw: Floats, unit: Floats | None = None) -> NDArray[np.float32]:
        """The (n, features) matrix of encoded films; `unit` is their log_unit, if it is at hand.

        It is float32, so that the graph splits exactly where the scikit-learn trees do.
        """
        fields = raw.T
        made = numbers(fields, log_unit(raw) if unit is None else unit)
        matrix = np.empty((len(raw), len(self.names)), np.float32)
        features, end = matrix.T, len(self._numbers)
        features[:end] = made.take(self._numbers, axis=0)
        # Labels that are unknown or strange are equal to no code.
        features[end:] = fields.take(self._labels, axis=0) == self._codes
        return matrix


def unknown(raw: Floats) -> NDArray[np.bool_]:
    """Which fields (n, fields) of encoded films are unknown; a strange label is as good as none."""
    return ~(raw >= 0)
