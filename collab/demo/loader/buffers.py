"""Safety stock: policies of Avalon and Brasov, what they suggest, and a chain that is placed."""

from datetime import datetime
from decimal import Decimal

import numpy as np

from collab.demo.facts import DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from inventory.engine.safety_stock.solve import solve
from inventory.models import CoverageTarget
from inventory.services.buffer_policies import PolicyFigures, set_policy
from inventory.services.buffers import suggest
from inventory.services.placement_solving import keep_placement
from inventory.services.placements import new_placement, problem_in

CUSTOMER, MAKER = "avalon", "brasov"
PARTS, SWEEPS, SOLVE_S = 10, 400, 20
LEVELS = ("0.95", "0.98", "0.99")
THOUSANDTH = Decimal("0.001")


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Give both some policies, work them out, and solve Brasov's chain."""
    rng = np.random.default_rng([network.seed, 23])
    _share_lead_times(network, directory)
    sold = [each for each in network.supplies if each.supplier == MAKER][:PARTS]
    parents = {supply.supplier_number for supply in sold}
    made_of = {
        each.component for each in network.bom if each.owner == MAKER and each.parent in parents
    }
    maker, customer = directory.organisations[MAKER], directory.organisations[CUSTOMER]
    with acting_for(maker):
        for supply in {each.supplier_number: each for each in sold}.values():
            _policy(directory, supply, supply.customer, rng, lead_days=4, cost=(30, 80))
        bought = [
            each for each in network.supplies
            if each.customer == MAKER and each.customer_number in made_of
        ]  # fmt: skip
        for supply in {each.customer_number: each for each in bought}.values():
            lead = supply.lead_time_days + 3
            _policy(directory, supply, supply.supplier, rng, lead_days=lead, cost=(1, 5))
        suggest(as_of=as_of)
        _place(as_of)
    with acting_for(customer):
        bought = [each for each in network.supplies if each.customer == CUSTOMER][:PARTS]
        for supply in {each.customer_number: each for each in bought}.values():
            lead = supply.lead_time_days + 2
            _policy(directory, supply, supply.supplier, rng, lead_days=lead, cost=(30, 90))
        suggest(as_of=as_of)


def _policy(
    directory: Directory,
    supply: DemoSupply,
    partner: str,
    rng: np.random.Generator,
    *,
    lead_days: int,
    cost: tuple[int, int],
) -> None:
    """Set the policy of a part at its place; the spread of a customer's demand is stated."""
    is_sold = partner == supply.customer
    planned = float(np.mean(supply.demand.planned))
    sigma = Decimal(str(planned * float(rng.uniform(0.15, 0.4)))).quantize(THOUSANDTH)
    other: Organisation = directory.organisations[partner]
    set_policy(
        counterparty=other.bpn,
        part_number=supply.supplier_number if is_sold else supply.customer_number,
        site=supply.ship_from if is_sold else supply.ship_to,
        figures=PolicyFigures(
            service_level=LEVELS[int(rng.integers(len(LEVELS)))],
            lead_days=lead_days,
            lead_sigma_days=Decimal(str(round(float(rng.uniform(0.2, 1.5)), 2))),
            daily_sigma=sigma if is_sold else None,
            unit_cost=Decimal(str(round(float(rng.uniform(*cost)), 2))),
        ),
    )


def _share_lead_times(network: DemoNetwork, directory: Directory) -> None:
    """Let suppliers of both say with their agreed minimum how long replenishment takes."""
    for supplier in sorted({each.supplier for each in network.supplies}):
        supplies = [
            each for each in network.supplies
            if each.supplier == supplier and each.customer in {CUSTOMER, MAKER}
        ]  # fmt: skip
        if not supplies:
            continue
        with acting_for(directory.organisations[supplier]):
            for each in supplies:
                CoverageTarget.objects.filter(
                    owner_id=directory.organisations[supplier].pk,
                    counterparty_id=directory.organisations[each.customer].pk,
                    part_number=each.supplier_number,
                ).update(lead_days=each.lead_time_days)


def _place(as_of: datetime) -> None:
    row = new_placement(as_of=as_of, name="Brasov, harnesses and what they are made of")
    problem = problem_in(row)
    keep_placement(row.pk, solve(problem, seconds=SOLVE_S, sweeps=SWEEPS), solved_at=as_of)
