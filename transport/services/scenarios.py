"""Milk-run scenarios: made from data, changed into children, solved as a job, thrown away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from collab.jobs.services import cancel_job, start_job
from collab.masterdata.refusals import Refused, clean_text, clean_whole, locked
from collab.organisations.context import acting_organisation_id, acting_person_id, may_act_at
from collab.organisations.models import Site
from transport.models import MilkRunScenario
from transport.services.docks import doors_of
from transport.services.fixed_routes import published_stops
from transport.services.scenario_options import CHANGE_PRICE, Options, checked, limited
from transport.services.scenario_problem import Found, Handling, find_problem
from transport.services.scenario_tariff import MINOR
from transport.services.scenario_volumes import Lack

KIND = "transport.milkrun"
LEAST_SECONDS, MOST_SECONDS = 1, 180
"""Wall time of a solve; with the sweep and the writing it stays within a task's limit."""
MOST_CENTS_PER_TONNE = 1_000_000
State = MilkRunScenario.State


class DataMissing(ValueError):
    """A scenario cannot be reckoned with; ``lacks`` says what of whom is missing."""

    def __init__(self, lacks: Sequence[Lack]) -> None:
        self.lacks = tuple(lacks)
        super().__init__("; ".join(f"{each.supplier}: {each.what}" for each in self.lacks))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioPlan:
    """What a planner asks: which plant, which week, which suppliers (none = all), how long.

    ``first_week`` is a Monday; the price of CO2e is per tonne in minor units.
    """

    plant: str
    first_week: date
    name: str = ""
    supplier_ids: Sequence[int] = ()
    seconds: int = 60
    seed: int = 1
    co2_price_minor: int = 10_000
    currency: str = "EUR"
    handling: Handling = field(default_factory=Handling)


@transaction.atomic
def new_scenario(plan: ScenarioPlan, *, as_of: datetime) -> MilkRunScenario:
    """Make a scenario from what is known at ``as_of``; nothing is solved yet.

    Doors of the plant and stops that partners were told are taken into its options.

    Raises
    ------
    DataMissing
        With everything that is missing, by supplier.
    Refused
        For a site that is not one's own, a day that is no Monday, numbers out of range.
    """
    _check(plan.first_week, plan.seconds, plan.seed, plan.co2_price_minor)
    name = clean_text("name", plan.name, 80, required=False)
    site = Site.objects.filter(code=plan.plant, owner_id=acting_organisation_id()).first()
    if site is None:
        raise Refused("plant", "the code of a site of yours", plan.plant)
    _act_at_plant(site)
    week = f"{plan.first_week:%G-W%V}"
    name = name or _("%(plant)s, week %(week)s") % {"plant": site.name, "week": week}
    found = find_for(plan, name, as_of=as_of)
    if found.lacks:
        raise DataMissing(found.lacks)
    return MilkRunScenario.objects.create(
        owner_id=acting_organisation_id(),
        name=name,
        plant=site,
        first_week=plan.first_week,
        seconds=plan.seconds,
        seed=plan.seed,
        co2_price_minor=plan.co2_price_minor,
        currency=plan.currency,
        options=checked(found.document, first_options(site.code, found, plan.first_week)),
        problem=dict(found.document),
        created_by_id=acting_person_id(),
    )


def find_for(plan: ScenarioPlan, name: str, *, as_of: datetime) -> Found:
    """Return the problem that a plan would become, or what is missing for it."""
    return find_problem(
        plan.plant,
        plan.first_week,
        name=name,
        currency=plan.currency,
        co2_price=plan.co2_price_minor / MINOR,
        as_of=as_of,
        supplier_ids=plan.supplier_ids or None,
        handling=plan.handling,
    )


def first_options(plant_code: str, found: Found, first_week: date) -> Options:
    """Return what binds a new scenario before anybody fixes anything: doors and told stops."""
    options: Options = {}
    types = [each["id"] for each in found.document["fleet"]]
    if doors := sum(doors_of(plant_code, first_week).values()):
        options = limited(options, doors, types)
    days = set(found.document["working_days"])
    told = [
        {"supplier": supplier, "day": day, "start_min": minute}
        for (supplier, day), minute in sorted(published_stops(plant_code, first_week).items())
        if supplier in found.sent and day in days
    ]
    if told:
        options["stability"] = {"stops": told, "penalty_per_stop": CHANGE_PRICE}
    return options


