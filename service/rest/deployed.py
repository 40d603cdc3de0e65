"""What GET /v1/model answers, as types."""

from typing import Any

from pydantic import BaseModel, Field

from service.films.schema import NOUN, Horizon
from service.model.manifest import HorizonManifest


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

    description: str
    unit: str
    unit_is_said: bool = Field(description="Whether the unit goes along in sentences.")
    maximum: float | None = Field(description="No value may be larger; a label has none.")
    known: Horizon = Field(description="From which horizon on the field is known.")
    used_by: list[Horizon] = Field(description="The horizons whose forecasts use it.")
    training_range: list[float] | None = Field(
        min_length=2, max_length=2, description="The smallest and the largest value of training."
    )
    categories: list[str] | None = Field(description="The labels that the model knows.")


class Target(BaseModel):
    """What is forecast."""

    name: str = Field(description="Of the median, in answers.")
    mean: str = Field(description="Name of the mean, in answers.")
    unit: str
    description: str


class RequestLimits(BaseModel):
    """How much one request may hold."""

    films: int
    bytes: int


class BreakEven(BaseModel):
    """What is to be earned back: a multiple of a field."""

    field: str
    multiple: float


class Deployed(BaseModel):
    """What is deployed."""

    service: str
    version: str = Field(description="Of the code, as its tag in git is.")
    noun: str = Field(description="What is forecast, in sentences.")
    target: Target
    limits: RequestLimits
    break_even: BreakEven | None
    examples: dict[str, dict[str, Any]]
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
