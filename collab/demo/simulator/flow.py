"""One supply as it flows: what its supplier holds, what is under way, what the customer holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from collab.demo.demand import stock_that_lasts
from collab.demo.network import DemoNetwork, DemoSupply

PLANT_DAYS_ABOVE_MINIMUM = 3
CAPACITY = 1.5  # of the mean daily demand
YIELDS = (0.9, 1.0)
SUNDAY = 7

StockKey = tuple[str, str, str, str]
"""Holder and partner as slugs, the holder's part number, the holder's site code."""


@dataclass(slots=True)
class Flow:
    """The stock of one supply on both sides, in whole base units; ``factor`` scales demand.

    ``eats`` are the flows of materials that one unit takes, with how much of each.
    """

    supply: DemoSupply
    at_supplier: int
    at_customer: int
    under_way: int = 0
    factor: float = 1.0
    own_factor: float = 1.0
    eats: list[tuple["Flow", Decimal]] = field(default_factory=list)
    feeds_production: bool = False

    def needed_on(self, day: int) -> int:
        """Return the demand of simulated day ``day`` >= 0; behind its end the plan repeats."""
        planned = self.supply.demand.planned
        return round(planned[day % len(planned)] * self.factor * self.own_factor)

    def needed_within(self, day: int, days: int) -> int:
        """Return the demand of ``days`` days from ``day`` on."""
        return sum(self.needed_on(day + offset) for offset in range(days))

    def producible(self, day: int, rng: Random) -> int:
        """Return what the supplier makes on ``day``: up to its aim, capacity and materials."""
        aim_days = (int(self.supply.minimum_days) + int(self.supply.maximum_days)) // 2
        planned = self.supply.demand.planned
        capacity = -(-sum(planned) * CAPACITY // len(planned)) * rng.uniform(*YIELDS)
        most_today = max(round(capacity), self.needed_on(day))
        wanted = self.needed_within(day, aim_days + 1) - self.at_supplier
        made = max(0, min(wanted, most_today))
        for material, each in self.eats:
            made = min(made, int(material.at_customer / each))
        return made

    def orderable(self, day: int) -> int:
        """Return what the customer lacks on ``day`` to last until a load sent now is used."""
        days = self.supply.lead_time_days + int(self.supply.minimum_days)
        aim = self.needed_within(day, days + PLANT_DAYS_ABOVE_MINIMUM)
        return max(0, aim - self.at_customer - self.under_way)


def flows_of(network: DemoNetwork, on_hand: Mapping[StockKey, int]) -> list[Flow]:
    """Return the flow of each supply; ``on_hand`` replaces the network's own opening stock.

    A customer that no figure is known of opens with its minimum and three days more.
    """
    flows = []
    for supply in network.supplies:
        ours = (supply.supplier, supply.customer, supply.supplier_number, supply.ship_from)
        theirs = (supply.customer, supply.supplier, supply.customer_number, supply.ship_to)
        opening_days = float(supply.minimum_days) + PLANT_DAYS_ABOVE_MINIMUM
        opening = stock_that_lasts(opening_days, supply.demand.planned)
        flows.append(
            Flow(
                supply=supply,
                at_supplier=on_hand.get(ours, int(supply.stock)),
                at_customer=on_hand.get(theirs, opening),
            )
        )
    _connect(network, flows)
    return flows


def _connect(network: DemoNetwork, flows: Sequence[Flow]) -> None:
    """Let each part eat the materials that its bill of material names."""
    bought = {(flow.supply.customer, flow.supply.customer_number): flow for flow in flows}
    made = {(flow.supply.supplier, flow.supply.supplier_number): flow for flow in flows}
    for line in network.bom:
        parent = made.get((line.owner, line.parent))
        material = bought.get((line.owner, line.component))
        if parent is not None and material is not None:
            parent.eats.append((material, line.usage * (1 + line.scrap_rate)))
            material.feeds_production = True


def is_working_day(today: date, day: int) -> bool:
    """Say whether simulated day ``day`` after ``today`` is one from Monday to Saturday."""
    return (today + timedelta(days=day)).isoweekday() != SUNDAY
