"""The films of a model folder that others are compared with, to explain forecasts."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from service.errors import ModelUnavailable
from service.films.schema import Horizon

BACKGROUND = "background.json"


class Background(BaseModel):
    """By horizon, columns of films that others are compared with; they stand for all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    horizons: dict[Horizon, dict[str, list[float | str | None]]]

    def write(self, folder: Path) -> None:
        """Write the background into a model folder."""
        (folder / BACKGROUND).write_text(self.model_dump_json() + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the background of a model folder; raises ModelUnavailable naming the file."""
        path = folder / BACKGROUND
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise ModelUnavailable(
                f"{path} is missing or damaged, and forecasts are explained with it: run "
                "`make train`."
            ) from error
