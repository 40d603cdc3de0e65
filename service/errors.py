"""What can go wrong, in words that all transports share; each maps it to its own codes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from service.films.schema import NOUN

_WORDS = {
    "extra_forbidden": f"is not a field of a {NOUN}",
    "json_invalid": "The body is not valid JSON",
    "list_type": f"The body must be one JSON list of {NOUN}s",
    "model_type": f"must be one JSON object with the fields of a {NOUN}",
}
UNEXPECTED = "Something went wrong that is not the fault of the request; it is in the log."


class BoxOfficeError(Exception):
    """Base of every error that this project raises on purpose."""


class ModelUnavailable(BoxOfficeError):
    """There is no usable model; the message names the command that makes one."""


class InvalidRequest(BoxOfficeError):
    """A request is malformed, whatever films it holds."""


class WrongMediaType(BoxOfficeError):
    """The media type or the encoding of a body is not supported."""


class UnknownModel(BoxOfficeError):
    """A request asks for a model or a version that is not the one deployed."""


class TooLarge(BoxOfficeError):
    """A request has too many films or bytes."""


class TooSlow(BoxOfficeError):
    """A request did not arrive in time."""


class Overloaded(BoxOfficeError):
    """Too many requests are in flight; the client may try again."""


@dataclass(frozen=True)
class Detail:
    """What is wrong with one field of a film, or with all of it if `field` is "".

    `index` is the place of the film in a batch, from 0.
    """

    field: str
    message: str
    index: int | None = None

    def __str__(self) -> str:
        """The detail as a part of a sentence."""
        text = f"{self.field} {self.message}".strip()
        return text if self.index is None else f"{NOUN.capitalize()} {self.index}: {text}"

    def as_dict(self) -> dict[str, Any]:
        """The detail as transports show it; there is an index only in a batch."""
        index = {} if self.index is None else {"index": self.index}
        return {**index, "field": self.field, "message": self.message}


class InvalidFilm(BoxOfficeError):
    """One or more films are invalid; `details` names every field at fault."""

    def __init__(self, details: list[Detail]) -> None:
        self.details = details
        super().__init__("; ".join(map(str, details)) + ".")

    @classmethod
    def from_pydantic(cls, errors: Iterable[Mapping[str, Any]]) -> "InvalidFilm":
        """Convert the errors of a pydantic validation."""
        return cls([_detail(error) for error in errors])


def _detail(error: Mapping[str, Any]) -> Detail:
    path = list(error["loc"])
    index = path.pop(0) if path and isinstance(path[0], int) else None
    words = error["msg"].replace("Input should", "must").replace("String should", "must")
    message = _WORDS.get(error["type"], words)
    if error["type"] == "model_type" and index is None:
        message = f"The body {message}"
    return Detail(".".join(map(str, path)), message, index)
