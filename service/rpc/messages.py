"""The messages of the Predictor service, for whatever the schema names: for servers and clients."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service import parameters
from service.films.fields import FIELDS
from service.films.schema import HORIZONS, TARGET
from service.model.distribution import Asked
from service.rpc import box_office_pb2 as pb
from service.rpc.protofile import MANY, ONE, ROW

Film = Mapping[str, Any]

_Row = getattr(pb, ROW)
_FILMS = (ONE, MANY)
_HORIZONS: dict[str, Any] = {h: pb.Horizon.Value(f"HORIZON_{h.upper()}") for h in HORIZONS}


def request(film: Film) -> pb.PredictRequest:
    """The request of one film."""
    return pb.PredictRequest(**{ONE: _Row(**film)})


def batch_request(films: Iterable[Film]) -> pb.PredictBatchRequest:
    """The request of many films."""
    rows: Any = {MANY: [_Row(**film) for film in films]}
    return pb.PredictBatchRequest(**rows)


def explain_request(films: Iterable[Film]) -> pb.ExplainRequest:
    """The request of explanations."""
    return pb.ExplainRequest(**{MANY: [_Row(**film) for film in films]})


def comparables_request(film: Film, count: int | None = None) -> pb.ComparablesRequest:
    """The request of so many comparable films."""
    return pb.ComparablesRequest(**{ONE: _Row(**film)}, count=count)


def film(message: pb.PredictRequest | pb.ComparablesRequest) -> Film:
    """The fields that a request sets."""
    return fields(getattr(message, ONE))


def films(message: pb.PredictBatchRequest | pb.ExplainRequest) -> Sequence[Any]:
    """The films of a request, each for `fields`."""
    rows: Sequence[Any] = getattr(message, MANY)
    return rows


def asked(message: pb.PredictRequest | pb.PredictBatchRequest) -> Asked:
    """What a request asks beside its films; raises InvalidRequest naming the field at fault."""
    asked = {field.name: value for field, value in message.ListFields() if field.name not in _FILMS}
    return parameters.asked(asked)


def prediction(answer: Mapping[str, Any]) -> pb.Prediction:
    """An answer of the dataplane as a message."""
    return pb.Prediction(**_fields(answer))


def add(response: pb.PredictBatchResponse, answers: Iterable[Mapping[str, Any]]) -> None:
    """Answers of the dataplane into a response, in half the time of `prediction` and a copy."""
    for answer in answers:
        response.predictions.add(**_fields(answer))


def _fields(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {**answer, "horizon": _HORIZONS[answer["horizon"]]}


def explanation(answer: Mapping[str, Any]) -> pb.Explanation:
    """An explanation of the dataplane as a message."""
    factors = [
        pb.Factor(
            field=each["field"],
            factor=each["factor"],
            **{"label" if isinstance(each["value"], str) else "number": each["value"]},
        )
        for each in answer["factors"]
    ]
    return pb.Explanation(**{**_fields(answer), "factors": factors})


def comparables(answer: Mapping[str, Any]) -> pb.ComparablesResponse:
    """Comparable films of the dataplane as a message."""
    films = [
        pb.Comparable(
            **{ONE: _Row(**{n: v for n, v in film.items() if n in FIELDS})},
            **{n: v for n, v in film.items() if n not in FIELDS},
        )
        for film in answer["films"]
    ]
    return pb.ComparablesResponse(
        films=films, rank=pb.Rank(**answer["rank"]), model=answer["model"]
    )


def point(message: pb.Prediction | pb.Explanation) -> float:
    """The forecast without its interval."""
    return float(getattr(message, TARGET))


def fields(row: Any) -> Film:
    """The fields that one film of a request sets."""
    return {field.name: value for field, value in row.ListFields()}
