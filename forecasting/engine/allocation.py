"""Where the next unit of stock is worth most: service levels part by part, never one for all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_HOLDING = 1e-12
HALVINGS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What the first, second, ... unit of stock does for each part.

    Attributes
    ----------
    shortage
        By how much each unit lowers the expected shortage, shape ``(n_parts, n_units)``
        [units], in [0, 1], never rising from unit to unit.
    holding
        What each unit adds to the expected stock times the cost of one, same shape, >= 0,
        never falling.
    demand
        Expected demand of the same buckets together, shape ``(n_parts,)`` [units].
    """

    shortage: Floats
    holding: Floats
    demand: Floats

    def worth(self) -> Floats:
        """Return shortage avoided per cost of each unit, shape ``(n_parts, n_units)``."""
        ratio: Floats = self.shortage / np.maximum(self.holding, LEAST_HOLDING)
        return ratio


def curves(
    interval: Sequence[tuple[Floats, Floats]], *, units: int, unit_cost: Floats | float = 1.0
) -> Curves:
    """Return the curves of parts whose demand until each end of a bucket is negative binomial.

    A unit that is stocked meets a demand in the first bucket of the protection interval or in
    a later one, and lies there until then: both are averaged over the ends of the buckets.

    Parameters
    ----------
    interval
        Mean and dispersion of the demand until the end of the first, second, ... bucket of the
        protection interval, each of shape ``(n_parts,)`` [whole units; phi of mean + phi x
        mean²].
    units
        Most units a part may get, >= 1.
    unit_cost
        Cost of one unit of each part in any currency, > 0.

    Raises ``ValueError`` for no bucket, no unit or a cost that is not positive.
    """
    cost = np.asarray(unit_cost, dtype=np.float64)
    if not interval or units < 1:
        raise ValueError(f"expected buckets and units, got {len(interval)} and {units}")
    if not (cost > 0).all():
        raise ValueError(f"expected unit costs above 0, got {cost.min()}")
    exceeded = np.mean([survival(mean, phi, units) for mean, phi in interval], axis=0)
    held = (1.0 - exceeded) * (cost[:, None] if cost.ndim else cost)
    demand = np.mean([mean for mean, _phi in interval], axis=0)
    return Curves(exceeded, held, demand)


def survival(mean: Floats, dispersion: Floats, units: int) -> Floats:
    """Return P(demand > k) for k = 0, 1, ..., ``units`` - 1, shape ``(n_parts, units)``.

    Negative binomial with variance mean + dispersion x mean²; zero where the mean is zero.
    """
    size = 1.0 / dispersion
    ratio = mean / (size + mean)
    chance = np.exp(-size * np.log1p(dispersion * mean))
    found = np.empty((mean.size, units))
    below = np.zeros(mean.size)
    for count in range(units):
        below = below + chance
        found[:, count] = 1.0 - below
        chance = chance * ratio * ((count + size) / (count + 1))
    return np.maximum(found, 0.0)


def allocate(found: Curves, worth: float) -> Floats:
    """Return the stock of each part once every unit worth at least ``worth`` is taken.

    The greedy order: the next unit is always the one whose expected shortage falls most per
    cost. As no part's worth rises from unit to unit, no other choice has less expected shortage
    at the same cost. Shape ``(n_parts,)``, whole units.
    """
    if not worth > 0:
        raise ValueError(f"expected a worth above 0, got {worth}")
    taken: Floats = (found.worth() >= worth).sum(axis=1).astype(np.float64)
    return taken


def expected_fill(found: Curves, stock: Floats) -> float:
    """Return the share of the expected demand that ``stock`` serves, 1 where nothing is asked."""
    total = float(found.demand.sum())
    if total <= 0:
        return 1.0
    taken = np.arange(found.shortage.shape[1]) < stock[:, None]
    # the mean is the sum of all P(demand > k): what stays is short
    return min(1.0, float((found.shortage * taken).sum()) / total)


def allocate_for_fill(found: Curves, fill: float) -> Floats:
    """Return the cheapest stock whose expected fill over all parts is at least ``fill``.

    As ``allocate``, with the worth found by halving. Raises ``ValueError`` where all the units
    of the curves together do not reach it.
    """
    worth = found.worth()
    positive = worth[worth > 0]
    if not positive.size:
        if expected_fill(found, np.zeros(worth.shape[0])) >= fill:
            return np.zeros(worth.shape[0])
        raise ValueError(f"expected curves that reach a fill of {fill}, got none above 0")
    low, high = np.log(positive.min()), np.log(positive.max()) + 1.0
    if expected_fill(found, allocate(found, float(np.exp(low)))) < fill:
        raise ValueError(f"expected curves long enough for a fill of {fill}, got less")
    for _halving in range(HALVINGS):
        middle = (low + high) / 2
        reaches = expected_fill(found, allocate(found, float(np.exp(middle)))) >= fill
        low, high = (middle, high) if reaches else (low, middle)
    return allocate(found, float(np.exp(low)))
