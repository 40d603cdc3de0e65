"""The JSON of the Open Inference Protocol, as types: what is asked under /v2, and answered."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, FailFast, Field, StrictInt, WithJsonSchema

from service import oip
from service.films.fields import COLUMNS
from service.rest.shapes import Absent
from service.settings import MODEL_NAME


def _one_of(*texts: str) -> WithJsonSchema:
    """What a text may be; it is checked elsewhere, where the words of refusal are."""
    return WithJsonSchema({"type": "string", "enum": [*texts]})


Model = Annotated[str, _one_of(MODEL_NAME)]
InputName = Annotated[str, _one_of(*COLUMNS)]
OutputName = Annotated[str, _one_of(*oip.OUTPUTS)]
Datatype = Annotated[str, _one_of(*oip.DTYPES, "BYTES")]


class InputTensor(BaseModel):
    """A column: one value of a field for each row, here or as bytes after the JSON."""

    name: InputName
    shape: Annotated[list[StrictInt], FailFast()] = Field(description="[rows] or [rows, 1].")
    datatype: Datatype
    parameters: dict[str, Any] = Field({}, description="`binary_data_size`, of its bytes.")
    data: list[Any] | None = None


class WantedOutput(BaseModel):
    """An output that is asked for."""

    name: OutputName
    parameters: dict[str, Any] = Field({}, description="`binary_data`: whether as bytes.")


class InferRequest(BaseModel):
    """Columns to forecast from, and the outputs that are wanted; all, where there are none."""

    id: str | None = None
    parameters: dict[str, Any] = Field({}, description="`binary_data_output`: whether as bytes.")
    inputs: Annotated[list[InputTensor], FailFast()] = Field(json_schema_extra={"minItems": 1})
    outputs: Annotated[list[WantedOutput], FailFast()] = []


class OutputTensor(BaseModel):
    """A column of the answer, in JSON or as bytes after it."""

    name: OutputName
    datatype: Literal["FP64", "BYTES"]
    shape: list[int] = Field(min_length=1, max_length=1)
    parameters: Absent[dict[str, int]] = Field(None, description="`binary_data_size`.")
    data: Absent[list[float] | list[str]] = None


class InferResponse(BaseModel):
    """The outputs that were asked for, each with one value for each row."""

    model_name: Model
    model_version: str
    id: str = Field(description="That of the request, or else the name of the first forecast.")
    outputs: list[OutputTensor]


class InferError(BaseModel):
    """Why there is no answer, in a sentence."""

    error: str


class ServerMetadata(BaseModel):
    """What serves; its version is that of the deployed model."""

    name: Model
    version: str
    extensions: list[str]


class Column(BaseModel):
    """An input or an output; -1 stands for any number of rows."""

    name: str
    datatype: Literal["FP64", "BYTES"]
    shape: list[int]


class ModelMetadata(BaseModel):
    """The inputs and the outputs of the model."""

    name: Model
    versions: list[str]
    platform: str
    inputs: list[Column]
    outputs: list[Column]


class Live(BaseModel):
    """Whether the server lives."""

    live: bool


class Ready(BaseModel):
    """Whether the server is ready."""

    ready: bool


class ModelReady(Ready):
    """Whether the model is ready."""

    name: Model
