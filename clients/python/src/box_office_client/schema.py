"""Films in, forecasts out, as types. Written by `make proto` from service/films/schema.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Required, TypedDict

__all__ = [
    "Asked",
    "Chance",
    "Comparable",
    "Comparables",
    "Explanation",
    "Factor",
    "Film",
    "Horizon",
    "Interval",
    "Outcome",
    "Prediction",
    "Quantile",
    "Rank",
]

NOUN = "film"  # what is forecast, in sentences
Horizon = Literal["pre_release", "post_opening"]


class Film(TypedDict, total=False):
    """What is known of a film. A field that is absent, null, 0 or blank is unknown."""

    # Gross of the opening weekend. Unit: USD.
    opening_gross: float | None
    # Number of screens on the opening weekend. Unit: screens.
    screens: float | None
    # Production budget. Unit: USD.
    production_budget: float | None
    # Year of release. Unit: year.
    title_year: float | None
    # Aspect ratio of the picture. Unit: width / height.
    aspect_ratio: float | None
    # Running time. Unit: min.
    duration: float | None
    # Likes of the whole cast on Facebook. Unit: likes.
    cast_total_facebook_likes: float | None
    # Budget as IMDb lists it. Unit: local currency.
    budget: float | None
    # IMDb user score. Unit: 0-10.
    imdb_score: float | None
    # Month of release. Unit: 1-12.
    release_month: float | None
    # Main genre, as in the training data or a synonym. Unit: label.
    genre: str | None
    # MPAA rating, as in the training data or a synonym. Unit: label.
    mpaa_rating: str | None
    # Worldwide gross of the previous film of the series; 0 or absent: none, or unknown. Unit: USD.
    predecessor_gross: float | None
    # Title. No forecast depends on it; the journal keeps it. Unit: text.
    movie_title: str | None


class Outcome(TypedDict, total=False):
    """What a film has earned: of the forecast with an id, or of all of a title and year."""

    # Id of a forecast; or else the title and the year are needed.
    id: str | None
    # Worldwide gross, USD.
    worldwide_gross: Required[float]
    # Title.
    movie_title: str | None
    # Year of release, beside the title.
    title_year: float | None


class Asked(TypedDict, total=False):
    """The parameters of a request for forecasts; each may be left out."""

    # Coverage of the interval.
    coverage: float | None
    # An amount, of which the answer has the chance of at least so much.
    at_least: float | None
    # Probabilities, separated by commas: the answer has their quantiles.
    quantiles: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Where the worldwide gross will lie with probability `coverage`, in USD."""

    # Lower bound, USD.
    low: float
    # Upper bound, USD.
    high: float
    # Share of films inside the interval.
    coverage: float


@dataclass(frozen=True, kw_only=True)
class Chance:
    """How likely a film is to reach an amount."""

    # The amount asked about, USD.
    at_least: float
    # Of a worldwide gross of at least it.
    probability: float


@dataclass(frozen=True, kw_only=True)
class Quantile:
    """What the worldwide gross is below with a probability, in USD."""

    # As it was asked for.
    probability: float
    # Worldwide gross, USD.
    worldwide_gross: float


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A forecast of the worldwide gross of one film, in USD."""

    # Worldwide gross, USD: the median, as likely too low as too high.
    worldwide_gross: float
    # Mean of the worldwide gross, USD: what adds up over many films.
    expected_gross: float
    interval: Interval
    # What the forecast could know.
    horizon: Horizon
    # The fields of the request that the forecast comes from.
    used: list[str]
    # What makes this forecast less reliable.
    warnings: list[str]
    # Tag of the model in the BentoML model store.
    model: str
    # Name of this forecast, which no other has; they sort by time.
    id: str
    # Where the request has `at_least`.
    chance: Chance | None = None
    # Where the request has `quantiles`, in their order.
    quantiles: list[Quantile] | None = None


@dataclass(frozen=True, kw_only=True)
class Factor:
    """What the value of one field multiplies a forecast by."""

    field: str
    # As it was sent.
    value: float | str
    factor: float


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why the forecast of a film is what it is: the base times all factors."""

    # The forecast.
    worldwide_gross: float
    # What other films would reach in its place.
    base: float
    # The strongest first.
    factors: list[Factor]
    # What the forecast could know.
    horizon: Horizon
    # Whether all combinations of fields were looked at.
    exact: bool
    # Of a factor's natural logarithm, where they were not.
    standard_error: float
    # Tag of the model in the BentoML model store.
    model: str


@dataclass(frozen=True, kw_only=True)
class Comparable:
    """A film that the model has learned from, with the fields that are known of it."""

    title: str
    # Gross of the opening weekend.
    opening_gross: float | None = None
    # Number of screens on the opening weekend.
    screens: float | None = None
    # Production budget.
    production_budget: float | None = None
    # Year of release.
    title_year: float | None = None
    # Aspect ratio of the picture.
    aspect_ratio: float | None = None
    # Running time.
    duration: float | None = None
    # Likes of the whole cast on Facebook.
    cast_total_facebook_likes: float | None = None
    # Budget as IMDb lists it.
    budget: float | None = None
    # IMDb user score.
    imdb_score: float | None = None
    # Month of release.
    release_month: float | None = None
    # Worldwide gross of the previous film of the series; 0 or absent: none, or unknown.
    predecessor_gross: float | None = None
    # Main genre, as in the training data or a synonym.
    genre: str | None = None
    # MPAA rating, as in the training data or a synonym.
    mpaa_rating: str | None = None
    # In the unit of its own year or place.
    worldwide_gross: float
    # In that of the one asked about.
    worldwide_gross_then: float
    # 0 for the same, about 1 for one at random.
    distance: float


@dataclass(frozen=True, kw_only=True)
class Rank:
    """Where a forecast would stand among what others reached."""

    # 1 is the largest.
    position: int
    of: int


@dataclass(frozen=True, kw_only=True)
class Comparables:
    """What was most like one, the nearest first."""

    films: list[Comparable]
    rank: Rank
    # Tag of the model in the BentoML model store.
    model: str
