"""What a scenario is: some days on which something does not go as planned."""

from collections.abc import Callable
from dataclasses import dataclass

from collab.demo.network import DemoNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a scenario does from ``first_day`` on (0 is the first simulated day) for ``days``.

    Slugs of suppliers whose production stands still or whose loads do not leave; plants
    (customer, site) whose demand is ``demand_factor`` > 0 times their plan.
    """

    first_day: int
    days: int
    halted_production: frozenset[str] = frozenset()
    halted_shipping: frozenset[str] = frozenset()
    surging: frozenset[tuple[str, str]] = frozenset()
    demand_factor: float = 1.0

    @property
    def companies(self) -> tuple[str, ...]:
        """The slugs of those it strikes, sorted."""
        customers = {customer for customer, _site in self.surging}
        return tuple(sorted(self.halted_production | self.halted_shipping | customers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A name, a sentence for people, and what it does to a given network."""

    name: str
    title: str
    effect_on: Callable[[DemoNetwork], Effect]
