"""The raw tables and the prepared one, as pandera schemas."""

import pandera.pandas as pa

_TITLE = pa.Column(str, pa.Check.str_length(min_value=1), coerce=True)


def _number(maximum: float = 1e12, required: bool = True) -> pa.Column:
    return pa.Column(
        float, pa.Check.in_range(0, maximum), nullable=True, coerce=True, required=required
    )


def _label() -> pa.Column:
    return pa.Column(str, nullable=True, coerce=True, required=False)


def _table(name: str, **columns: pa.Column) -> pa.DataFrameSchema:
    return pa.DataFrameSchema({"movie_title": _TITLE, **columns}, name=name, strict="filter")


MOVIES = _table(
    "movies.csv",
    title_year=_number(),
    duration=_number(),
    aspect_ratio=_number(),
    cast_total_facebook_likes=_number(),
    budget=_number(),
    imdb_score=_number(10),
    gross=_number(required=False),
    genre=_label(),
    mpaa_rating=_label(),
)
FINANCIALS = _table(
    "financials.csv",
    production_budget=_number(),
    worldwide_gross=_number(),
    domestic_gross=_number(required=False),
    release_date=pa.Column("datetime64[us]", nullable=True, coerce=True),
)
OPENINGS = _table("opening_gross.csv", opening_gross=_number(), screens=_number())
