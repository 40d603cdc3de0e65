"""Ids of forecasts, read as what they are: ULIDs."""

from service.journal.ids import _DIGITS

# Python's digits go on from 9 with A to V; Crockford leaves out I, L, O and U.
_TO_BASE_32 = str.maketrans(_DIGITS, "0123456789ABCDEFGHIJKLMNOPQRSTUV")


def milliseconds(name: str) -> int:
    """When a name was given, in milliseconds since 1970; raises ValueError where it is none."""
    if len(name) != 26 or not set(name) <= set(_DIGITS) or name[0] > "7":
        raise ValueError(f"{name[:40]!r} is no id of a forecast.")
    return int(name[:10].translate(_TO_BASE_32), 32)
