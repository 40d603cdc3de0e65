"""The raw tables, as pandera schemas: their columns, and which values these take."""

import pandera.pandas as pa

from service.films.fields import LABELS, MAXIMA, NUMBERS
from service.films.schema import TARGET, TITLE
from training.common.raw import RawTable

_MOST = 1e12  # USD, and whatever else
_ELSEWHERE = {
    "production_budget",
    "opening_gross",
    "screens",
    "release_month",
    "predecessor_gross",
}


def _number(maximum: float = _MOST, required: bool = True) -> pa.Column:
    most = min(maximum, _MOST)
    return pa.Column(
        float,
        pa.Check.in_range(0, most, error=f"must be from 0 to {most:,.0f}"),
        nullable=True,
        coerce=True,
        required=required,
    )


def _label() -> pa.Column:
    return pa.Column(str, nullable=True, coerce=True, required=False)


def _table(name: str, **columns: pa.Column) -> pa.DataFrameSchema:
    title = pa.Column(str, pa.Check.str_length(min_value=1), coerce=True)
    return pa.DataFrameSchema({TITLE: title, **columns}, name=name, strict="filter")


MOVIES = _table(
    "movies.csv",
    **{name: _number(MAXIMA[name]) for name in NUMBERS if name not in _ELSEWHERE},
    **{name: _label() for name in LABELS},
    gross=_number(required=False),
)
FINANCIALS = _table(
    "financials.csv",
    production_budget=_number(),
    **{TARGET: _number()},
    domestic_gross=_number(required=False),
    release_date=pa.Column("datetime64[us]", nullable=True, coerce=True),
)
OPENINGS = _table("opening_gross.csv", opening_gross=_number(), screens=_number())
TABLES = {
    "movies": RawTable(MOVIES, ("movies.csv",)),
    "financials": RawTable(FINANCIALS, ("financials.csv", "finantials.csv")),
    "opening_gross": RawTable(OPENINGS, ("opening_gross.csv",), required=False),
}
