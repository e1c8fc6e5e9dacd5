"""A week of milk runs for the tests: three suppliers near Munich, a truck, a tariff, orders."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

from collab.events.leases import begin
from collab.events.models import Errand
from collab.jobs.models import Job
from collab.jobs.run import JobRun
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from tests.harness.cast import Cast, found_organisation, give, partner
from tests.transport.moving import order_of, site_of, truck
from tests.transport.test_tenders import tariff_plan
from transport.engine.milkrun.plan import Plan
from transport.engine.milkrun.problem import Problem
from transport.engine.milkrun.solver import solve
from transport.models import MilkRunScenario, TransportOrder
from transport.services import scenario_solving
from transport.services.figures import Needed
from transport.services.orders import Window
from transport.services.scenario_solving import Solved, keep_solution, run_scenario
from transport.services.scenarios import ScenarioPlan, new_scenario, solve_scenario
from transport.services.tariffs import keep_tariff

MONDAY = date(2026, 11, 30)
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TOWNS = (
    ("augsburg", "Augsburg Seats", 48.37, 10.90),
    ("landshut", "Landshut Glass", 48.54, 12.15),
    ("ingolstadt", "Ingolstadt Trim", 48.76, 11.42),
)


@dataclass(frozen=True, slots=True)
class Week:
    """The suppliers with their orders, by slug."""

    suppliers: dict[str, Organisation]
    orders: list[TransportOrder]

    def code(self, slug: str) -> str:
        """Return the place code of a supplier."""
        return f"{self.suppliers[slug].bpn}/{slug[:3].upper()}1"


def found_week(cast: Cast) -> Week:
    """Found the suppliers, let them see their routes, agree prices, place orders for each day."""
    suppliers = {}
    for number, (slug, name, latitude, longitude) in enumerate(TOWNS, start=31):
        made = found_organisation(
            number, slug, name, "supplier", "DE", slug.title(), latitude, longitude
        )
        partner(cast.avalon, made)
        for topic in ("transport.route", "transport.order", "transport.shipment"):
            give(cast.avalon, made, made, topic)
        give(made, cast.avalon, cast.avalon, "transport.answer")
        suppliers[slug] = made
    with acting_for(cast.avalon):
        truck()
        keep_tariff(tariff_plan(cast.fjord, rank=1, per_km="1500"))
        keep_tariff(tariff_plan(cast.fjord, rank=1, per_km="120", mode="milk_run", number="T-RUNS"))
        orders = [
            _order(supplier, cast.avalon, day)
            for supplier in suppliers.values()
            for day in range(5)
        ]
    return Week(suppliers, orders)


def _order(supplier: Organisation, plant: Organisation, day: int) -> TransportOrder:
    opens = datetime(2026, 11, 30, 5, 0, tzinfo=UTC) + timedelta(days=day)
    return order_of(
        supplier,
        plant,
        pickup=Window(opens + timedelta(hours=1), opens + timedelta(hours=11)),
        delivery=Window(opens, opens + timedelta(hours=16)),
        needed=Needed(
            weight_kg=Decimal(5500),
            volume_m3=Decimal(17),
            pallets=Decimal(11),
            load_metres=Decimal("4.4"),
        ),
    )


def scenario_of(cast: Cast, **changes: object) -> MilkRunScenario:
    """Make Avalon's scenario of the week; acts for nobody before."""
    with acting_for(cast.avalon):
        values = {"plant": site_of(cast.avalon)["site_code"], "first_week": MONDAY, "seconds": 1}
        return new_scenario(ScenarioPlan(**{**values, **changes}), as_of=NOW)  # type: ignore[arg-type]


def solved(cast: Cast, scenario: MilkRunScenario) -> MilkRunScenario:
    """Solve in this process, by steps so that the answer is always the same."""
    with acting_for(cast.avalon):
        problem = scenario_solving.problem_in(scenario.problem, scenario.options)
        return keep_solution(scenario.pk, Solved(_by_steps(problem)), solved_at=NOW)


def run_job(cast: Cast, scenario: MilkRunScenario) -> MilkRunScenario:
    """Do the scenario's job in this process, as the worker would."""
    with acting_for(cast.avalon):
        scenario = solve_scenario(scenario.pk)
    return do_job(cast, scenario)


def do_job(cast: Cast, scenario: MilkRunScenario) -> MilkRunScenario:
    """Do the job that a scenario waits for; acts for nobody before."""
    with acting_for(cast.avalon):
        errand = Errand.objects.get(subject_id=scenario.job_id)
    start = begin(errand.pk)
    assert start is not None
    with acting_for(cast.avalon):
        job = JobRun(Job.objects.get(pk=scenario.job_id), start)
    run_scenario(job)
    with acting_for(cast.avalon):
        return MilkRunScenario.objects.get(pk=scenario.pk)


def _by_steps(problem: Problem) -> Plan:
    return solve(problem, seconds=30, iterations=120, threads=1)


@contextmanager
def cancelled_after(scenario_id: object) -> Iterator[None]:
    """Let the wish to stop come once the first plan is there."""
    with patch.object(JobRun, "is_cancelled", lambda _job: True):
        yield
