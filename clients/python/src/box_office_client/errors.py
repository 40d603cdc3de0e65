"""What can go wrong, by the names that the service has for it, whatever the transport."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from box_office_client.schema import NOUN

_TOLD = 20  # problems in one sentence; the rest is counted


class BoxOfficeError(Exception):
    """Base of every error that a client raises; one sentence, in the words of the service."""


class InvalidRequest(BoxOfficeError):
    """A request is wrong, whatever films it holds."""


class Unauthorized(BoxOfficeError):
    """Outcomes were told without the token that this takes."""


class Closed(BoxOfficeError):
    """The owner of the service takes no outcomes, or does not know who asks."""


class TooLarge(BoxOfficeError):
    """A request has too many films or bytes, also in pieces of one film."""


class TooSlow(BoxOfficeError):
    """There was no answer before the deadline, and no try had failed before."""


class TryAgain(BoxOfficeError):
    """What may pass; it is raised where the deadline leaves no time for another try.

    `after` is for how many seconds the service asks not to be asked.
    """

    def __init__(self, sentence: str, after: float = 0) -> None:
        super().__init__(sentence)
        self.after = after


class Overloaded(TryAgain):
    """Too many requests are in flight."""


class Unavailable(TryAgain):
    """Nobody answers there now."""


@dataclass(frozen=True)
class Detail:
    """What is wrong with one field of a film, or with all of it if `field` is "".

    `index` is the place of the film in a list, from 0.
    """

    field: str
    message: str
    index: int | None = None

    def __str__(self) -> str:
        """The detail as a part of a sentence."""
        text = f"{self.field} {self.message}".strip()
        return text if self.index is None else f"{NOUN.capitalize()} {self.index}: {text}"


class InvalidFilm(BoxOfficeError):
    """Films, or outcomes of films, are wrong; `details` names the first fields at fault."""

    def __init__(self, details: Sequence[Detail], problems: int = 0) -> None:
        self.details = list(details[:_TOLD])
        self.problems = max(problems, len(details))
        told = "; ".join(map(str, self.details))
        more = self.problems > len(self.details)
        super().__init__(f"{told}." + more * f" There are {self.problems} problems in all.")

    def of_piece(self, start: int) -> "InvalidFilm":
        """The same of a whole list, whose piece from `start` on was refused."""
        moved = [replace(each, index=start + (each.index or 0)) for each in self.details]
        return InvalidFilm(moved, self.problems)


def problems_in(sentence: str) -> int:
    """How many problems a refusal counts, where there are more than it names."""
    counted = re.search(r" There are (\d+) problems in all\.$", sentence)
    return int(counted[1]) if counted else 0
