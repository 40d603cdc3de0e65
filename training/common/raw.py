"""What a raw table is: its columns, its file names, and whether it has to be there."""

from dataclasses import dataclass

import pandera.pandas as pa


@dataclass(frozen=True)
class RawTable:
    """A table of `ingest.source`, in the first of the files that is there."""

    schema: pa.DataFrameSchema
    files: tuple[str, ...]
    required: bool = True
