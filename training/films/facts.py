"""What the model card says of the films: where they come from, which they are, what is odd."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from service.films.fields import LABELS
from service.films.schema import TARGET, TITLE
from training.common.numbers import percent, six_digits
from training.films.units import UNIT, amount

Facts = dict[str, Any]

INTENDED = (
    "Forecasts the worldwide gross of one film in US dollars, with an interval, for analysts who "
    "compare films or plan a release. It informs a decision; it does not make one."
)


def data_facts(
    films: pd.DataFrame, tables: Mapping[str, pd.DataFrame], source: Sequence[str], digest: str
) -> Facts:
    """Where the films come from, which they are, and what is odd about them."""
    return {
        "source": list(source),
        "hash": digest,
        "films": len(films),
        "titles": int(films[TITLE].nunique()),
        "years": [int(films["title_year"].min()), int(films["title_year"].max())],
        "worldwide_equals_domestic": equal_share(tables["financials"]),
        "unlisted": {n: unlisted(films, n) for n in LABELS if films[n].isna().nunique() > 1},
    }


def equal_share(financials: pd.DataFrame) -> float | None:
    """The share of films with a worldwide gross that equals the domestic one, where both are."""
    if "domestic_gross" not in financials:
        return None
    both = financials[[TARGET, "domestic_gross"]].replace(0, np.nan).dropna()
    equal = both[TARGET] == both["domestic_gross"]
    return six_digits(equal.mean()) if len(both) else None


def unlisted(films: pd.DataFrame, name: str) -> Facts:
    """How many films lack a label, and the median gross of those and of the others in USD."""
    missing = films[name].isna()
    medians = films[TARGET].groupby(missing).median()
    return {
        "films": int(missing.sum()),
        "median_gross": float(medians[True]),
        "median_gross_of_others": float(medians[False]),
    }


def extent(data: Facts) -> str:
    """How many films, and of when, as a part of a sentence."""
    first, last = data["years"]
    return f"{data['films']:,} films of {first} to {last}"


def limits(data: Facts) -> list[str]:
    """When not to trust the model, from what is odd about the films."""
    first, last = data["years"]
    sentences = [_unlisted_limit(name, facts) for name, facts in data["unlisted"].items()]
    sentences.append(f"It has learned from films of {first} to {last} and knows no later market.")
    sentences.append("Dollars, asked and answered, are nominal: those of the film's own year.")
    if data["worldwide_equals_domestic"]:
        share = percent(data["worldwide_equals_domestic"])
        sentences.append(
            f"Of {share} of the films the worldwide gross equals the domestic one: where takings "
            "abroad are not recorded, the target is too low, and so is the forecast."
        )
    return sentences


def _unlisted_limit(name: str, facts: Facts) -> str:
    without, others = (amount(facts[n]) for n in ("median_gross", "median_gross_of_others"))
    return (
        f"{facts['films']:,} films list no `{name}`; their median gross is {without} {UNIT}, that "
        f"of the others {others} {UNIT}. A film without `{name}` is forecast like any other: too "
        "high for most of those."
    )
