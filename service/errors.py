"""What can go wrong, in words that all transports share; each maps it to its own codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from service.films.fields import MAXIMA
from service.films.schema import NOUN
from service.films.units import told

_WORDS = {
    "extra_forbidden": "is not a field of {row}",
    "json_invalid": "The body is not valid JSON",
    "list_type": "The body must be one JSON list of {rows}",
    "model_type": "must be one JSON object with the fields of {row}",
    "missing": "is needed",
    "string_pattern_mismatch": f"is no id of a forecast of a {NOUN}",
}
ROW, OUTCOME = f"a {NOUN}", "an outcome"  # what is wrong, where something is
TOLD = 20  # problems in one refusal; the rest is counted
_LISTED = 100  # problems of one film; to list more takes pydantic as long as thousands of films
_NAME, _SENTENCE = 100, 2000  # characters
UNEXPECTED = "Something went wrong that is not the fault of the request; it is in the log."


def shown(text: str, most: int = _NAME) -> str:
    """A text that may come from outside, shortened."""
    return text if len(text) <= most else f"{text[:most]}..."


class BoxOfficeError(Exception):
    """Base of every error that this project raises on purpose; its sentence has an end."""

    def __init__(self, sentence: str) -> None:
        super().__init__(shown(sentence, _SENTENCE))


class ModelUnavailable(BoxOfficeError):
    """There is no usable model; the message names the command that makes one."""


class InvalidRequest(BoxOfficeError):
    """A request is malformed, whatever films it holds."""


class WrongMediaType(BoxOfficeError):
    """The media type or the encoding of a body is not supported."""


class UnknownModel(BoxOfficeError):
    """A request asks for a model or a version that is not the one deployed."""


class Unauthorized(BoxOfficeError):
    """A request has not the token that this asks for."""


class Closed(BoxOfficeError):
    """The owner of the service has not opened this."""


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
    """One or more films are invalid; `details` names the first fields at fault."""

    def __init__(self, details: list[Detail], problems: int) -> None:
        self.details = details[:TOLD]
        told = "; ".join(map(str, self.details))
        counted = f" There are {problems} problems in all." if problems > len(self.details) else ""
        super().__init__(f"{told}.{counted}")

    @classmethod
    def from_pydantic(cls, error: ValidationError, row: str = ROW) -> "InvalidFilm":
        """Convert the error of a pydantic validation of one film or of a list."""
        return cls(details_of(error, row=row), error.error_count())


def details_of(error: ValidationError, index: int | None = None, row: str = ROW) -> list[Detail]:
    """What pydantic finds wrong with a film, by field; in one detail if that is very much."""
    if error.error_count() > _LISTED:
        subject = f"The {row.split()[-1]} has" if index is None else "has"
        return [Detail("", f"{subject} more than {_LISTED} unknown or invalid fields", index)]
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    return [_detail(dict(each), index, row) for each in errors]


def _detail(error: Mapping[str, Any], index: int | None, row: str) -> Detail:
    words = error["msg"].replace("Input should", "must").replace("String should", "must")
    words = words.removeprefix("Value error, ")
    if error["type"] in _WORDS:
        words = _WORDS[error["type"]].format(row=row, rows=f"{row.split()[-1]}s")
    message = words
    name = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "less_than_equal" and name in MAXIMA:
        message = f"must be less than or equal to {told(name, MAXIMA[name])}"
    if error["type"] == "model_type" and index is None:
        message = f"The body {message}"
    return Detail(shown(".".join(map(str, error["loc"]))), message, index)
