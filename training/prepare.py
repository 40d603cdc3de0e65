"""Typed tables to one table of films: joined, and split by title and by time."""

import hashlib
import json

import numpy as np
import pandas as pd

from service.films.schema import TITLE
from training.common import params
from training.common.cli import run
from training.common.files import read_table, write_together
from training.common.paths import FILMS, REPORTS, TABLES
from training.films.groups import TIME
from training.films.join import join, title_key
from training.films.tables import TABLES as RAW_TABLES

REPORT = REPORTS / "prepare.json"


def folds(keys: "pd.Series[str]", count: int, seed: int) -> "pd.Series[int]":
    """The fold of each title, from its hash: it stays the same when other films come or go."""

    def fold(key: str) -> int:
        digest = hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % count

    return pd.Series([fold(key) for key in keys], index=keys.index, dtype="int64")


def split(films: pd.DataFrame, settings: params.Prepare) -> pd.DataFrame:
    """Films with `fold` (by title) and `era`: the backtest learns the past, predicts the future."""
    keys = title_key(films[TITLE])
    return films.assign(
        fold=folds(keys, settings.folds, settings.seed),
        era=np.where(_later(films, settings.backtest_share), "future", "past"),
    )


def _later(films: pd.DataFrame, share: float) -> "pd.Series[bool]":
    """Whether each film is among the latest, which the backtest forecasts; none without a time."""
    if TIME is None:
        return pd.Series(False, index=films.index)
    later: pd.Series[bool] = films[TIME] > np.floor(films[TIME].quantile(1 - share))
    return later


def main(argv: list[str] | None = None) -> int:
    """Run the stage: data/ingested in, data/films.parquet and a report out."""
    tables = {name: read_table(TABLES / f"{name}.parquet") for name in RAW_TABLES}
    films, counts = join(tables)
    table = split(films, params.load().prepare).to_parquet(index=False)
    write_together({FILMS: table, REPORT: json.dumps(counts, indent=2) + "\n"})
    print("prepare: " + ", ".join(f"{name}: {count}" for name, count in counts.items()))
    return 0


if __name__ == "__main__":
    run("prepare", main)
