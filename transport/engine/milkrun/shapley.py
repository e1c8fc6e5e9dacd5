"""Fair shares of a common cost: exact Shapley values for few players, sampled ones for many."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import factorial
from random import Random

MOST_EXACT = 10
PERMUTATIONS = 2000
Game = Callable[[tuple[int, ...]], float]


def shapley(n_players: int, cost: Game, seed: int = 1) -> list[float]:
    """Return what each player is charged; the charges sum up to the cost of all.

    Parameters
    ----------
    n_players
        Players are 0 to ``n_players`` - 1.
    cost
        Of a group, given as ascending numbers; nobody costs 0.
    seed
        Of the 2,000 permutations that are sampled above 10 players.
    """
    remembered: dict[tuple[int, ...], float] = {(): 0.0}

    def priced(group: tuple[int, ...]) -> float:
        if group not in remembered:
            remembered[group] = cost(group)
        return remembered[group]

    if n_players <= MOST_EXACT:
        return _exact(n_players, priced)
    return _sampled(n_players, priced, Random(seed))  # noqa: S311


def _exact(n_players: int, cost: Game) -> list[float]:
    """Sum over all groups without a player: what it adds, weighted by the orders that do so."""
    shares = []
    for player in range(n_players):
        others = [each for each in range(n_players) if each != player]
        share = 0.0
        for size in range(n_players):
            weight = factorial(size) * factorial(n_players - size - 1) / factorial(n_players)
            for group in combinations(others, size):
                joined = tuple(sorted((*group, player)))
                share += weight * (cost(joined) - cost(group))
        shares.append(share)
    return shares


def _sampled(n_players: int, cost: Game, rng: Random) -> list[float]:
    """Average what each player adds when all join in random order; every order also backwards."""
    shares, order = [0.0] * n_players, list(range(n_players))
    for _turn in range(PERMUTATIONS // 2):
        rng.shuffle(order)
        for players in (order, order[::-1]):
            group: tuple[int, ...] = ()
            before = 0.0
            for player in players:
                group = tuple(sorted((*group, player)))
                after = cost(group)
                shares[player] += after - before
                before = after
    return [share / (2 * (PERMUTATIONS // 2)) for share in shares]


def paying_more(
    shares: Mapping[str, float], alone: Mapping[frozenset[str], float]
) -> list[frozenset[str]]:
    """Return the groups that are charged more together than they would cost on their own."""
    return [
        group for group, cost in alone.items()
        if sum(shares[each] for each in group) > cost + 1e-9
    ]  # fmt: skip


def capped(charges: Sequence[float], alone: Sequence[float | None]) -> list[float]:
    """Return the charges with nobody above its cost alone; the total stays.

    What is cut off goes to the others in proportion to what they save; those that cannot go
    alone (None) carry what is left. Where all together cost more than alone, nothing is cut.
    """
    limits = [float("inf") if each is None else each for each in alone]
    if sum(charges) > sum(limits) + 1e-9:
        return list(charges)
    found = [min(charge, limit) for charge, limit in zip(charges, limits, strict=True)]
    surplus = sum(charges) - sum(found)
    if surplus <= 0:
        return found
    savings = [0.0 if each is None else each - own for own, each in zip(found, alone, strict=True)]
    total = sum(savings)
    share = min(1.0, surplus / total) if total > 0 else 0.0
    found = [own + share * saving for own, saving in zip(found, savings, strict=True)]
    left = surplus - share * total
    stuck = [place for place, each in enumerate(alone) if each is None]
    for place in stuck if left > 1e-9 else ():
        found[place] += left / len(stuck)
    return found


def to_cents(charges: Sequence[float], alone: Sequence[float | None]) -> list[float]:
    """Return the charges in whole cents whose sum is the rounded total.

    The cents that rounding down leaves over go where most was cut off and the cost alone
    leaves room.
    """
    cents = [int(charge * 100 // 1) for charge in charges]
    missing = round(sum(charges) * 100) - sum(cents)
    order = sorted(range(len(cents)), key=lambda place: cents[place] - charges[place] * 100)
    room = [
        place for place in order
        if alone[place] is None or (cents[place] + 1) / 100 <= (alone[place] or 0.0) + 0.005
    ]  # fmt: skip
    for turn in range(missing):
        cents[(room or order)[turn % len(room or order)]] += 1
    return [each / 100 for each in cents]
