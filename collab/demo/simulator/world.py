"""The simulation itself: SimPy processes over the flows of a demo network, no clock, no Django."""

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from math import ceil
from random import Random
from typing import Any

import simpy

from collab.demo.demand import PLANNED_DAYS
from collab.demo.network import DemoNetwork
from collab.demo.simulator.flow import Flow, StockKey, flows_of, is_working_day
from collab.demo.simulator.happenings import (
    Consumed,
    DemandChanged,
    Happening,
    Produced,
    Received,
    ReportMissed,
    ScenarioTurned,
    Shipped,
    StockCounted,
)
from collab.demo.simulator.scenarios import Effect, scenario_named

DAY = 24.0
PRODUCED_AT, SHIPPED_AT, CONSUMED_AT = 6.0, 10.0, 14.0
REPORTED_FROM, REPORTED_UNTIL = 15.0, 20.0
MISSED_SHARE, LATE_SHARE = 0.03, 0.08
LATE_HOURS = (0.5, 3.5)
DEMAND_CHANGES_PER_DAY = 1 / 40  # of the parts that car makers buy
FACTORS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4)

Process = Generator[Any, Any, None]


def events(
    network: DemoNetwork,
    seed: int = 1,
    scenario: str | None = None,
    days: int | None = None,
    *,
    on_hand: Mapping[StockKey, int] | None = None,
) -> Iterator[Happening]:
    """Yield what happens in ``network``, in order; the same arguments give the same events.

    Parameters
    ----------
    network
        The demo network; its companies, plans and bills of material set the scene.
    seed
        Seeds every draw. Each process draws from a stream of its own, so a scenario changes
        only what follows from it.
    scenario
        A name of ``scenarios.SCENARIOS``, or ``None`` for quiet days.
    days
        Number of simulated days, >= 1; ``None`` for no end. Plans repeat after 56 days.
    on_hand
        Opening stock that replaces the network's own [base units].

    Raises
    ------
    ValueError
        For an unknown scenario or fewer than one day, at the first event asked for.
    """
    if days is not None and days < 1:
        raise ValueError(f"expected at least 1 day, got {days}")
    effect = scenario_named(scenario).effect_on(network) if scenario is not None else None
    world = _World(network, seed, flows_of(network, on_hand or {}))
    world.begin()
    if effect is not None and scenario is not None:
        world.env.process(world.play(scenario, effect))
    end = float("inf") if days is None else days * DAY
    while world.env.peek() < end:
        world.env.step()
        yield from world.happened
        world.happened.clear()


