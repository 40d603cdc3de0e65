"""What each player adds is shared out fairly, exactly or within a standard error that is told."""

from itertools import permutations

import numpy as np
import pytest

from service.model.shapley import CLOSE, EXACT, Floats, Masks, Shares, members, shapley


class Rule:
    """A game with a weight for each player and each pair, and one for the first three together."""

    def __init__(self, players: int, nobody: float = 3.0) -> None:
        random = np.random.default_rng(5)
        self.players, self.nobody, self.asked = players, nobody, 0
        self.weights = random.normal(0, 1, players)
        self.pairs = np.triu(random.normal(0, 0.2, (players, players)), 1)
        self.all = 0.3

    def __call__(self, masks: Masks) -> Floats:
        self.asked += len(masks)
        inside = members(masks, self.players).astype(float)
        pairs = np.einsum("ci,ij,cj->c", inside, self.pairs, inside)
        values: Floats = self.nobody + inside @ self.weights + pairs
        return values + self.all * inside[:, :3].prod(axis=1)


def play(rule: Rule) -> Shares:
    asking = shapley(rule.players)
    masks = next(asking)
    while True:
        try:
            masks = asking.send(rule(masks))
        except StopIteration as end:
            shares: Shares = end.value
            return shares


def over_all_orders(rule: Rule) -> Floats:
    """The definition: the mean of what a player adds over all orders in which they may come."""
    added = np.zeros(rule.players)
    orders = list(permutations(range(rule.players)))
    for order in orders:
        chain = np.cumsum([0, *(1 << player for player in order)])
        added[list(order)] += np.diff(rule(chain))
    return added / len(orders)


@pytest.mark.parametrize("players", [3, 4, 6])
def test_exact_shares_are_those_of_the_definition(players: int) -> None:
    shares = play(Rule(players))

    assert shares.shares == pytest.approx(over_all_orders(Rule(players)), abs=1e-12)
    assert (3.0, True, 0.0) == (shares.nobody, shares.exact, shares.error)


@pytest.mark.parametrize("players", [0, 1, 5, EXACT, EXACT + 1, 13, 30])
def test_shares_add_up_to_the_value_of_all(players: int) -> None:
    rule = Rule(players)
    shares = play(rule)

    everybody = rule(np.array([(1 << players) - 1]))[0]
    assert shares.nobody + shares.shares.sum() == pytest.approx(everybody, abs=1e-9)


def test_every_coalition_is_asked_for_once_up_to_so_many_players() -> None:
    rule = Rule(EXACT)

    assert play(rule).exact
    assert 1 << EXACT == rule.asked


@pytest.mark.parametrize("players", [EXACT + 1, 13])
def test_of_more_players_so_many_orders_are_drawn_that_the_shares_are_close(players: int) -> None:
    rule = Rule(players)
    # Of three players whose worth is one together, each has a third; of a pair, each a half.
    shares = rule.weights + (rule.pairs + rule.pairs.T).sum(axis=0) / 2
    shares[:3] += rule.all / 3

    drawn = play(rule)

    assert not drawn.exact
    assert 0 < drawn.error < CLOSE
    assert np.abs(drawn.shares - shares).max() < 4 * CLOSE
    assert rule.asked < 1 << players


def test_the_same_game_has_the_same_shares_to_the_last_bit() -> None:
    first, second = (play(Rule(12)) for _ in range(2))

    assert (first.shares.tolist(), first.error) == (second.shares.tolist(), second.error)


def test_a_game_that_never_settles_comes_to_an_end() -> None:
    rule = Rule(11)
    rule.all = 1e4

    drawn = play(rule)

    assert drawn.error > CLOSE
    assert rule.asked <= 1 << 11
