"""The numbers that a forecast is made of: one row a feature, with its sources and its roles."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.films.fields import FIELDS
from service.films.prices import NEWEST, log_price_level

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """A number made of one or two fields; it exists where all of them are known.

    `kind` says how: the field itself, its logarithm, the logarithm in dollars of 2010, the
    logarithm of a ratio, the same in dollars of 2010, or a wave of the year. No forecast falls as
    an `increasing` one rises. An `anchor` is what the target is in proportion to, roughly. A
    `trend` is asked about beyond what was seen, and counts as constant from near its end on.
    `trees` and `smooth` are the parts of the estimator that see a feature.
    """

    name: str
    sources: tuple[str, ...]
    kind: Literal["plain", "log", "real", "ratio", "real_ratio", "wave"] = "plain"
    increasing: bool = False
    anchor: bool = False
    trend: bool = False
    trees: bool = True
    smooth: bool = True


# The trees do without the ratio to the budget, which would undo that they never fall as that rises.
# At the same opening, fewer screens mean more a screen and a longer run: a forecast may fall as
# screens are added.
FEATURES: tuple[Feature, ...] = (
    Feature("real_opening", ("opening_gross",), "real", increasing=True, anchor=True),
    Feature("real_budget", ("production_budget",), "real", increasing=True, anchor=True),
    Feature("real_listed_budget", ("budget",), "real", smooth=False),
    Feature("real_predecessor", ("predecessor_gross",), "real", increasing=True, smooth=False),
    Feature("opening_to_budget", ("opening_gross", "production_budget"), "ratio", trees=False),
    Feature(
        "real_opening_per_screen",
        ("opening_gross", "screens"),
        "real_ratio",
        increasing=True,
        smooth=False,
    ),
    Feature("log_cast_likes", ("cast_total_facebook_likes",), "log", smooth=False),
    Feature("log_screens", ("screens",), "log", smooth=False),
    Feature("title_year", ("title_year",), trend=True),
    Feature("duration", ("duration",)),
    Feature("imdb_score", ("imdb_score",)),
    Feature("release_month", ("release_month",), smooth=False),
    Feature("season_sin1", ("release_month",), "wave", trees=False),
    Feature("season_cos1", ("release_month",), "wave", trees=False),
    Feature("season_sin2", ("release_month",), "wave", trees=False),
    Feature("season_cos2", ("release_month",), "wave", trees=False),
)

# Up to which value more than the tables is known of a field, and what is said beyond.
KNOWN_TO: dict[str, tuple[float, str]] = {
    "title_year": (NEWEST, f"Prices are known to {NEWEST}, and taken for those of later years."),
}


def numbers(fields: Floats, unit: Floats) -> Floats:
    """The features (len(FEATURES), n) of films (fields, n) in the order of FIELDS; NaN: unknown.

    `unit` (n,) is their `log_unit`.
    """
    logs = np.log(fields.take(_LOGGED_AT, axis=0))
    month = np.fmax(fields[_MONTH_AT], _NO_MONTH).astype(np.intp)
    nothing = np.zeros((1, len(unit)))
    parts = np.concatenate([fields, logs, _WAVES.take(month, axis=1), unit[None], nothing])
    made: Floats = parts.take(_OF, axis=0)
    made -= parts.take(_OVER, axis=0)
    made -= parts.take(_IN_UNITS, axis=0)
    return made


def log_unit(raw: Floats) -> Floats:
    """Natural logarithms (n,) of what the target is divided by before anything learns it.

    It is what a dollar of 2010 is in the year of films (n, fields), so that inflation need not be
    learned.
    """
    return log_price_level(raw[:, _YEAR_AT])


def _waves() -> Floats:
    """Sine and cosine of one and of two turns a year (4, 13); NaN in place of month 0."""
    months = np.arange(13.0)
    months[0] = np.nan
    turns = (months * (np.pi / 6), months * (np.pi / 6) * 2)
    return np.array([wave(turn) for turn in turns for wave in (np.sin, np.cos)])


def _parts(feature: Feature) -> tuple[str, str, str]:
    """What a feature is made of: the first, less the second, less the third."""
    first, second = feature.sources[0], feature.sources[-1]
    return {
        "plain": (first, "nothing", "nothing"),
        "wave": (feature.name, "nothing", "nothing"),
        "log": (f"log {first}", "nothing", "nothing"),
        "real": (f"log {first}", "unit", "nothing"),
        "ratio": (f"log {first}", f"log {second}", "nothing"),
        "real_ratio": (f"log {first}", f"log {second}", "unit"),
    }[feature.kind]


_YEAR_AT, _MONTH_AT = FIELDS.index("title_year"), FIELDS.index("release_month")
_WAVES, _NO_MONTH = _waves(), np.zeros(1)
_LOGGED = sorted({part[4:] for feature in FEATURES for part in _parts(feature) if "log " in part})
_LOGGED_AT = np.array([FIELDS.index(name) for name in _LOGGED])
_PARTS = [
    *FIELDS,
    *(f"log {name}" for name in _LOGGED),
    *(feature.name for feature in FEATURES if feature.kind == "wave"),
    "unit",
    "nothing",
]
_OF, _OVER, _IN_UNITS = np.array([[_PARTS.index(p) for p in _parts(f)] for f in FEATURES]).T
