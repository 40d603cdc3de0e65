"""What each method asks, before it is known over which transport."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from box_office_client import decoding
from box_office_client.schema import Asked, Comparables, Explanation, Prediction

Answer = TypeVar("Answer")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """A question: `rows` is one row or a list of them, or None where nothing is sent."""

    path: str  # over REST
    method: str  # over gRPC, "" where it has none
    rows: Row | list[Row] | None
    read: Callable[[Any], Answer]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""


def forecast(film: Row, asked: Asked) -> Call[Prediction]:
    """The forecast of one film."""
    read = partial(decoding.one, Prediction)
    return Call("prediction", "Predict", film, read, _given(asked))


def forecasts(films: Sequence[Row], asked: Asked) -> Call[list[Prediction]]:
    """Those of many films."""
    read = partial(decoding.many, Prediction)
    return Call("predictions", "PredictBatch", [*films], read, _given(asked))


def explain(film: Row) -> Call[Explanation]:
    """What the fields of one film do to its forecast."""
    return Call("explanation", "Explain", film, partial(decoding.one, Explanation))


def comparables(film: Row, count: int | None) -> Call[Comparables]:
    """The films that are most like one."""
    read = partial(decoding.one, Comparables)
    return Call("comparables", "Comparables", film, read, _given({"count": count}))


def tell(outcomes: Sequence[Row], token: str) -> Call[list[int]]:
    """What became of films; the answer is how many are in the journal."""
    return Call("outcomes", "Outcomes", [*outcomes], decoding.accepted, token=token)


def model() -> Call[dict[str, Any]]:
    """What is deployed."""
    return Call("model", "", None, dict)


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that say something, with lists as such."""
    listed = {
        name: [*value] if isinstance(value, Iterable) else value
        for name, value in parameters.items()
    }
    return {name: value for name, value in listed.items() if value not in (None, [])}
