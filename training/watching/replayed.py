"""What a replay found: how a candidate would have answered, beside the champion."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from training.common.numbers import percent
from training.common.params import Replay as Rules


class _Finding(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Change(_Finding):
    """Forecasts of the same films by both models; `changed` are those beyond the factor.

    `quantiles` are of candidate over champion, by their level; `champion` and `candidate` are the
    median widths of the intervals, in natural logarithms.
    """

    films: int
    changed: int
    quantiles: dict[str, float]
    champion: float
    candidate: float

    @property
    def share(self) -> float:
        """The share of films that are forecast otherwise."""
        return self.changed / max(self.films, 1)

    @property
    def median(self) -> float:
        """By what share the median film is forecast higher; negative is lower."""
        return self.quantiles["0.5"] - 1

    @property
    def width(self) -> float:
        """By what share the median interval is wider, in logarithms; negative is narrower."""
        return self.candidate / max(self.champion, 1e-9) - 1


class Warned(_Finding):
    """How many films each model warns of with a kind of warning, and what has come and gone."""

    champion: int
    candidate: int
    new: int
    gone: int


class Said(_Finding):
    """What a model says of one film, in USD."""

    forecast: float
    low: float
    high: float
    horizon: str
    warnings: list[str]


class Film(_Finding):
    """A film as it was asked about, and what both models say of it."""

    fields: dict[str, float | str]
    champion: Said
    candidate: Said


class Replayed(_Finding):
    """Films of a journal, by horizon, through both models; `all` is None where there is no film.

    `remembered` are the films whose answer of the champion is in the journal, and `otherwise` are
    those of them that the champion would answer otherwise with this code. `warned` are the films
    that get a kind of warning which they had not.
    """

    champion: str
    candidate: str
    films: int
    remembered: int = 0
    otherwise: int = 0
    all: Change | None = None
    horizons: dict[str, Change] = {}
    warnings: dict[str, Warned] = {}
    warned: int = 0
    most_changed: list[Film] = []


class Verdict(_Finding):
    """What follows from the rules; `reasons` are what the candidate is stopped for, if it is."""

    verdict: Literal["passes", "stopped", "accepted", "too few"]
    reasons: list[str]
    found: Replayed
    rules: Rules


def judge(found: Replayed, rules: Rules) -> Verdict:
    """The rules, for all films and for each horizon that has enough of them."""
    if found.all is None or found.films < rules.min_films:
        return Verdict(verdict="too few", reasons=[], found=found, rules=rules)
    parts = {"": found.all}
    if len(found.horizons) > 1:
        enough = {h: part for h, part in found.horizons.items() if part.films >= rules.min_films}
        parts |= {f"{horizon}: ": part for horizon, part in enough.items()}
    reasons = [name + words for name, part in parts.items() for words in _against(part, rules)]
    if (share := found.warned / found.films) > rules.max_warned:
        reasons.append(f"{percent(share)} get a new kind of warning ({_most(rules.max_warned)})")
    accepted = "accepted" if rules.reason(found.candidate) else "stopped"
    verdict = accepted if reasons else "passes"
    return Verdict.model_validate(
        {"verdict": verdict, "reasons": reasons, "found": found, "rules": rules}
    )


def _against(part: Change, rules: Rules) -> list[str]:
    changed, median, width = (percent(v) for v in (part.share, part.median, part.width))
    told = [
        (part.share, rules.max_changed, f"{changed} are forecast {rules.factor:g} times otherwise"),
        (part.median, rules.max_median, f"the median forecast moves by {median}"),
        (part.width, rules.max_width, f"the median width of intervals moves by {width}"),
    ]
    return [f"{words} ({_most(most)})" for value, most, words in told if abs(value) > most]


def _most(share: float) -> str:
    return f"{percent(share)} is allowed"