class _World:
    """The flows, what has happened since somebody looked, and the processes that move them."""

    def __init__(self, network: DemoNetwork, seed: int, flows: list[Flow]) -> None:
        self.env = simpy.Environment()
        self.happened: list[Happening] = []
        self._network = network
        self._seed = seed
        self._flows = flows
        self._halted_production: frozenset[str] = frozenset()
        self._halted_shipping: frozenset[str] = frozenset()

    def begin(self) -> None:
        """Start the processes of every supply and every company that reports."""
        held: dict[str, list[tuple[Flow, bool]]] = defaultdict(list)
        for place, flow in enumerate(self._flows):
            self.env.process(self._supply_day(place, flow))
            self.env.process(self._use(flow))
            held[flow.supply.supplier].append((flow, True))
            held[flow.supply.customer].append((flow, False))
        for holder, stocks in held.items():
            self.env.process(self._report(holder, stocks))
        self.env.process(self._change_demand())

    def play(self, name: str, effect: Effect) -> Process:
        """Begin the scenario on its first day, and end it."""
        yield self.env.timeout(effect.first_day * DAY)
        self._turn(name, effect, begins=True)
        yield self.env.timeout(effect.days * DAY)
        self._turn(name, effect, begins=False)

    def _turn(self, name: str, effect: Effect, *, begins: bool) -> None:
        self._halted_production = effect.halted_production if begins else frozenset()
        self._halted_shipping = effect.halted_shipping if begins else frozenset()
        self._tell(ScenarioTurned, name=name, begins=begins, companies=effect.companies)
        for flow in self._flows:
            if (flow.supply.customer, flow.supply.ship_to) in effect.surging:
                flow.factor = effect.demand_factor if begins else 1.0
                self._tell_schedule(flow)

    def _supply_day(self, place: int, flow: Flow) -> Process:
        """Produce and ship one part, day after day."""
        rng = Random(f"{self._seed}/production/{place}")  # noqa: S311 - a simulation
        yield self.env.timeout(PRODUCED_AT)
        while True:
            day = self._day()
            is_open = is_working_day(self._network.today, day + 1)
            made = flow.producible(day, rng)
            if is_open and flow.supply.supplier not in self._halted_production:
                self._produce(flow, made)
            yield self.env.timeout(SHIPPED_AT - PRODUCED_AT)
            if is_open and flow.supply.supplier not in self._halted_shipping:
                self._ship(flow, day)
            yield self.env.timeout(DAY - SHIPPED_AT + PRODUCED_AT)

    def _produce(self, flow: Flow, wanted: int) -> None:
        """Make up to ``wanted`` of what the materials allow, and use those up."""
        made = min([wanted, *(int(each.at_customer / usage) for each, usage in flow.eats)])
        if made <= 0:
            return
        flow.at_supplier += made
        self._tell_part(Produced, flow, made)
        for material, usage in flow.eats:
            used = min(ceil(made * usage), material.at_customer)
            material.at_customer -= used
            self._tell_part(Consumed, material, used, missing=0)

    def _ship(self, flow: Flow, day: int) -> None:
        sent = min(flow.orderable(day), flow.at_supplier)
        if sent <= 0:
            return
        flow.at_supplier -= sent
        flow.under_way += sent
        arrives_at = self.env.now + flow.supply.lead_time_days * DAY
        self._tell_part(Shipped, flow, sent, arrives_at_hours=arrives_at)
        self.env.process(self._arrive(flow, sent))

    def _arrive(self, flow: Flow, sent: int) -> Process:
        yield self.env.timeout(flow.supply.lead_time_days * DAY)
        flow.under_way -= sent
        flow.at_customer += sent
        self._tell_part(Received, flow, sent)

    def _use(self, flow: Flow) -> Process:
        """Use a part up by its daily demand; materials go with the production that eats them."""
        if flow.feeds_production:
            return
        yield self.env.timeout(CONSUMED_AT)
        while True:
            needed = flow.needed_on(self._day())
            used = min(needed, flow.at_customer)
            if needed:
                flow.at_customer -= used
                self._tell_part(Consumed, flow, used, missing=needed - used)
            yield self.env.timeout(DAY)

    def _report(self, holder: str, stocks: list[tuple[Flow, bool]]) -> Process:
        """Report all stocks of a company once a day: at its hour, sometimes late or not at all."""
        rng = Random(f"{self._seed}/reports/{holder}")  # noqa: S311 - a simulation
        usual = round(rng.uniform(REPORTED_FROM, REPORTED_UNTIL), 2)
        while True:
            day_starts = self._day() * DAY
            drawn, late = rng.random(), round(rng.uniform(*LATE_HOURS), 2)
            late = late if MISSED_SHARE <= drawn < MISSED_SHARE + LATE_SHARE else 0.0
            yield self.env.timeout(usual + late)
            if drawn < MISSED_SHARE:
                self._tell(ReportMissed, holder=holder)
            else:
                self._count(holder, stocks, late)
            yield self.env.timeout(day_starts + DAY - self.env.now)

    def _count(self, holder: str, stocks: list[tuple[Flow, bool]], late: float) -> None:
        for flow, is_supplier in stocks:
            supply = flow.supply
            self._tell(
                StockCounted,
                holder=holder,
                partner=supply.customer if is_supplier else supply.supplier,
                number=supply.supplier_number if is_supplier else supply.customer_number,
                site=supply.ship_from if is_supplier else supply.ship_to,
                quantity=flow.at_supplier if is_supplier else flow.at_customer,
                unit=supply.unit,
                late_hours=late,
            )

    def _change_demand(self) -> Process:
        """Give some part a new level of demand, now and then."""
        rng = Random(f"{self._seed}/demand")  # noqa: S311 - a simulation
        candidates = [flow for flow in self._flows if not flow.feeds_production]
        while True:
            yield self.env.timeout(rng.expovariate(len(candidates) * DEMAND_CHANGES_PER_DAY / DAY))
            flow = rng.choice(candidates)
            flow.own_factor = rng.choice(FACTORS)
            self._tell_schedule(flow)

    def _tell_schedule(self, flow: Flow) -> None:
        tomorrow = self._day() + 1
        self._tell(
            DemandChanged,
            customer=flow.supply.customer,
            supplier=flow.supply.supplier,
            number=flow.supply.customer_number,
            site=flow.supply.ship_to,
            factor=round(flow.factor * flow.own_factor, 3),
            quantities=tuple(flow.needed_on(tomorrow + day) for day in range(PLANNED_DAYS)),
        )

    def _tell_part(self, kind: type[Any], flow: Flow, quantity: int, **more: Any) -> None:
        self._tell(
            kind,
            supplier=flow.supply.supplier,
            customer=flow.supply.customer,
            number=flow.supply.supplier_number,
            quantity=quantity,
            **more,
        )

    def _tell(self, kind: type[Any], **values: Any) -> None:
        self.happened.append(kind(at_hours=round(self.env.now, 4), **values))

    def _day(self) -> int:
        """Return the running simulated day; a hair is added against rounding at midnight."""
        return int((self.env.now + 1e-6) // DAY)
