"""OpenAPI 3.1 from operations: each adapter describes its own, and this puts them together.

Bodies are described by types, so that a document says what is validated. Statuses come from the
errors that an operation may raise, and what they mean from the docstrings of those errors.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from service.errors import UNEXPECTED, BoxOfficeError
from service.rest.endpoint import STATUS
from service.settings import MODEL_NAME

NAME = MODEL_NAME.replace("_", " ").title()
VERSION = "1.0.0"  # of the interface; CHANGELOG.md says what has changed
JSON = "application/json"
TEXT = "text/plain"
BYTES = "application/octet-stream"
_SCHEMAS = "#/components/schemas/"
# What can happen to any request, whatever it asks for.
_ALWAYS = {
    405: "This path does not answer that method: the header Allow says which it does.",
    431: "The headers are too large or too many.",
    500: UNEXPECTED,
}
_TOKEN = "token"
_HEADERS = {
    401: {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}},
    405: {"Allow": {"description": "Methods, with commas.", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
}


@dataclass(frozen=True)
class Body:
    """What a request or an answer holds: a type that pydantic knows, and examples by name.

    `also` are further media types, whose bytes no schema describes.
    """

    type: Any
    description: str = ""
    media_type: str = JSON
    examples: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parameter:
    """A part of the path, of the query or of the headers; one in the path is always required.

    A list has commas between its values.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    place: Literal["path", "query", "header"] = "query"
    example: Any = None


@dataclass(frozen=True)
class Operation:
    """One method of one path: what it takes, what it answers, and how it refuses.

    `name` is unique, and what a generated client calls it. `error` is the shape of every refusal.
    `secured` is whether it asks for a token.
    """

    method: Literal["get", "post"]
    path: str
    _: KW_ONLY
    name: str
    tag: str
    summary: str
    error: type
    answers: Mapping[int, Body]
    description: str = ""
    parameters: Sequence[Parameter] = ()
    request: Body | None = None
    refusals: Sequence[type[BoxOfficeError]] = ()
    secured: bool = False

    def bodies(self) -> Iterable[tuple[JsonSchemaMode, Body]]:
        """What it reads and what it writes."""
        if self.request:
            yield "validation", self.request
        for body in (*self.answers.values(), Body(self.error)):
            yield "serialization", body


_Schemas = Mapping[tuple[Any, JsonSchemaMode], Any]


def document(operations: Sequence[Operation], description: str) -> dict[str, Any]:
    """The OpenAPI document of operations, as JSON has it."""
    schemas, components = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": NAME, "version": VERSION, "description": description},
        "tags": [{"name": tag} for tag in dict.fromkeys(o.tag for o in operations)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {_TOKEN: {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(operations: Sequence[Operation]) -> tuple[_Schemas, dict[str, Any]]:
    """Schemas of all bodies by type and mode, and those that they refer to by name."""
    bodies = [each for operation in operations for each in operation.bodies()]
    types = {(str(body.type), mode): TypeAdapter(body.type) for mode, body in bodies}
    inputs = [(key, mode, adapter) for (key, mode), adapter in types.items()]
    schemas, shared = TypeAdapter.json_schemas(inputs, ref_template=_SCHEMAS + "{model}")
    return schemas, shared.get("$defs", {})


def _operation(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [_parameter(each) for each in operation.parameters],
        "security": [{_TOKEN: []}] if operation.secured else [],
    }
    if operation.request:
        content = _content(operation.request, "validation", schemas)
        described["requestBody"] = {
            "required": True,
            "description": operation.request.description,
            "content": content,
        }
    described["responses"] = dict(sorted(_responses(operation, schemas).items()))
    return {key: value for key, value in described.items() if value}


def _responses(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    answers = {
        str(status): {
            "description": body.description,
            "content": _content(body, "serialization", schemas),
        }
        for status, body in operation.answers.items()
    }
    return answers | _refusals(operation, schemas)


def _content(body: Body, mode: JsonSchemaMode, schemas: _Schemas) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": schemas[str(body.type), mode]}
    if body.examples:
        media["examples"] = {name: {"value": value} for name, value in body.examples.items()}
    return {body.media_type: media} | {
        each: {"schema": {"type": "string", "contentMediaType": each}} for each in body.also
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    example = {} if parameter.example is None else {"example": parameter.example}
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.description,
        "schema": dict(parameter.schema),
        **({"explode": False} if parameter.schema.get("type") == "array" else {}),
        **example,
    }


def _refusals(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    """What it answers where it refuses, by status."""
    words = {status: [sentence] for status, sentence in _ALWAYS.items()}
    for error in operation.refusals:
        words.setdefault(STATUS[error], []).append(str(error.__doc__))
    shape = _content(Body(operation.error), "serialization", schemas)
    return {
        str(status): {
            "description": " ".join(sentences),
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
            "content": shape,
        }
        for status, sentences in words.items()
    }
