"""What OpenAPI says of /v2."""

from typing import Any

from pydantic import BaseModel

from service.errors import InvalidFilm, InvalidRequest, UnknownModel, WrongMediaType
from service.films.fields import FIELDS, LABELS
from service.films.schema import EXAMPLE, NOUN, TARGET
from service.rest import tensors
from service.rest.endpoint import READING
from service.rest.openapi import BYTES, Body, Operation, Parameter
from service.settings import MODEL_NAME

_TAG = "Open Inference Protocol"
_MODEL = Parameter("model", "Name of the model.", {"enum": [MODEL_NAME]}, "path", MODEL_NAME)
_HEAD = Parameter(
    "Inference-Header-Content-Length",
    "How many bytes of the body are JSON, where bytes of tensors follow.",
    {"type": "integer", "minimum": 0},
    "header",
)
_REFUSALS = (InvalidFilm, InvalidRequest, UnknownModel, WrongMediaType, *READING)


def operations(version: str) -> list[Operation]:
    """The operations on the server and, with the version and without, on the deployed model."""
    deployed = Parameter(
        "version", "The version that is deployed.", {"enum": [version]}, "path", version
    )
    return [
        _get("/v2", "server_metadata", "What serves", tensors.ServerMetadata),
        _get("/v2/health/live", "server_live", "Whether the server lives", tensors.Live),
        _get("/v2/health/ready", "server_ready", "Whether it is ready", tensors.Ready),
        *_on_model("/v2/models/{model}", "", (_MODEL,)),
        *_on_model("/v2/models/{model}/versions/{version}", "_of_version", (_MODEL, deployed)),
    ]


def _on_model(path: str, of: str, parameters: tuple[Parameter, ...]) -> list[Operation]:
    metadata, ready = "Inputs and outputs of the model", "Whether the model is ready"
    return [
        _get(path, f"model_metadata{of}", metadata, tensors.ModelMetadata, parameters),
        _get(f"{path}/ready", f"model_ready{of}", ready, tensors.ModelReady, parameters),
        _infer(f"{path}/infer", f"infer{of}", parameters),
    ]


def _get(
    path: str,
    name: str,
    summary: str,
    answer: type[BaseModel],
    parameters: tuple[Parameter, ...] = (),
) -> Operation:
    unready = {503: Body(answer, "It is not ready.")} if issubclass(answer, tensors.Ready) else {}
    return Operation(
        "get",
        path,
        name=name,
        tag=_TAG,
        summary=summary,
        parameters=parameters,
        answers={200: Body(answer, "What was asked for."), **unready},
        refusals=(UnknownModel,) if parameters else (),
        error=tensors.InferError,
    )


def _infer(path: str, name: str, parameters: tuple[Parameter, ...]) -> Operation:
    columns = [_column(field) for field in FIELDS if field in EXAMPLE]
    one = {"id": "1", "outputs": [{"name": TARGET}]}
    examples = {"columns": {"inputs": columns}, "one output": {"inputs": columns, **one}}
    return Operation(
        "post",
        path,
        name=name,
        tag=_TAG,
        summary=f"Forecast {NOUN}s in columns",
        description="All inputs have as many values, which may be bytes that follow the JSON.",
        parameters=(*parameters, _HEAD),
        request=Body(tensors.InferRequest, "A tensor a field.", examples=examples, also=(BYTES,)),
        answers={200: Body(tensors.InferResponse, "The outputs.", also=(BYTES,))},
        refusals=_REFUSALS,
        error=tensors.InferError,
    )


def _column(field: str) -> dict[str, Any]:
    datatype = "BYTES" if field in LABELS else "FP64"
    return {"name": field, "datatype": datatype, "shape": [1], "data": [EXAMPLE[field]]}
