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
    an `increasing` one rises. An `anchor` is what the target is in proportion to, roughly. `trees`
    and `smooth` are the parts of the estimator that see it.
    """

    name: str
    sources: tuple[str, ...]
    kind: Literal["plain", "log", "real", "ratio", "real_ratio", "wave"] = "plain"
    increasing: bool = False
    anchor: bool = False
    trees: bool = True
    smooth: bool = True


# The trees do without the ratio to the budget, which would undo that they never fall as that rises.
# At the same opening, fewer screens mean more a screen and a longer run: a forecast may fall as
# screens are added. Features of one kind stand together.
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
    Feature("title_year", ("title_year",)),
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


def numbers(raw: Floats) -> Floats:
    """The features (n, len(FEATURES)) of films (n, fields) in the order of FIELDS; NaN: unknown."""
    made = np.empty((len(raw), len(FEATURES)))
    logs = np.log(raw.take(_LOGGED_AT, axis=1))
    prices = log_price_level(raw[:, _YEAR_AT])
    np.subtract(logs[:, _REAL_LOGS], prices[:, None], out=made[:, _REAL])
    for at, over, under in _RATIOS:
        np.subtract(logs[:, over], logs[:, under], out=made[:, at])
    made[:, _REAL_RATIO] -= prices[:, None]
    made[:, _LOG] = logs[:, _LOG_LOGS]
    made[:, _PLAIN] = raw.take(_PLAIN_AT, axis=1)
    made[:, _WAVE] = _WAVES.take(np.fmax(raw[:, _MONTH_AT], 0).astype(np.intp), axis=0)
    return made


def log_unit(raw: Floats) -> Floats:
    """Natural logarithms (n,) of what the target is divided by before anything learns it.

    It is what a dollar of 2010 is in the film's year, so that inflation need not be learned.
    """
    return log_price_level(raw[:, _YEAR_AT])


def _of(kind: str) -> slice:
    """Where the features of a kind stand in the table."""
    places = [i for i, feature in enumerate(FEATURES) if feature.kind == kind]
    return slice(places[0], places[-1] + 1)


def _sources(kind: str) -> list[str]:
    return [feature.sources[0] for feature in FEATURES[_of(kind)]]


def _columns(names: list[str]) -> NDArray[np.intp]:
    return np.array([FIELDS.index(name) for name in names])


def _waves() -> Floats:
    """Sine and cosine of one and of two turns a year, by month; NaN in place of month 0."""
    months = np.arange(13.0)
    months[0] = np.nan
    phases = months[:, None] * (np.pi / 6) * [1, 1, 2, 2]
    return np.where([True, False, True, False], np.sin(phases), np.cos(phases))


_KINDS = ("real", "log", "real_ratio", "plain", "wave")
_REAL, _LOG, _REAL_RATIO, _PLAIN, _WAVE = map(_of, _KINDS)
_LOGGED = [*_sources("real"), *_sources("log")]
_REAL_LOGS, _LOG_LOGS = slice(0, len(_sources("real"))), slice(len(_sources("real")), None)
_RATIOS = [
    (at, *(_LOGGED.index(source) for source in feature.sources))
    for at, feature in enumerate(FEATURES)
    if feature.kind in ("ratio", "real_ratio")
]
_LOGGED_AT, _PLAIN_AT = _columns(_LOGGED), _columns(_sources("plain"))
_YEAR_AT, _MONTH_AT = FIELDS.index("title_year"), FIELDS.index("release_month")
_WAVES = _waves()
