"""Answers without the id that each has for itself, so that they can be compared."""

from typing import Any

from service.rpc import box_office_pb2 as pb


def nameless(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer over REST, which has an id."""
    assert answer["id"]
    return {name: value for name, value in answer.items() if name != "id"}


def unnamed(answer: pb.Prediction) -> pb.Prediction:
    """The same over gRPC."""
    assert answer.id
    copy = pb.Prediction()
    copy.CopyFrom(answer)
    copy.ClearField("id")
    return copy
