"""Tables of many times the films: each copy has titles of its own, and amounts a little apart."""

from pathlib import Path

import numpy as np
import pandas as pd

from service.films.schema import TITLE

SPREAD = 0.1  # of the logarithm of an amount
LEAST = 10_000  # what is smaller is no amount


def multiply(source: Path, times: int, target: Path) -> None:
    """Write the tables of a folder into another one, with `times` as many rows."""
    random = np.random.default_rng(0)
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.csv")):
        table = pd.read_csv(path, dtype=str)
        copies = [table, *(_another(table, number, random) for number in range(2, times + 1))]
        pd.concat(copies).to_csv(target / path.name, index=False)


def _another(table: pd.DataFrame, number: int, random: np.random.Generator) -> pd.DataFrame:
    # The number comes first, so that what a title says of a series stays at its end.
    copy = table.assign(**{TITLE: f"Copy {number} of " + table[TITLE]})
    for name in copy.columns.drop(TITLE):
        amounts = pd.to_numeric(copy[name], errors="coerce")
        scattered = (amounts * np.exp(random.normal(0, SPREAD, len(copy)))).round()
        copy[name] = copy[name].mask(amounts >= LEAST, scattered.map("{:.0f}".format))
    return copy
