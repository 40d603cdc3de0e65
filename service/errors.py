"""What can go wrong, in words that every transport shares; each transport maps it once."""

from collections.abc import Iterable, Mapping
from typing import Any

_WORDS = {
    "extra_forbidden": "is not a field of a film",
    "json_invalid": "The body is not valid JSON",
    "model_type": "The body must be one JSON object with the fields of a film",
}


class BoxOfficeError(Exception):
    """Base of every error that this project raises on purpose."""


class ModelUnavailable(BoxOfficeError):
    """There is no usable model; the message names the command that makes one."""


class InvalidFilm(BoxOfficeError):
    """A film was refused; `details` holds (field, message) pairs, field "" for the whole body."""

    def __init__(self, details: list[tuple[str, str]]) -> None:
        self.details = details
        super().__init__("; ".join(" ".join(filter(None, pair)) for pair in details) + ".")

    @classmethod
    def from_pydantic(cls, errors: Iterable[Mapping[str, Any]]) -> "InvalidFilm":
        """The refusal that names every field in the errors of a pydantic validation."""
        return cls([_detail(error) for error in errors])


def _detail(error: Mapping[str, Any]) -> tuple[str, str]:
    whole = error["type"] in ("json_invalid", "model_type")
    field = "" if whole else ".".join(str(part) for part in error["loc"])
    words = error["msg"].replace("Input should", "must").replace("String should", "must")
    return field, _WORDS.get(error["type"], words)
