"""What is answered beside forecasts, as types: refusals, and what is deployed."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, NonNegativeInt
from pydantic.json_schema import SkipJsonSchema

from service.films.schema import NOUN, Horizon
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
    metrics: dict[str, Any] = Field(description="What reports/metrics.json says of it.")
    params: dict[str, Any] = Field(description="What it was trained with.")
    card: dict[str, Any] = Field(description="The model card.")
