"""When to try again: later and later, by chance, and never beyond the deadline."""

import random
import time

from box_office_client.errors import BoxOfficeError, TooSlow, TryAgain

SECONDS = 30.0  # for all tries, unless a client says otherwise
_FIRST, _LONGEST = 0.1, 5.0  # seconds of a pause


class Tries:
    """The tries of one call of a method, all of them within so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._end = seconds, time.monotonic() + seconds
        self._failed = 0
        self._why: TryAgain | None = None

    def left(self) -> float:
        """How many seconds there are; raises what `over` says where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.over()
        return left

    def over(self) -> BoxOfficeError:
        """What to raise at the deadline: why the last try has failed, if one has."""
        if self._why is None:
            return TooSlow(f"There was no whole answer within {self._seconds:g} s.")
        self._why.add_note(f"Tries that failed within {self._seconds:g} s: {self._failed}.")
        return self._why

    def pause(self, error: TryAgain) -> float:
        """After how many seconds to try again; raises the error where that is too late.

        Half of a pause is chance, so that those who were refused together do not come together.
        """
        usual = min(_LONGEST, _FIRST * 2.0**self._failed)
        pause = max(error.after, usual * random.uniform(0.5, 1))
        self._failed, self._why = self._failed + 1, error
        if pause >= self._end - time.monotonic():
            raise self.over()
        return pause

    def succeeded(self) -> None:
        """What comes next begins with a short pause again."""
        self._failed, self._why = 0, None
