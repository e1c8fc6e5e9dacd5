"""Avalon's milk runs to Munich: a week solved and published, so that its studio is alive."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.clock import own_day
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from transport.engine.milkrun.solver import solve
from transport.engine.milkrun.sweep import sweep
from transport.models import MilkRunScenario, RouteAnswer, RouteStop, RouteTemplate
from transport.services.figures import Needed
from transport.services.occurrences import repeat_routes
from transport.services.orders import Item, OrderPlan, Window, place_order
from transport.services.places import Place, organisation_of, own_place, place_of
from transport.services.route_answers import answer_route, hear_route_answers
from transport.services.routes import milk_run_carriers, preview, publish_scenario
from transport.services.scenario_options import limited
from transport.services.scenario_problem import problem_in
from transport.services.scenario_solving import Solved, keep_solution
from transport.services.scenarios import (
    DataMissing,
    ScenarioPlan,
    find_for,
    monday_of,
    new_scenario,
    vary,
)

CUSTOMER, PLANT = "avalon", "MUC"
SUPPLIERS, STEPS, SWEEP_STEPS, DOORS = 12, 150, 20, 2
CURRENCY = "EUR"
HUBS = (
    ("Augsburg", 48.37, 10.90), ("Ingolstadt", 48.76, 11.42), ("Landshut", 48.54, 12.15),
    ("Regensburg", 49.02, 12.10), ("Ulm", 48.40, 9.99), ("Rosenheim", 47.86, 12.13),
    ("Kempten", 47.73, 10.32), ("Donauwoerth", 48.72, 10.78),
)  # fmt: skip
HUB_CODE, WORKDAYS = "ZHUB", 5
"""The code of the hubs sorts behind those of works, so calls are still collected there."""


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Solve next week twice, publish the first plan, let all but one supplier accept it."""
    customer = directory.organisations[CUSTOMER]
    hubs = _hubs(network, directory)
    with acting_for(customer):
        _orders(hubs, monday_of(own_day(as_of)) + timedelta(days=7), network.seed)
        plan = ScenarioPlan(
            plant=PLANT,
            first_week=monday_of(own_day(as_of)) + timedelta(days=7),
            name="Munich, milk runs",
            seed=network.seed,
        )
        plan = replace(plan, supplier_ids=_nearest(plan, as_of))
        if not plan.supplier_ids:
            return
        try:
            scenario = new_scenario(plan, as_of=as_of)
        except DataMissing:
            return  # a network of another seed or size may lack a tariff: then no scenario
        _daily(scenario)
        scenario = _solved(scenario, as_of)
        _variant(scenario, as_of)
        carriers = milk_run_carriers(own_day(as_of), CURRENCY)
        carrier = carriers[0] if carriers else 0
        earliest = preview(scenario, today=own_day(as_of), carrier_id=carrier).earliest
        publish_scenario(scenario.pk, valid_from=earliest, as_of=as_of, carrier_id=carrier)
        stops = list(RouteStop.objects.values_list("counterparty_id", "pk"))
        routes = list(RouteTemplate.objects.values_list("counterparty_id", "pk"))
    subjects = [*stops[1:], *(pair for pair in routes if pair[0] != customer.pk)]
    for partner, key in subjects:
        with acting_for(partner):
            answer_route(key, verdict=RouteAnswer.Verdict.ACCEPTED, as_of=as_of)
    with acting_for(customer):
        hear_route_answers(list(RouteAnswer.objects.filter(counterparty_id=customer.pk)))
        repeat_routes(as_of=as_of)


def _hubs(network: DemoNetwork, directory: Directory) -> list[Place]:
    """Give Avalon's first suppliers a warehouse each in the towns around Munich."""
    supplies = [one for one in network.supplies if one.customer == CUSTOMER]
    slugs = list(dict.fromkeys(one.supplier for one in supplies))
    found = []
    for slug, (city, latitude, longitude) in zip(slugs, HUBS, strict=False):
        with acting_for(directory.organisations[slug]):
            site = Site.objects.create(
                code=HUB_CODE,
                name=f"Hub {city}",
                kind=Site.Kind.WAREHOUSE,
                country="DE",
                city=city,
                latitude=latitude,
                longitude=longitude,
                timezone="Europe/Berlin",
            )
            found.append(place_of(site))
    return found


def _orders(hubs: Sequence[Place], monday: date, seed: int) -> None:
    """Order some pallets from each hub on each working day of the week."""
    plant, rng = own_place(PLANT), np.random.default_rng([seed, 61])
    zone = ZoneInfo("Europe/Berlin")
    for day in range(WORKDAYS):
        opens = datetime.combine(monday + timedelta(days=day), time(6), zone)
        for hub in hubs:
            pallets = Decimal(int(rng.integers(2, 9)))
            place_order(
                OrderPlan(
                    origin=hub,
                    destination=plant,
                    pickup=Window(opens + timedelta(hours=2), opens + timedelta(hours=10)),
                    delivery=Window(opens, opens + timedelta(hours=16)),
                    needed=Needed(
                        weight_kg=pallets * 340,
                        volume_m3=pallets * Decimal("1.7"),
                        pallets=pallets,
                        load_metres=pallets * Decimal("0.4"),
                    ),
                    items=(
                        Item(part_number=f"HUB-{hub['city'][:3].upper()}", quantity=pallets * 24,
                             unit="H87", name="Parts from the hub"),
                    ),
                    source_key=f"demo-hub:{hub['code']}:{opens:%Y-%m-%d}",
                )
            )  # fmt: skip


def _nearest(plan: ScenarioPlan, as_of: datetime) -> Sequence[int]:
    """Return the suppliers with goods in the week that are nearest to the plant."""
    found = find_for(plan, plan.name, as_of=as_of)
    document = found.document
    if not document:
        return ()
    km = dict(zip(document["distances"]["sites"], document["distances"]["km"][0], strict=True))
    codes = sorted(found.sent, key=lambda code: float(km[code]))[:SUPPLIERS]
    return sorted({organisation_of(found.sent[code].place) for code in codes})


def _daily(scenario: MilkRunScenario) -> None:
    """Have the hubs picked up on every working day, as is agreed with them."""
    week = scenario.problem["working_days"]
    for supplier in scenario.problem["suppliers"]:
        if supplier["id"].endswith(HUB_CODE):
            supplier["patterns"] = [week]
    scenario.save(update_fields=["problem"])


def _solved(scenario: MilkRunScenario, as_of: datetime) -> MilkRunScenario:
    """Solve by steps, so that the same seed makes the same plan on every machine."""
    problem = problem_in(scenario.problem, scenario.options)
    plan = solve(problem, seconds=60, iterations=STEPS, seed=scenario.seed, threads=1)
    curve = sweep(problem, seconds=60, iterations=SWEEP_STEPS, seed=scenario.seed, threads=1)
    return keep_solution(scenario.pk, Solved(plan, curve), solved_at=as_of)


def _variant(scenario: MilkRunScenario, as_of: datetime) -> None:
    """Solve the same week with few doors, to compare."""
    types = [each["id"] for each in scenario.problem["fleet"]]
    options = limited(scenario.options, DOORS, types)
    child = vary(scenario.pk, options, name="Munich, two doors")
    problem = problem_in(child.problem, child.options)
    plan = solve(problem, seconds=60, iterations=STEPS, seed=child.seed, threads=1)
    keep_solution(child.pk, Solved(plan), solved_at=as_of)
