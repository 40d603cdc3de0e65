"""Rows to messages, and messages to what JSON would have, by what the descriptors say."""

import re
from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from box_office_client.calls import Call, Row
from box_office_client.errors import Detail, InvalidFilm, InvalidRequest
from box_office_client.rpc import box_office_pb2 as pb
from box_office_client.schema import NOUN, Film, Outcome

_METHODS = pb.DESCRIPTOR.services_by_name["Predictor"].methods_by_name
_FILM = _METHODS["Predict"].input_type.fields[0].message_type
_NAMES = "|".join({**Film.__annotations__, **Outcome.__annotations__})
_DETAIL = re.compile(rf"(?:\w+ (?P<index>\d+): )?(?:(?P<field>{_NAMES}) )?(?P<message>.+)", re.S)
_END = re.compile(r"\.( There are \d+ problems in all\.)?$")


def request(call: Call[Any]) -> Message:
    """The message of a call; raises InvalidFilm or InvalidRequest for what no message can hold."""
    kind = _METHODS[call.method].input_type
    [(field, row_kind)] = [(each, each.message_type) for each in kind.fields if each.message_type]
    one = isinstance(call.rows, Mapping)
    rows: Any = [call.rows] if one else call.rows
    problems = [
        Detail(name, wrong, None if one else index)
        for index, row in enumerate(rows)
        for name, value in row.items()
        if (wrong := _wrong(row_kind, name, value))
    ]
    if problems:
        raise InvalidFilm(problems)
    messages = [_message(row_kind, row) for row in rows]
    films: Any = {field.name: messages if field.is_repeated else messages[0]}
    message = _class(kind)(**films)
    for name, value in call.parameters.items():
        try:
            message.MergeFrom(_class(kind)(**{name: value}))
        except (TypeError, ValueError):
            raise InvalidRequest(f"The parameter {name} cannot be {value!r}.") from None
    return message


def answer(call: Call[Any], message: Message) -> Any:
    """What a call is answered over REST: where a response has messages alone, just these."""
    [first, *others] = message.DESCRIPTOR.fields
    if others or not first.message_type:
        return values(message)
    inside = getattr(message, first.name)
    if not first.is_repeated:
        return values(inside)
    answers = [values(each) for each in inside]
    return answers[0] if isinstance(call.rows, Mapping) else answers


def values(message: Message) -> dict[str, Any]:
    """The fields of a message as JSON has them: those of a film beside others, not in them."""
    told: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.is_repeated:
            told[field.name] = [values(each) for each in value] if field.message_type else [*value]
        elif field.has_presence and not message.HasField(field.name):
            continue
        elif field.message_type is _FILM:
            told |= values(value)
        else:
            told[_name(field)] = _value(field, value)
    return told


def details(call: Call[Any], sentence: str) -> list[Detail]:
    """The films and fields that a refusal names; none where something else is wrong."""
    listed = not isinstance(call.rows, Mapping)
    found = [_DETAIL.fullmatch(each) for each in _END.sub("", sentence).split("; ")]
    told = [each for each in found if each and (each["index"] or each["field"])]
    if len(told) < len(found):
        return []
    return [
        Detail(each["field"] or "", each["message"], int(each["index"] or 0) if listed else None)
        for each in told
    ]


def _wrong(kind: Descriptor, name: str, value: Any) -> str:
    """What the service would say over REST of a value that a message cannot hold, or ""."""
    field = kind.fields_by_name.get(name)
    if field is None:
        what = f"a {NOUN}" if kind is _FILM else "an outcome"
        return f"is not a field of {what}"
    if value is None:
        return ""
    if field.type == FieldDescriptor.TYPE_STRING:
        return "" if isinstance(value, str) else "must be a valid string"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if number else "must be a valid number"


def _message(kind: Descriptor, row: Row) -> Message:
    return _class(kind)(**{name: value for name, value in row.items() if value is not None})


def _class(kind: Descriptor) -> type[Message]:
    found: type[Message] = getattr(pb, kind.name)
    return found


def _name(field: Any) -> Any:
    """That of a field, or of the choice that it is one of."""
    choice = field.containing_oneof
    return choice.name if choice and not choice.name.startswith("_") else field.name


def _value(field: Any, value: Any) -> Any:
    if field.enum_type:
        name: str = field.enum_type.values_by_number[value].name.lower()
        return name.removeprefix(f"{field.enum_type.name.lower()}_")
    return values(value) if field.message_type else value
