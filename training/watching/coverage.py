"""Is the promised coverage kept? A test that may be looked at after every outcome.

A bet against the promise: that films are outside of their intervals k times as often as promised.
A fair bet on that multiplies the stake by k for a film outside, and by (1 - k f) / (1 - f) for one
inside, where f is the promised share outside. As long as a film is inside with the promised
probability or a higher one, whatever came before, the wealth is a supermartingale, and so is that
of several bettors together. It then reaches 1 / alpha with a probability of at most alpha, however
often one looks (Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting,
2023).

Who has bet from the start has little left by the time at which a promise that was long kept is
broken. So half of the money is put on the table later, a part of it every few outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

Floats = NDArray[np.float64]

# How many times as often as promised the bettors expect films outside.
_TIMES = np.array([1.5, 2.0, 2.5, 3.0, 4.0])
_MOST = 0.5  # of the wealth, that a film inside may cost, so that no bettor is ruined
_EVERY = 10  # outcomes, until others begin to bet
_AT_FIRST, _THEN = 0.5, 1 / 40  # of the money at the start, and of the rest each time
_GRID = np.linspace(0.0005, 0.9995, 1000)


@dataclass(frozen=True)
class Verdict:
    """What n outcomes say of the promise: the share inside, where it lies, the wealth so far."""

    outcomes: int
    inside: float
    promised: float
    low: float
    high: float
    wealth: float
    broken_after: int | None

    @property
    def broken(self) -> bool:
        """Whether the promise is broken."""
        return self.broken_after is not None


def wealth(
    inside: Sequence[bool] | NDArray[np.bool_], promised: Sequence[float] | Floats
) -> Floats:
    """The wealth (n,) of all bettors together after each of n outcomes, from 1 before the first.

    `promised` are the coverages (n,) that the intervals of the films were made for.
    """
    hit, outside = np.asarray(inside, bool)[:, None], 1 - np.asarray(promised, float)[:, None]
    times = np.minimum(_TIMES, 1 + _MOST * (1 / outside - 1))
    factors = np.where(hit, (1 - times * outside) / (1 - outside), times)
    bets, cash = np.full(len(_TIMES), _AT_FIRST / len(_TIMES)), 1 - _AT_FIRST
    totals = [np.empty(0)]
    for start in range(0, len(factors), _EVERY):
        won = bets * np.cumprod(factors[start : start + _EVERY], axis=0)
        totals.append(won.sum(axis=1) + cash)
        bets = won[-1] + cash * _THEN / len(_TIMES)
        cash *= 1 - _THEN
    return np.concatenate(totals)


def verdict(
    inside: Sequence[bool] | NDArray[np.bool_], promised: Sequence[float] | Floats, alpha: float
) -> Verdict:
    """The promise after outcomes in their order; broken once the wealth has reached 1 / alpha."""
    hits = np.asarray(inside, bool)
    gained = wealth(hits, promised)
    crossed = np.flatnonzero(gained >= 1 / alpha)
    low, high = bounds(len(hits), int(hits.sum()), alpha)
    return Verdict(
        outcomes=len(hits),
        inside=float(hits.mean()) if len(hits) else float("nan"),
        promised=float(np.mean(promised)) if len(hits) else float("nan"),
        low=low,
        high=high,
        wealth=float(gained[-1]) if len(hits) else 1.0,
        broken_after=int(crossed[0]) + 1 if len(crossed) else None,
    )


def bounds(outcomes: int, inside: int, alpha: float) -> tuple[float, float]:
    """Between which shares the coverage lies, with 1 - alpha at all times together.

    Excluded is a share against which one that bets on all shares alike has won 1 / alpha.
    """
    won = betaln(0.5 + inside, 0.5 + outcomes - inside) - betaln(0.5, 0.5)
    won = won - inside * np.log(_GRID) - (outcomes - inside) * np.log1p(-_GRID)
    kept = _GRID[won < np.log(1 / alpha)]
    low, high = (kept.min(), kept.max()) if len(kept) else (inside / outcomes,) * 2
    return float(low if low > _GRID[0] else 0.0), float(high if high < _GRID[-1] else 1.0)
