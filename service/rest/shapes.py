"""What several adapters answer, as types: refusals, and what may be absent."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, NonNegativeInt
from pydantic.json_schema import SkipJsonSchema

from service.films.schema import NOUN

Kind = TypeVar("Kind")


def not_null(schema: dict[str, Any]) -> None:
    """What may be absent is never null."""
    del schema["default"]


Absent = Annotated[Kind | SkipJsonSchema[None], Field(json_schema_extra=not_null)]


class Problem(BaseModel):
    """What is wrong with one field."""

    index: Absent[NonNegativeInt] = Field(
        None, description=f"Place of the {NOUN}, from 0; only there where a list was sent."
    )
    field: str = Field(description=f'Name of the field, or "" where all of a {NOUN} is wrong.')
    message: str


class Accepted(BaseModel):
    """How many outcomes are in the journal, which are all that were sent."""

    accepted: NonNegativeInt


class Refusal(BaseModel):
    """Why there is no answer: a sentence, and the first fields at fault."""

    error: str
    details: list[Problem]
