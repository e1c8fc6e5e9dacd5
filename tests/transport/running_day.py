"""A Monday on the road for the tests: two milk runs of Avalon's to three suppliers near Munich."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from collab.events.leases import begin
from collab.events.models import Errand
from collab.jobs.models import Job
from collab.jobs.run import JobRun
from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from tests.transport.moving import site_of, truck
from tests.transport.week import Week, found_week
from transport.engine.milkrun import replan as engine
from transport.models import Load, LoadState, Mode, Replan, TransportOrder
from transport.services import replan_solving
from transport.services.distances import way
from transport.services.loads import StopPlan, assign_carrier, make_load, move_load
from transport.services.replan import ask_replan, run_replan
from transport.services.replan_asked import Asked

SIX = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
STAY = timedelta(minutes=31)
STEPS = 120


@dataclass(frozen=True, slots=True)
class Running:
    """Load ``one`` fetches Augsburg, then Ingolstadt; ``two`` Landshut. Fjord drives both."""

    week: Week
    one: Load
    two: Load

    def order(self, slug: str) -> TransportOrder:
        """Return Monday's order of a supplier."""
        return self.week.orders[list(self.week.suppliers).index(slug) * 5]


def running_day(cast: Cast) -> Running:
    """Plan both loads and let Fjord accept them."""
    week = found_week(cast)
    monday = dict(zip(week.suppliers, week.orders[::5], strict=True))
    with acting_for(cast.avalon):
        one = _accepted(cast, [monday["augsburg"], monday["ingolstadt"]])
        two = _accepted(cast, [monday["landshut"]])
    return Running(week, one, two)


def stops_of_run(cast: Cast, orders: Sequence[TransportOrder]) -> list[StopPlan]:
    """Return a run from the plant over the orders' suppliers and back, from 06:00 on."""
    plant = site_of(cast.avalon)
    opens, closes = SIX - timedelta(hours=1), SIX + timedelta(hours=14)
    at, here = SIX + timedelta(minutes=10), plant
    found = [StopPlan(purpose="start", place=plant, window_from=opens, window_until=closes,
                      planned_arrival=SIX, planned_departure=at)]  # fmt: skip
    for order in orders:
        at += timedelta(minutes=round(way(here, order.origin).minutes))
        found.append(StopPlan(purpose="pickup", place=order.origin, on=[order.pk],
                              window_from=order.pickup_from, window_until=order.pickup_until - STAY,
                              planned_arrival=at, planned_departure=at + STAY))  # fmt: skip
        at, here = at + STAY, order.origin
    at += timedelta(minutes=round(way(here, plant).minutes))
    found.append(StopPlan(purpose="delivery", place=plant, off=[each.pk for each in orders],
                          window_from=opens, window_until=closes,
                          planned_arrival=at, planned_departure=at + STAY))  # fmt: skip
    return found


def _accepted(cast: Cast, orders: Sequence[TransportOrder]) -> Load:
    before = SIX - timedelta(days=1)
    load = make_load(
        mode=Mode.MILK_RUN,
        stops=stops_of_run(cast, orders),
        vehicle_type=truck(),
        state=LoadState.PLANNED,
        made_at=before,
    )
    move_load(load.pk, LoadState.TENDERED, by="planner", happened_at=before)
    assign_carrier(load.pk, carrier_id=cast.fjord.pk)
    return move_load(load.pk, LoadState.ACCEPTED, by="carrier", happened_at=before)


def proposed(cast: Cast, load: Load, asked: Asked, at: datetime) -> Replan:
    """Ask and do the job in this process, by steps so that the answer is always the same."""
    with acting_for(cast.avalon):
        row = ask_replan(load.pk, asked, as_of=at)
    return solved_replan(cast, row)


def solved_replan(cast: Cast, row: Replan) -> Replan:
    """Do a re-plan's job in this process, as the worker would."""
    with acting_for(cast.avalon):
        errand = Errand.objects.get(subject_id=row.job_id)
    start = begin(errand.pk)
    assert start is not None
    with acting_for(cast.avalon):
        job = JobRun(Job.objects.get(pk=row.job_id), start)

    def by_steps(*told: object, **more: object) -> engine.Replanned:
        return engine.replan(*told, **{**more, "iterations": STEPS})  # type: ignore[arg-type]

    with patch.object(replan_solving, "replan", by_steps):
        run_replan(job)
    with acting_for(cast.avalon):
        return Replan.objects.get(pk=row.pk)
