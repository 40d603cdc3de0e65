"""The messages of the Predictor service, for whatever the schema names: for servers and clients."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service import parameters
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


def film(message: pb.PredictRequest) -> Film:
    """The fields that a request sets."""
    return fields(getattr(message, ONE))


def films(message: pb.PredictBatchRequest) -> Sequence[Any]:
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


def point(message: pb.Prediction) -> float:
    """The forecast without its interval."""
    return float(getattr(message, TARGET))


def fields(row: Any) -> Film:
    """The fields that one film of a request sets."""
    return {field.name: value for field, value in row.ListFields()}
