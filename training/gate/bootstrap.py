"""How sure a difference between two models is: a paired bootstrap over titles.

Paired, because both models are wrong about the same films: what is resampled is the film with
both errors (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 13).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_TINY = 1e-12


class Worsening(NamedTuple):
    """How much more error the candidate makes, as a share of the champion's; negative is less.

    With the confidence that was asked for it is at least `low`, with the same at most `high`.
    """

    share: float
    low: float
    high: float


def draws(titles: ArrayLike, resamples: int, seed: int) -> Floats:
    """How often each of n films is in each resample (resamples, n); a title is drawn whole."""
    names, title = np.unique(np.asarray(titles, dtype=str), return_inverse=True)
    chance = np.full(len(names), 1 / len(names))
    drawn = np.random.default_rng(seed).multinomial(len(names), chance, resamples)
    return drawn[:, title].astype(np.float64)


def worsening(champion: Floats, candidate: Floats, drawn: Floats, confidence: float) -> Worsening:
    """Compare the mean of two errors (n,) of the same films, with one-sided percentile bounds."""
    shares = _share(drawn @ champion, drawn @ candidate)
    low, high = np.quantile(shares, [1 - confidence, confidence])
    return Worsening(float(_share(champion.sum(), candidate.sum())), float(low), float(high))


def _share(champion: Any, candidate: Any) -> Any:
    return (candidate - champion) / np.maximum(champion, _TINY)
