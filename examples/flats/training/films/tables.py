"""The raw table, as a pandera schema."""

import pandera.pandas as pa

from service.films.fields import LABELS, MAXIMA, NUMBERS
from service.films.schema import TARGET, TITLE
from training.common.raw import RawTable


def _number(maximum: float = 1e12) -> pa.Column:
    fits = pa.Check.in_range(0, maximum, error=f"must be from 0 to {maximum:,.0f}")
    return pa.Column(float, fits, nullable=True, coerce=True)


FLATS = pa.DataFrameSchema(
    {
        TITLE: pa.Column(str, pa.Check.str_length(min_value=1), coerce=True),
        TARGET: _number(),
        **{name: _number(min(MAXIMA[name], 1e12)) for name in NUMBERS},
        **{name: pa.Column(str, nullable=True, coerce=True) for name in LABELS},
    },
    name="flats.csv",
    strict="filter",
)
TABLES = {"flats": RawTable(FLATS, ("flats.csv",))}
