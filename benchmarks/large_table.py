"""A table of as many films as one likes, from a seed, piece by piece."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from service.model.manifest import Manifest

GROUP = 100_000  # films drawn at once, which are a row group
_UNKNOWN = 0.1  # share of the values


def write(path: Path, films: int, manifest: Manifest, seed: int = 0) -> None:
    """Write films as CSV or Parquet, by the end of the name."""
    first = next(tables(1, manifest, seed))
    is_csv = path.suffix == ".csv"
    writer: Any = (pacsv.CSVWriter if is_csv else pq.ParquetWriter)(path, first.schema)
    with writer:
        for table in tables(films, manifest, seed):
            writer.write_table(table)


def tables(films: int, manifest: Manifest, seed: int = 0) -> Iterator[pa.Table]:
    """Films with the fields that a model uses, each between what its training has seen."""
    used = {name for part in manifest.horizons.values() for name in part.fields}
    for start in range(0, films, GROUP):
        count = min(GROUP, films - start)
        random = np.random.default_rng([seed, start])
        columns: dict[str, Any] = {"number": np.arange(start, start + count)}
        for name in sorted(used):
            unknown = random.random(count) < _UNKNOWN
            if name in manifest.categories:
                labels = np.array(manifest.categories[name], object)
                drawn = labels[random.integers(0, len(labels), count)]
                columns[name] = pa.array(drawn, pa.string(), mask=unknown)
            else:
                seen = manifest.ranges[name]
                logs = random.uniform(np.log(max(seen.low, 1)), np.log(seen.high), count)
                columns[name] = pa.array(np.exp(logs).round(), mask=unknown)
        yield pa.table(columns)
