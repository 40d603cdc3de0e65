"""Names of forecasts that sort by time: ULIDs, as github.com/ulid/spec describes them.

26 characters of Crockford's base32: 10 are milliseconds since 1970, and 16 are the rest, which is
drawn anew in each process and counts up from there, so that names of one millisecond sort, too.
"""

import secrets
import time

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [high + low for high in _DIGITS for low in _DIGITS]
_WORKER = 10  # characters that one process draws, which are 50 bits
_COUNT = 2**30  # in the 6 characters that are left


class Ids:
    """The names that one process gives; it is used by one thread."""

    def __init__(self) -> None:
        self._worker = "".join(secrets.choice(_DIGITS) for _ in range(_WORKER))
        self._next = secrets.randbelow(_COUNT // 2)
        self._last = 0

    def take(self, count: int) -> list[str]:
        """So many new names, each greater than all before it, whatever the clock does."""
        milliseconds = max(time.time_ns() // 1_000_000, self._last)
        if self._next + count > _COUNT:
            milliseconds, self._next = milliseconds + 1, 0
        self._last = milliseconds
        start = _digits(milliseconds) + self._worker
        first, self._next = self._next, self._next + count
        return [
            f"{start}{_PAIRS[n >> 20]}{_PAIRS[n >> 10 & 1023]}{_PAIRS[n & 1023]}"
            for n in range(first, self._next)
        ]


def _digits(milliseconds: int) -> str:
    return "".join([_PAIRS[milliseconds >> shift & 1023] for shift in (40, 30, 20, 10, 0)])
