"""Why a forecast is what it is, and what is like a film, as types.

Making them takes a while, so that only the document imports them.
"""

from typing import Any

from pydantic import BaseModel, Field, create_model
from pydantic.json_schema import SkipJsonSchema

from service.films.fields import FIELDS, LABELS, UNITS
from service.films.schema import NOUN, TARGET, Horizon, Row
from service.rest.shapes import not_null


class Factor(BaseModel):
    """What the value of one field multiplies a forecast by."""

    field: str
    value: float | str = Field(description="As it was sent.")
    factor: float = Field(gt=0)


_EXPLANATION: dict[str, Any] = {
    TARGET: (float, Field(ge=0, description="The forecast.")),
    "base": (float, Field(gt=0, description=f"What other {NOUN}s would reach in its place.")),
    "factors": (list[Factor], Field(description="The strongest first.")),
    "horizon": (Horizon, Field(description="What the forecast could know.")),
    "exact": (bool, Field(description="Whether all combinations of fields were looked at.")),
    "standard_error": (
        float,
        Field(ge=0, description="Of a factor's natural logarithm, where they were not."),
    ),
    "model": (str, Field(description="Tag of the model in the BentoML model store.")),
}
Explanation = create_model(
    "Explanation",
    __doc__=f"Why the forecast of a {NOUN} is what it is: the base times all factors.",
    **_EXPLANATION,
)


def _where_known(name: str) -> tuple[Any, Any]:
    """A field of a row, absent where it is not known of it."""

    def change(schema: dict[str, Any]) -> None:
        not_null(schema)
        schema["unit"] = UNITS[name]

    kind: Any = str if name in LABELS else float
    description = Row.model_fields[name].description
    field = Field(None, description=description, json_schema_extra=change)
    return kind | SkipJsonSchema[None], field  # type: ignore[misc]


_ALIKE: dict[str, Any] = {
    "title": (str, ...),
    **{name: _where_known(name) for name in FIELDS},
    TARGET: (float, Field(ge=0, description="In the unit of its own year or place.")),
    f"{TARGET}_then": (float, Field(ge=0, description="In that of the one asked about.")),
    "distance": (float, Field(ge=0, description="0 for the same, about 1 for one at random.")),
}
AlikeFilm = create_model(
    "AlikeFilm",
    __doc__=f"A {NOUN} that the model has learned from, with the fields that are known of it.",
    **_ALIKE,
)


class Rank(BaseModel):
    """Where a forecast would stand among what others reached."""

    position: int = Field(ge=1, description="1 is the largest.")
    of: int = Field(ge=1)


class Alike(BaseModel):
    """What was most like one, the nearest first."""

    films: list[AlikeFilm]  # type: ignore[valid-type]
    rank: Rank
    model: str = Field(description="Tag of the model in the BentoML model store.")
