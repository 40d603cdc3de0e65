"""Shapley values: what each player adds to the value of all, whatever the order they come in.

A coalition is a number whose bit i says whether player i is in it. `shapley` asks for the values of
coalitions and is sent them, so that whoever has them may take his time.
"""

from collections.abc import Generator
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Masks = NDArray[np.int64]

EXACT = 10  # players, up to which all coalitions are asked for
CLOSE = 0.01  # a standard error that is small enough
_PAIRS = 16  # of orders, at a time
_MOST = 400  # pairs, however large the standard error is then


class Shares(NamedTuple):
    """The value of nobody, and what each of k players adds; together, the value of all.

    `error` is the largest standard error of a share, 0 where they are exact.
    """

    nobody: float
    shares: Floats
    exact: bool
    error: float


Asking = Generator[Masks, Floats, Shares]


def shapley(players: int) -> Asking:
    """Ask for the values (c,) of coalitions (c,); return the shares."""
    return _exact(players) if players <= EXACT else _sampled(players)


def _exact(players: int) -> Asking:
    masks = np.arange(1 << players, dtype=np.int64)
    values = yield masks
    inside = members(masks, players)
    size = inside.sum(axis=1)
    # Of all orders, the share in which just these players come before the next one.
    weights = np.array([1 / (players * comb(players - 1, n)) for n in range(players)])
    shares = np.empty(players)
    for player in range(players):
        without = masks[~inside[:, player]]
        gains = values[without | 1 << player] - values[without]
        shares[player] = weights[size[without]] @ gains
    return Shares(float(values[0]), shares, exact=True, error=0.0)


def _sampled(players: int) -> Asking:
    """Orders in antithetic pairs (Mitchell et al., 2022), until every share is close enough."""
    random = np.random.default_rng(0)
    known: dict[int, float] = {}
    gains = np.empty((0, players))
    error = np.inf
    while error >= CLOSE and len(gains) < _MOST:
        orders = random.permuted(np.tile(np.arange(players), (_PAIRS, 1)), axis=1)
        orders = np.concatenate([orders, orders[:, ::-1]])
        joining = np.pad(1 << orders, ((0, 0), (1, 0)))  # at first, nobody
        chains = np.cumsum(joining, axis=1)
        masks = np.unique(chains)
        if len(new := np.array([m for m in masks.tolist() if m not in known], np.int64)):
            known |= dict(zip(new.tolist(), (yield new).tolist(), strict=True))
        values = np.array([known[m] for m in masks.tolist()])[np.searchsorted(masks, chains)]
        added = np.empty(orders.shape)
        np.put_along_axis(added, orders, np.diff(values, axis=1), axis=1)
        gains = np.concatenate([gains, (added[:_PAIRS] + added[_PAIRS:]) / 2])
        error = float((gains.std(axis=0, ddof=1) / np.sqrt(len(gains))).max())
    return Shares(known[0], gains.mean(axis=0), exact=False, error=error)


def members(masks: Masks, players: int) -> NDArray[np.bool_]:
    """Who (c, players) is in coalitions (c,)."""
    return (masks[:, None] >> np.arange(players) & 1).astype(bool)
