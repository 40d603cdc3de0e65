"""What can be set from the environment; read by entry points only."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from service.errors import BoxOfficeError

MODEL_NAME = "box_office"
SERVING = "serving"


@dataclass(frozen=True)
class Settings:
    """`model` is a tag in the BentoML model store; `workers` is a number of processes."""

    model: str = f"{MODEL_NAME}:latest"
    workers: int = 1

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Settings from BOX_OFFICE_*; raises BoxOfficeError naming the variable."""
        return cls(
            model=environ.get("BOX_OFFICE_MODEL", cls.model),
            workers=_positive(environ, "BOX_OFFICE_WORKERS", cls.workers),
        )


def _positive(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise BoxOfficeError(f"{name} must be a whole number of at least 1, not {text!r}.")
    return int(text)
