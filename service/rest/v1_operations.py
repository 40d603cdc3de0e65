"""What OpenAPI says of the paths under /v1 that take films."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from service.errors import Closed, InvalidFilm, InvalidRequest, Unauthorized, WrongMediaType
from service.films.schema import EXAMPLE, NOUN, Outcome, Prediction, Row
from service.limits import Limits
from service.parameters import Parameters
from service.rest.beside import Alike, Explanation
from service.rest.endpoint import READING
from service.rest.openapi import Body, Operation, Parameter
from service.rest.shapes import Accepted, Refusal
from service.validation import MOST_COMPARABLES, USUAL_COMPARABLES

_EXAMPLES = {"coverage": 0.5, "at_least": 150_000_000, "quantiles": [0.1, 0.9]}
_KEPT = ("type", "items", "minimum", "maximum", "exclusiveMinimum", "minItems", "maxItems")
_COUNT = Parameter(
    "count",
    f"How many {NOUN}s to name.",
    {"type": "integer", "minimum": 1, "maximum": MOST_COMPARABLES, "default": USUAL_COMPARABLES},
)


def operations(limits: Limits) -> list[Operation]:
    """Those of a worker, whose lists may be as long as its limits say."""
    one = Body(Row, f"What is known of the {NOUN}.", examples={NOUN: EXAMPLE})
    many, some = _listed(limits.max_batch), _listed(limits.explained.max_batch)
    return [
        _post(
            "prediction",
            "predict",
            f"Forecast one {NOUN} from what is known of it",
            one,
            Body(Prediction, "The forecast."),
            _asked(),
        ),
        _post(
            "predictions",
            "predict_many",
            f"Forecast many {NOUN}s, all of them or none",
            many,
            Body(list[Prediction], f"One forecast for each {NOUN}, in order."),
            _asked(),
        ),
        _post(
            "explanation",
            "explain",
            f"Say what each field of one {NOUN} does to its forecast",
            one,
            Body(Explanation, "A base and factors, whose product is the forecast."),
        ),
        _post(
            "explanations",
            "explain_many",
            f"Explain some {NOUN}s, all of them or none",
            some,
            Body(list[Explanation], f"One explanation for each {NOUN}, in order."),
        ),
        _post(
            "comparables",
            "compare",
            f"Name the {NOUN}s of the training data that are most like one",
            one,
            Body(Alike, "The nearest first."),
            [_COUNT],
        ),
        _outcomes(limits.max_batch),
    ]


def _outcomes(most: int) -> Operation:
    rows = Annotated[list[Outcome], Field(max_length=most)]
    return Operation(
        "post",
        "/v1/outcomes",
        name="tell_outcomes",
        tag="Outcomes",
        summary=f"Tell what became of {NOUN}s",
        description="For whoever has the token, where the owner of the service has set one.",
        request=Body(
            rows,
            f"Up to {most:,} outcomes, all of them or none.",
            examples={"outcomes": [_example(Outcome)]},
        ),
        answers={202: Body(Accepted, "They are in the journal.")},
        refusals=(Unauthorized, Closed, InvalidFilm, InvalidRequest, WrongMediaType, *READING),
        error=Refusal,
        secured=True,
    )


def _example(row: type[BaseModel]) -> Any:
    """The one that a type of the schema has."""
    extra = row.model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    return extra["example"]


def _listed(most: int) -> Body:
    rows = Annotated[list[Row], Field(max_length=most)]
    return Body(rows, f"Up to {most:,} {NOUN}s.", examples={f"{NOUN}s": [EXAMPLE, {}]})


def _post(
    path: str,
    name: str,
    summary: str,
    request: Body,
    answer: Body,
    parameters: Sequence[Parameter] = (),
) -> Operation:
    return Operation(
        "post",
        f"/v1/{path}",
        name=name,
        tag="Forecasts",
        summary=summary,
        request=request,
        parameters=parameters,
        answers={200: answer},
        refusals=(InvalidFilm, InvalidRequest, WrongMediaType, *READING),
        error=Refusal,
    )


def _asked() -> list[Parameter]:
    """What may be asked beside a forecast, as what validates it says."""
    described = Parameters.model_json_schema()["properties"].items()
    return [
        Parameter(name, text["description"], _of_one(text), example=_EXAMPLES[name])
        for name, text in described
    ]


def _of_one(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value that is there; pydantic's has the absent one as an alternative."""
    schema, *_ = schema.get("anyOf", [schema])
    return {name: value for name, value in schema.items() if name in _KEPT}
