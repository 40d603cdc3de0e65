"""What an estimator learns from: films as they are, and once more with fields hidden."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.films.features import log_unit
from service.model.encoding import unknown

Floats = NDArray[np.float64]
Titles = NDArray[np.object_]


@dataclass(frozen=True)
class Examples:
    """n films as they are, and after them the same n films with fields hidden.

    `raw` and `hidden` (which field of which film was known and is hidden) are (2n, fields), `logs`
    of the target in its unit, `titles` and `weight` (2n,).
    """

    raw: Floats
    logs: Floats
    titles: Titles
    weight: Floats
    hidden: NDArray[np.bool_]

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Which of them (2n,) are films as they are."""
        return np.arange(len(self.raw)) < len(self.raw) // 2


def examples(
    raw: Floats,
    target: Floats,
    titles: Titles,
    columns: Sequence[int],
    share: float,
    weight: float,
    seed: int,
) -> Examples:
    """Each film with the weight 1 - `weight`, and with `weight` where fields are hidden.

    Of the given columns each is hidden with the probability `share`, whatever is known: so the
    estimator learns what it means that a field is unknown, apart from why tables leave it out.
    """
    draws = np.random.default_rng(seed).random((len(raw), len(columns)))
    hidden = np.zeros((2 * len(raw), raw.shape[1]), bool)
    hidden[len(raw) :, columns] = draws < share
    twice = np.concatenate([raw, raw])
    hidden &= ~unknown(twice)
    twice[hidden] = np.nan
    return Examples(
        raw=twice,
        logs=np.tile(np.log(target), 2) - log_unit(twice),
        titles=np.tile(titles, 2),
        weight=np.repeat([1 - weight, weight], len(raw)),
        hidden=hidden,
    )
