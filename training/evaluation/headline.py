"""The few numbers that one looks at first: what `dvc metrics` and `dvc exp show` compare."""

from collections.abc import Collection
from typing import Any

from training.common.numbers import rounded
from training.films.units import SCALE


def headline(report: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Cross-validated numbers of a report of `training.evaluate`, by the short name of a horizon.

    `mae` is in the unit of reports, and so is `late_mae`, that of the latest films, where there is
    one; `crps` is the score of the whole distribution, in log10.
    """
    short = shortened(report["cross_validation"])
    return {name: _numbers(report, horizon) for horizon, name in short.items()}


def shortened(horizons: Collection[str]) -> dict[str, str]:
    """Horizons by their first words, so that a table of them fits a screen, if those differ."""
    words = {horizon: horizon.partition("_")[0] for horizon in horizons}
    return words if len({*words.values()}) == len(words) else {name: name for name in horizons}


def _numbers(report: dict[str, Any], horizon: str) -> dict[str, float]:
    crossed = report["cross_validation"][horizon]["model"]
    numbers = {
        "mae": crossed["mae"] / SCALE,
        "rmsle": crossed["rmsle"],
        "coverage": crossed["coverage"],
        "crps": report["distribution"][horizon]["crps_log10"]["model"],
    }
    if horizon in report["backtest"]:
        numbers["late_mae"] = report["backtest"][horizon]["model"]["mae"] / SCALE
    return rounded(**numbers)
