"""The numbers that a forecast is made of: one row a feature, with its sources and its roles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.films.fields import FIELDS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """A number made of one field, of its logarithm where it is the anchor."""

    name: str
    sources: tuple[str, ...]
    increasing: bool = False
    anchor: bool = False
    trend: bool = False
    trees: bool = True
    smooth: bool = True


FEATURES: tuple[Feature, ...] = (
    Feature("log_area", ("area",), increasing=True, anchor=True),
    Feature("rooms", ("rooms",)),
    Feature("storey", ("storey",)),
)
KNOWN_TO: dict[str, tuple[float, str]] = {}  # more than the tables is known of no field
_AT = np.array([FIELDS.index(feature.sources[0]) for feature in FEATURES])


def numbers(fields: Floats, unit: Floats) -> Floats:
    """The features (len(FEATURES), n) of flats (fields, n) in the order of FIELDS; NaN: unknown."""
    made = fields.take(_AT, axis=0)
    np.log(made[0], out=made[0])
    return made


def log_unit(raw: Floats) -> Floats:
    """Natural logarithms (n,) of what the target is divided by before it is learned: by nothing."""
    return np.zeros(len(raw))
