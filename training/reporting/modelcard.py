"""The model card: what the model is for, how good it is, and when not to trust it, from numbers.

After Mitchell et al., Model Cards for Model Reporting (2019).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from service.films.schema import LABELS
from service.model.manifest import Manifest
from training.evaluation.metrics import log_error, rounded
from training.reporting.markdown import millions, percent, plain, table

Facts = dict[str, Any]

INTENDED = (
    "Forecasts the worldwide gross of one film in US dollars, with an interval, for analysts who "
    "compare films or plan a release. It informs a decision; it does not make one."
)


def data_facts(films: pd.DataFrame, financials: pd.DataFrame, source: str, digest: str) -> Facts:
    """Where the films come from, which they are, and what is odd about them."""
    return {
        "source": source,
        "hash": digest,
        "films": len(films),
        "titles": int(films["movie_title"].nunique()),
        "years": [int(films["title_year"].min()), int(films["title_year"].max())],
        "worldwide_equals_domestic": equal_share(financials),
        "unlisted": {n: unlisted(films, n) for n in LABELS if films[n].isna().nunique() > 1},
    }


def equal_share(financials: pd.DataFrame) -> float | None:
    """The share of films with a worldwide gross that equals the domestic one, where both are."""
    if "domestic_gross" not in financials:
        return None
    known = financials[["worldwide_gross", "domestic_gross"]].replace(0, np.nan).dropna()
    equal = known["worldwide_gross"] == known["domestic_gross"]
    return rounded(share=equal.mean())["share"] if len(known) else None


def unlisted(films: pd.DataFrame, name: str) -> Facts:
    """How many films lack a label, and the median gross of those and of the others in USD."""
    missing = films[name].isna()
    medians = films["worldwide_gross"].groupby(missing).median()
    return {
        "films": int(missing.sum()),
        "median_gross": float(medians[True]),
        "median_gross_of_others": float(medians[False]),
    }


def horizon_facts(
    horizon: str, card: Manifest, metrics: Facts, answers: pd.DataFrame, slices: Facts
) -> Facts:
    """How good the forecast of one horizon is; `typical_factor` is what half the films exceed."""
    part = next(part for name, part in card.horizons.items() if name == horizon)
    return {
        "fields": part.fields,
        "films": part.films,
        **rounded(typical_factor=np.exp(log_error(answers).median())),
        **{n: metrics[n][horizon] for n in ("cross_validation", "spread", "test", "interval")},
        "backtest": metrics["backtest"].get(horizon),
        "slices": slices,
    }


def model_card(card: Manifest, data: Facts, horizons: Mapping[str, Facts]) -> Facts:
    """The whole card as data."""
    return {
        "intended_use": INTENDED,
        "coverage": card.coverage,
        "data": data,
        "horizons": dict(horizons),
        "limits": _limits(data, horizons),
    }


def _limits(data: Facts, horizons: Mapping[str, Facts]) -> list[str]:
    first, last = data["years"]
    limits = [
        f"`{h}`: half of the films are missed by a factor above {facts['typical_factor']:.2g}."
        for h, facts in horizons.items()
    ]
    limits += [_unlisted_limit(name, facts) for name, facts in data["unlisted"].items()]
    limits.append(f"It has learned from films of {first} to {last} and knows no later market.")
    limits.append("Dollars, asked and answered, are nominal: those of the film's own year.")
    if data["worldwide_equals_domestic"]:
        share = percent(data["worldwide_equals_domestic"])
        limits.append(
            f"Of {share} of the films the worldwide gross equals the domestic one: where takings "
            "abroad are not recorded, the target is too low, and so is the forecast."
        )
    return limits


def _unlisted_limit(name: str, facts: Facts) -> str:
    without, others = (millions(facts[n]) for n in ("median_gross", "median_gross_of_others"))
    return (
        f"{facts['films']:,} films list no `{name}`; their median gross is {without} M$, that of "
        f"the others {others} M$. Leaving `{name}` out is therefore not neutral: give it if known."
    )


def markdown(card: Facts) -> str:
    """The card as a page."""
    data = card["data"]
    first, last = data["years"]
    parts = [
        "# Model card",
        "Written by `python -m training.report`.",
        f"## Intended use\n\n{card['intended_use']}",
        f"## Data\n\n{data['films']:,} films of {first} to {last} from `{data['source']}` "
        f"(SHA-256 of the prepared table: `{data['hash']}`).",
        "## Quality\n\nCross-validated by title, with the standard deviation over the folds. "
        f"The interval promises {percent(card['coverage'])}.",
        _quality(card["horizons"]),
        *(_slices(h, facts["slices"]["budget"]) for h, facts in card["horizons"].items()),
        "## When not to trust it",
        "\n".join(f"- {limit}" for limit in card["limits"]),
    ]
    return "\n\n".join(parts) + "\n"


def _quality(horizons: Mapping[str, Facts]) -> str:
    def row(horizon: str, facts: Facts) -> list[str]:
        model, spread = facts["cross_validation"]["model"], facts["spread"]["model"]
        return [
            f"`{horizon}`",
            f"{facts['cross_validation']['films']['count']:,}",
            f"{millions(model['mae'])} ± {millions(spread['mae'])}",
            f"{model['rmsle']:.3f} ± {spread['rmsle']:.3f}",
            f"{model['r2']:.3f} ± {spread['r2']:.3f}",
            f"{percent(model['coverage'])} ± {100 * spread['coverage']:.1f}",
        ]

    header = ["horizon", "films", "MAE, M$", "RMSLE", "R²", "coverage"]
    return table(header, [row(h, facts) for h, facts in horizons.items()])


def slice_cells(facts: Mapping[str, Any]) -> list[str]:
    """MAE, RMSLE and coverage of a slice."""
    return [millions(facts["mae"]), f"{facts['rmsle']:.2f}", percent(facts["coverage"])]


def _slices(horizon: str, slices: list[Facts]) -> str:
    rows = [[plain(s["slice"]), f"{s['films']:,.0f}", *slice_cells(s)] for s in slices]
    header = [f"budget, `{horizon}`", "films", "MAE, M$", "RMSLE", "coverage"]
    return table(header, rows)
