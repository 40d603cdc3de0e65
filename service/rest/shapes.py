"""What is answered beside forecasts, as types: refusals, and what is deployed."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, NonNegativeInt, create_model
from pydantic.json_schema import SkipJsonSchema

from service.films.fields import LABELS, NUMBERS
from service.films.schema import NOUN, TARGET, Horizon
from service.model.manifest import HorizonManifest

Kind = TypeVar("Kind")


def _not_null(schema: dict[str, Any]) -> None:
    """What may be absent is never null."""
    del schema["default"]


Absent = Annotated[Kind | SkipJsonSchema[None], Field(json_schema_extra=_not_null)]


class Problem(BaseModel):
    """What is wrong with one field."""

    index: Absent[NonNegativeInt] = Field(
        None, description=f"Place of the {NOUN}, from 0; only there where a list was sent."
    )
    field: str = Field(description=f'Name of the field, or "" where all of a {NOUN} is wrong.')
    message: str


class Refusal(BaseModel):
    """Why there is no answer: a sentence, and the first fields at fault."""

    error: str
    details: list[Problem]


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

_ALIKE: dict[str, Any] = {
    "title": (str, ...),
    **dict.fromkeys(NUMBERS, (Absent[float], None)),  # type: ignore[misc]
    **dict.fromkeys(LABELS, (Absent[str], None)),  # type: ignore[misc]
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


class Explaining(BaseModel):
    """How forecasts are explained."""

    background: dict[Horizon, int] = Field(description=f"Beside how many {NOUN}s, by horizon.")
    exact_up_to: int = Field(description="All combinations of so many fields are looked at.")


class Comparing(BaseModel):
    """What comparable means."""

    films: int = Field(description="Of how many the nearest are named.")
    distance: str
    weights: dict[Horizon, dict[str, float]]


class FieldOfModel(BaseModel):
    """What the deployed model knows of one field."""

    unit: str
    known: Horizon = Field(description="From which horizon on the field is known.")
    used_by: list[Horizon] = Field(description="The horizons whose forecasts use it.")
    training_range: list[float] | None = Field(
        min_length=2, max_length=2, description="The smallest and the largest value of training."
    )
    categories: list[str] | None = Field(description="The labels that the model knows.")


class Deployed(BaseModel):
    """What is deployed."""

    model: str = Field(description="Tag in the BentoML model store; its version is a hash.")
    trained_at: str = Field(json_schema_extra={"format": "date-time"})
    git_sha: str
    data_hash: str = Field(description="SHA-256 of the table that it learned from.")
    coverage: float = Field(gt=0, lt=1, description="Share that an interval holds.")
    horizons: dict[Horizon, HorizonManifest]
    fields: dict[str, FieldOfModel]
    explanations: Explaining
    comparables: Comparing
    metrics: dict[str, Any] = Field(description="What reports/metrics.json says of it.")
    params: dict[str, Any] = Field(description="What it was trained with.")
    card: dict[str, Any] = Field(description="The model card.")
