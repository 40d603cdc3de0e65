"""Messages as they arrive: bytes, whose fields are counted before they are parsed."""

from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from service.errors import InvalidRequest, TooLarge

Parsed = TypeVar("Parsed", bound=Message)

# Two bytes can be a message that takes a hundred in memory; in so many bytes, that does no harm.
_HARMLESS = 256 * 1024
_OTHERS = 100  # fields that a message may have beside its films or tensors
_FIXED = {1: 8, 5: 4}  # bytes of a value, by wire type
_LENGTH_DELIMITED = 2


def parse(message: type[Parsed], raw: bytes, most: int = 1) -> Parsed:
    """The message in some bytes; raises InvalidRequest, or TooLarge if it has too many fields.

    `most` is how many films or tensors it may have.
    """
    name = message.DESCRIPTOR.name
    try:
        if len(raw) > _HARMLESS and _more_fields(raw, most + _OTHERS):
            raise TooLarge(f"A {name} may have {most + _OTHERS} fields: send several.")
        return message.FromString(raw)
    except (DecodeError, IndexError):
        raise InvalidRequest(f"The bytes are no {name}.") from None


def _more_fields(raw: bytes, most: int) -> bool:
    """Are there more fields at the top of a message?

    See protobuf.dev/programming-guides/encoding.
    """
    at = fields = 0
    while at < len(raw) and fields <= most:
        fields += 1
        tag, at = _varint(raw, at)
        kind = tag & 7
        if kind in _FIXED:
            at += _FIXED[kind]
            continue
        number, at = _varint(raw, at)
        if kind == _LENGTH_DELIMITED:
            at += number
    return fields > most


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends; raises IndexError where it does not."""
    number = 0
    for shift in range(0, 64, 7):
        byte = raw[at + shift // 7]
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at + shift // 7 + 1
    raise IndexError
