"""Out-of-fold answers: what a model's recipe has forecast of films that it had not learned from.

They stand for the model, which has learned from all of the films, where its quality is judged. So
they say which version of a model they are of, and go where it goes.
"""

from pathlib import Path

import pandas as pd

from service.errors import ModelUnavailable
from service.films.schema import Horizon

_VERSION = "version"


def together(answers: dict[Horizon, pd.DataFrame], version: str) -> pd.DataFrame:
    """One table of the answers of all horizons, with the version of their model in front."""
    parts = [table.assign(horizon=horizon) for horizon, table in answers.items()]
    table = pd.concat(parts, ignore_index=True).assign(**{_VERSION: version})
    first = [_VERSION, "horizon"]
    return table[[*first, *table.columns.drop(first)]]


def read(path: Path, version: str) -> pd.DataFrame:
    """The answers of a version of a model; raises ModelUnavailable where the file has others."""
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError):  # the latter is Arrow's
        table = pd.DataFrame()
    if table.empty or {version} != set(table.get(_VERSION, [])):
        raise ModelUnavailable(
            f"{path} does not hold the out-of-fold answers of model {version}: run `dvc repro` "
            "where that model was made."
        )
    return table
