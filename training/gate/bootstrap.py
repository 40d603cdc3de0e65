"""How sure a difference between two models is: a paired bootstrap over titles.

Paired, because both models are wrong about the same films: what is resampled is the film with
both errors (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 13).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_TINY = 1e-12
_AT_ONCE = 50  # resamples: what is in memory grows with the films alone


class Worsening(NamedTuple):
    """How much more error the candidate makes, as a share of the champion's; negative is less.

    With the confidence that was asked for it is at least `low`, with the same at most `high`.
    """

    share: float
    low: float
    high: float


def resampled(errors: Floats, titles: ArrayLike, resamples: int, seed: int) -> Floats:
    """Sums of errors (n, k) in each resample (resamples, k) of n films; a title is drawn whole."""
    names, title = np.unique(np.asarray(titles, dtype=str), return_inverse=True)
    by_title = np.column_stack([np.bincount(title, column) for column in errors.T])
    chance = np.full(len(names), 1 / len(names))
    random = np.random.default_rng(seed)
    sizes = [min(_AT_ONCE, resamples - done) for done in range(0, resamples, _AT_ONCE)]
    return np.vstack([random.multinomial(len(names), chance, size) @ by_title for size in sizes])


def worsening(total: Floats, sums: Floats, confidence: float) -> Worsening:
    """Compare the errors of champion and candidate: their sums (2,), and in resamples (m, 2)."""
    low, high = np.quantile(_share(*sums.T), [1 - confidence, confidence])
    return Worsening(float(_share(*total)), float(low), float(high))


def _share(champion: Any, candidate: Any) -> Any:
    return (candidate - champion) / np.maximum(champion, _TINY)
