"""Protobuf as bytes: messages that no generated code would write."""

import struct

Value = int | float | str | bytes


def varint(number: int) -> bytes:
    """A whole number, seven bits a byte; a negative one as its 64 bits."""
    number &= (1 << 64) - 1
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*data, number])


def field(number: int, value: Value) -> bytes:
    """A field: a varint, a double, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def message(*fields: tuple[int, Value]) -> bytes:
    """A message of fields, each by its number."""
    return b"".join(field(number, value) for number, value in fields)


def framed(data: bytes, *, size: int | None = None) -> bytes:
    """A message as gRPC sends it, which may lie about its size."""
    return b"\0" + (len(data) if size is None else size).to_bytes(4, "big") + data
