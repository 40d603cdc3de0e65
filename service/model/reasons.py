"""Why a forecast is what it is: what the value of each field does to it, beside other films.

The value of a coalition of fields is the mean log forecast of the film with the values of other
films, one after the other, in the place of its own where a field is not in the coalition. A field
that is unknown of the film stays so.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.films.fields import FIELDS
from service.films.schema import Horizon
from service.model.background import Background
from service.model.encoding import Columns
from service.model.predictor import Predictor
from service.model.shapley import EXACT, Masks, members

Floats = NDArray[np.float64]


class Reasons:
    """Games of the fields of films, for the forecasts of one model."""

    def __init__(self, predictor: Predictor, background: Background) -> None:
        self._predictor = predictor
        self._others = {h: predictor.encode(films) for h, films in background.horizons.items()}

    def describe(self) -> dict[str, Any]:
        """With how many films one is compared, by horizon, and up to how many fields exactly."""
        background = {horizon: len(films) for horizon, films in self._others.items()}
        return {"background": background, "exact_up_to": EXACT}

    def game(self, film: Columns, horizon: Horizon, used: list[str]) -> "Game":
        """The game of one film, whose forecast of this horizon uses these fields."""
        raw = self._predictor.encode(film)[0]
        return Game(self._predictor, raw, self._others[horizon], used)


class Game:
    """Coalitions of k fields of one film, encoded as (fields,), beside others (m, fields)."""

    def __init__(self, predictor: Predictor, film: Floats, others: Floats, used: list[str]) -> None:
        self._medians, self._film = predictor.medians, film
        self.fields = used
        self._columns = [FIELDS.index(name) for name in used]
        self._others = others[:, self._columns]
        alike = self._others == film[self._columns]
        self._alike: Masks = alike @ (1 << np.arange(len(used), dtype=np.int64))

    def mixtures(self, masks: Masks) -> tuple[Masks, NDArray[Any]]:
        """The different films (r,) that coalitions (c,) take, and where (c, m) each is used.

        A field in which another film is like this one may as well be in the coalition.
        """
        count = len(self._others)
        keys = (masks[:, None] | self._alike) * count + np.arange(count)
        films, places = np.unique(keys, return_inverse=True)
        return films, places.reshape(keys.shape)

    def logs(self, mixtures: Masks) -> Floats:
        """The log forecasts (r,) of some mixtures (r,)."""
        masks, others = np.divmod(mixtures, len(self._others))
        raw = np.tile(self._film, (len(mixtures), 1))
        inside = members(masks, len(self.fields))
        raw[:, self._columns] = np.where(
            inside, self._film[self._columns], self._others.take(others, axis=0)
        )
        return self._medians(raw)