@transaction.atomic
def vary(
    scenario_id: UUID,
    options: Mapping[str, Any],
    *,
    name: str = "",
    co2_price_minor: int | None = None,
    seconds: int | None = None,
) -> MilkRunScenario:
    """Make a child of a scenario: the same week under other options; it is compared with it.

    Raises ``Refused`` if the options name what the problem does not have.
    """
    parent = MilkRunScenario.objects.select_related("plant").get(pk=scenario_id)
    _act_at_plant(parent.plant)
    price = parent.co2_price_minor if co2_price_minor is None else co2_price_minor
    _check(parent.first_week, seconds or parent.seconds, parent.seed, price)
    document = {**parent.problem, "co2_price_per_t": price / MINOR}
    count = MilkRunScenario.objects.filter(parent_id=parent.pk).count() + 2
    title = clean_text("name", name, 80, required=False) or f"{parent.name[:74]} #{count}"
    return MilkRunScenario.objects.create(
        owner_id=acting_organisation_id(),
        name=title,
        plant_id=parent.plant_id,
        parent_id=parent.pk,
        first_week=parent.first_week,
        seconds=seconds or parent.seconds,
        seed=parent.seed,
        co2_price_minor=price,
        currency=parent.currency,
        options=checked(document, dict(options)),
        problem=document,
        created_by_id=acting_person_id(),
    )


@transaction.atomic
def solve_scenario(scenario_id: UUID, *, version: int | None = None) -> MilkRunScenario:
    """Have a scenario solved as a job on the queue for solvers; running already changes nothing.

    Raises ``Refused`` for one that is published or thrown away.
    """
    scenario = locked_scenario(scenario_id, version)
    if scenario.state == State.RUNNING:
        return scenario
    if scenario.state in {State.PUBLISHED, State.DISCARDED}:
        raise Refused("state", "a scenario that is not published", scenario.get_state_display())
    job = start_job(
        kind=KIND,
        title=_("Milk runs: %(name)s") % {"name": scenario.name},
        params={"scenario_id": str(scenario.pk)},
        queue="solve",
    )
    scenario.state, scenario.job_id = State.RUNNING, job.pk
    scenario.version += 1
    scenario.save(update_fields=["state", "job_id", "version"])
    return scenario


@transaction.atomic
def stop_solving(scenario_id: UUID) -> None:
    """Wish the solver to stop; the best plan found so far is kept."""
    scenario = locked_scenario(scenario_id, None)
    if scenario.state == State.RUNNING and scenario.job_id is not None:
        cancel_job(scenario.job_id)


@transaction.atomic
def settle_job(job_id: UUID) -> None:
    """Let no scenario wait for a job that has ended without an answer."""
    row = MilkRunScenario.objects.select_for_update(of=("self",)).filter(
        owner_id=acting_organisation_id(), job_id=job_id, state=State.RUNNING
    )
    for scenario in row:
        scenario.state = at_rest(scenario)
        scenario.version += 1
        scenario.save(update_fields=["state", "version"])


def at_rest(scenario: MilkRunScenario) -> str:
    """Return the state that a scenario's last answer gives it."""
    if scenario.plan:
        return State.SOLVED
    return State.INFEASIBLE if scenario.conflicts else State.DRAFT


@transaction.atomic
def discard(scenario_id: UUID, *, version: int | None = None) -> MilkRunScenario:
    """Throw a scenario away; published and running ones cannot be."""
    scenario = locked_scenario(scenario_id, version)
    if scenario.state in {State.RUNNING, State.PUBLISHED}:
        raise Refused("state", "a scenario at rest", scenario.get_state_display())
    scenario.state = State.DISCARDED
    scenario.version += 1
    scenario.save(update_fields=["state", "version"])
    return scenario


def locked_scenario(scenario_id: UUID, version: int | None) -> MilkRunScenario:
    """Return a scenario locked; ``Refused`` to a role at another site than its plant."""
    scenario = locked(MilkRunScenario, scenario_id, version)
    _act_at_plant(scenario.plant)
    return scenario


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def _act_at_plant(plant: Site) -> None:
    if not may_act_at(plant.pk):
        raise Refused("plant", "the site that your role is at", plant.code)


def _check(first_week: date, seconds: int, seed: int, price: int) -> None:
    if first_week.isoweekday() != 1:
        raise Refused("first_week", "a Monday", first_week)
    clean_whole("seconds", seconds, at_least=LEAST_SECONDS, at_most=MOST_SECONDS)
    clean_whole("seed", seed, at_least=0, at_most=1_000_000)
    clean_whole("co2_price_minor", price, at_least=0, at_most=MOST_CENTS_PER_TONNE)
