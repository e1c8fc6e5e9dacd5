"""What a CO2 price does: the plans along the trade-off between money and emissions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from transport.engine.milkrun.plan import Plan
from transport.engine.milkrun.problem import Options, Problem
from transport.engine.milkrun.solver import solve

PRICES_PER_T = (0.0, 50.0, 100.0, 200.0, 400.0)


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """The best plan known at a CO2 price [per t]; ``cost`` is without the CO2's."""

    price_per_t: float
    cost: float
    kg_co2e: float
    km: float
    plan: Plan


def sweep(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 1,
    threads: int = 2,
    options: Options | None = None,
    prices: Sequence[float] = PRICES_PER_T,
    iterations: int | None = None,
    goes_on: Callable[[int], bool] | None = None,
) -> list[SweepPoint]:
    """Return a point per price, ascending; ``seconds`` are shared among them.

    ``goes_on`` is asked before each price with how many are done; a no ends the sweep with
    nothing, because a curve of some prices would not be one.

    Each plan starts from the one before, and each price takes the best of all plans found: so
    with a rising price emissions never rise and other costs never fall.
    """
    found: list[SweepPoint] = []
    previous: Plan | None = None
    for done, price in enumerate(sorted(prices)):
        if goes_on is not None and not goes_on(done):
            return []
        plan = solve(
            replace(problem, co2_price_per_t=price),
            seconds=seconds / len(prices),
            seed=seed,
            threads=threads,
            options=options,
            previous=previous,
            iterations=iterations,
        )
        if plan.status == "infeasible":
            return []
        previous = plan
        rest = plan.objective - plan.cost.co2
        found.append(SweepPoint(price, rest, plan.kg_co2e, plan.km, plan))
    return [
        replace(min(found, key=lambda p: (p.cost + price * p.kg_co2e / 1000, p.kg_co2e)),
                price_per_t=price)
        for price in sorted(prices)
    ]  # fmt: skip
