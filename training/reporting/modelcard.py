"""The model card: what the model is for, how good it is, and when not to trust it, from numbers.

After Mitchell et al., Model Cards for Model Reporting (2019).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from service.films.schema import NOUN
from service.model.background import Background
from service.model.comparables import DISTANCE, Table
from service.model.manifest import Manifest
from training.common.numbers import percent, rounded
from training.evaluation.metrics import METRICS, log_error
from training.films.facts import INTENDED, extent, limits
from training.films.units import amount
from training.reporting.markdown import plain, table

Facts = dict[str, Any]


def horizon_facts(
    horizon: str, manifest: Manifest, metrics: Facts, answers: pd.DataFrame, slices: Facts
) -> Facts:
    """How good the forecast of one horizon is; `typical_factor` is what half the films exceed."""
    part = next(part for name, part in manifest.horizons.items() if name == horizon)
    return {
        "fields": part.fields,
        "films": part.films,
        **rounded(typical_factor=np.exp(log_error(answers).median())),
        **{n: metrics[n][horizon] for n in ("cross_validation", "spread", "test", "interval")},
        **({"backtest": metrics["backtest"][horizon]} if horizon in metrics["backtest"] else {}),
        "slices": slices,
    }


def model_card(
    manifest: Manifest, beside: Facts, data: Facts, horizons: Mapping[str, Facts]
) -> Facts:
    """The whole card as data; `beside` is what the model answers beside forecasts."""
    return {
        "intended_use": INTENDED,
        "coverage": manifest.coverage,
        "beside": beside,
        "data": data,
        "horizons": dict(horizons),
        "limits": [*_factors(horizons), *limits(data)],
    }


def beside_forecasts(background: Background, films: Table) -> Facts:
    """How forecasts are explained, and what comparable films come from."""
    columns = {h: next(iter(fields.values()), []) for h, fields in background.horizons.items()}
    return {
        "background": {h: len(values) for h, values in columns.items()},
        "comparables": {"films": len(films.titles), "weights": films.weights},
    }


def _factors(horizons: Mapping[str, Facts]) -> list[str]:
    return [
        f"`{h}`: half of the {NOUN}s are missed by a factor above {facts['typical_factor']:.2g}."
        for h, facts in horizons.items()
    ]


def markdown(card: Facts) -> str:
    """The card as a page."""
    data = card["data"]
    sources = " and ".join(f"`{source}`" for source in data["source"])
    parts = [
        "# Model card",
        "Written by `python -m training.report`.",
        f"## Intended use\n\n{card['intended_use']}",
        f"## Data\n\n{extent(data)} from {sources} "
        f"(SHA-256 of the prepared table: `{data['hash']}`).",
        "## Quality\n\nThe model has learned from all of them. This is the quality of its recipe "
        "on titles left out: cross-validated, with the standard deviation over the folds. "
        f"The interval promises {percent(card['coverage'])}.",
        _quality(card["horizons"]),
        *(_slices(h, facts["slices"]) for h, facts in card["horizons"].items() if facts["slices"]),
        "## Beside forecasts",
        *_beside(card["beside"]),
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
            f"{amount(model['mae'])} ± {amount(spread['mae'])}",
            f"{model['rmsle']:.3f} ± {spread['rmsle']:.3f}",
            f"{model['r2']:.3f} ± {spread['r2']:.3f}",
            f"{percent(model['coverage'])} ± {100 * spread['coverage']:.1f}",
        ]

    titles = [METRICS[name].title for name in ("mae", "rmsle", "r2", "coverage")]
    header = ["horizon", f"{NOUN}s", *titles]
    return table(header, [row(h, facts) for h, facts in horizons.items()])


def _beside(facts: Facts) -> list[str]:
    counts = " and ".join(f"{n} {NOUN}s (`{h}`)" for h, n in facts["background"].items())
    table_of, weights = facts["comparables"]["films"], facts["comparables"]["weights"]
    names = list(dict.fromkeys(name for of in weights.values() for name in of))
    rows = [
        [f"`{name}`", *(f"{of[name]:.2f}" if name in of else "" for of in weights.values())]
        for name in names
    ]
    return [
        f"A forecast is explained by Shapley values, in natural logarithms, of the fields that a "
        f"{NOUN} gives, beside {counts} that stand for all.",
        f"Comparable {NOUN}s come from {table_of:,} that the model has learned from, by this "
        f"distance. {DISTANCE}",
        table(["weight of", *(f"`{h}`" for h in weights)], rows),
    ]


def slice_header() -> list[str]:
    """The headings of `slice_cells`."""
    return [METRICS[name].title for name in ("mae", "rmsle", "coverage")]


def slice_cells(facts: Mapping[str, Any]) -> list[str]:
    """MAE, RMSLE and coverage of a slice."""
    return [amount(facts["mae"]), f"{facts['rmsle']:.2f}", percent(facts["coverage"])]


def _slices(horizon: str, groups: Mapping[str, list[Facts]]) -> str:
    """The slices of the first grouping."""
    name, slices = next(iter(groups.items()))
    rows = [[plain(s["slice"]), f"{s['films']:,.0f}", *slice_cells(s)] for s in slices]
    return table([f"{name}, `{horizon}`", f"{NOUN}s", *slice_header()], rows)
