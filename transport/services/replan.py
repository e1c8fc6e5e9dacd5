"""Plan a running day again: ask, solve as a job, keep the proposal, accept or decline it (TR-22).

A proposal changes nothing before a planner accepts it, and only while every vehicle in it is
where it was when it was made.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from collab.jobs.run import Cancelled, JobFailed, JobRun
from collab.jobs.services import cancel_job, start_job
from collab.masterdata.refusals import Refused, locked
from collab.organisations.context import (
    acting_organisation,
    acting_organisation_id,
    acting_person_id,
)
from transport.engine.milkrun.live_answer import Replanned
from transport.engine.milkrun.live_hold import Held
from transport.models import Load, Replan
from transport.services.replan_apply import apply_answer
from transport.services.replan_asked import Asked, check_asked, urgent_halts
from transport.services.replan_day import Day, Halt, day_of
from transport.services.replan_problem import PAUSE_MIN, Posed, Poser, Vehicle
from transport.services.replan_solving import (
    Task,
    answer_document,
    figures_of,
    held_of,
    slices,
    task_of,
)

KIND = "transport.replan"
State = Replan.State
OPEN = frozenset({State.RUNNING, State.PROPOSED})


@transaction.atomic
def ask_replan(load_id: UUID, asked: Asked, *, as_of: datetime) -> Replan:
    """Have the rest of a load's day planned again as a job; what waits for an answer is declined.

    Raises ``Refused`` if the load, or what is said of it, leaves nothing to plan;
    ``Load.DoesNotExist`` for a missing or foreign load.
    """
    day = day_of(load_id, now=as_of)
    check_asked(asked, day)
    urgent = urgent_halts(asked.orders, day)
    posed = Poser(day, asked, urgent).posed()
    for row in Replan.objects.select_for_update(of=("self",)).filter(load_id=load_id):
        if row.state in OPEN:
            reject_replan(row.pk)
    replan = Replan.objects.create(
        owner_id=acting_organisation_id(),
        load_id=load_id,
        plant_code=day.plant["code"],
        on=day.on,
        as_of=as_of,
        seconds=asked.seconds,
        currency=day.runs[0].load.currency,
        asked=asked.row(),
        day=_kept(day, asked, posed, [each.key for each in urgent]),
        marks={str(each.run.load.pk): each.run.mark for each in posed.vehicles}
        | {str(run.load.pk): run.mark for run in day.runs if run.load.number in asked.broken},
        problem=posed.document,
        created_by_id=acting_person_id(),
    )
    job = start_job(
        kind=KIND,
        title=_("Re-plan from %(number)s") % {"number": day.runs[0].load.number},
        params={"replan_id": str(replan.pk)},
    )
    replan.job_id = job.pk
    replan.save(update_fields=["job_id"])
    return replan


def run_replan(job: JobRun) -> None:
    """Solve the job's re-plan; a cancelled one proposes the best answer found until then."""
    key = UUID(job.params["replan_id"])
    with job.acting():
        row = Replan.objects.filter(pk=key, state=State.RUNNING).first()
        if row is None:
            raise JobFailed(_("The question is settled already."))
        task, seconds, currency = task_of(row.problem, row.day), row.seconds, row.currency
    held, best, turns = held_of(task), None, 0
    try:
        for found in slices(task, seconds):
            best, turns = found, turns + 1
            job.progress(min(turns * 2, seconds), max(1, seconds), _words(found, currency))
            job.stop_if_cancelled()
    except Cancelled:
        if best is not None:
            with job.acting():
                keep_answer(key, task, best, held)
        raise
    if best is None:
        raise JobFailed(_("The solver found no plan and no reason."))
    with job.acting():
        done = keep_answer(key, task, best, held)
        url = reverse("transport:replan", args=[acting_organisation().slug, done.load_id])
        job.finish({"state": done.state, **done.figures.get("after", {})}, url)


def keep_answer(replan_id: UUID, task: Task, found: Replanned, held: Held) -> Replan:
    """Write the proposal, or which stops nobody can keep."""
    row = locked(Replan, replan_id, None)
    if row.state != State.RUNNING:
        return row
    if found.conflicts:
        row.state = State.INFEASIBLE
        row.conflicts = [
            {"stops": list(each.suppliers), "constraint": each.constraint}
            for each in found.conflicts
        ]
    else:
        row.state, row.conflicts = State.PROPOSED, []
        row.answer = answer_document(task, found, held, row.day)
        row.figures = figures_of(task, found, held, row.day)
    row.solved_at = timezone.now()
    row.version += 1
    row.save()
    return row


@transaction.atomic
def accept_replan(replan_id: UUID, *, as_of: datetime, version: int | None = None) -> list[Load]:
    """Change the stops of the loads as proposed, tell carriers and suppliers; return the loads.

    Accepting again changes nothing. Raises ``Refused`` (field ``state``) for a proposal that is
    not open, or out of which a vehicle has moved on; ``Replan.DoesNotExist``.
    """
    row = locked(Replan, replan_id, version)
    if row.state == State.ACCEPTED:
        keys = row.figures.get("loads", [])
        return list(Load.objects.filter(owner_id=row.owner_id, pk__in=keys).order_by("number"))
    if row.state != State.PROPOSED:
        raise Refused("state", "a proposal that waits for its answer", row.get_state_display())
    held = Load.objects.select_for_update(of=("self",)).filter(pk__in=list(row.marks))
    list(held.order_by("pk"))
    if why := why_stale(row, as_of=as_of):
        raise Refused("state", why, "")
    loads = apply_answer(row, as_of=as_of)
    row.state, row.settled_at = State.ACCEPTED, as_of
    row.figures = {**row.figures, "loads": [str(each.pk) for each in loads]}
    row.version += 1
    row.save()
    return loads


@transaction.atomic
def reject_replan(replan_id: UUID, *, version: int | None = None) -> Replan:
    """Decline a proposal, or stop looking for one; what is settled stays as it is."""
    row = locked(Replan, replan_id, version)
    if row.state not in OPEN:
        return row
    if row.state == State.RUNNING and row.job_id is not None:
        cancel_job(row.job_id)
    row.state, row.settled_at = State.REJECTED, timezone.now()
    row.version += 1
    row.save()
    return row


@transaction.atomic
def settle_replan_job(job_id: UUID) -> None:
    """Let no re-plan wait for a job that has ended without an answer."""
    rows = Replan.objects.select_for_update(of=("self",)).filter(
        owner_id=acting_organisation_id(), job_id=job_id, state=State.RUNNING
    )
    for row in rows:
        row.state = State.FAILED
        row.version += 1
        row.save(update_fields=["state", "version"])


def why_stale(row: Replan, *, as_of: datetime) -> str:
    """Return why a proposal holds no more, in the planner's words; empty while it does."""
    try:
        runs = {str(run.load.pk): run for run in day_of(row.load_id, now=as_of).runs}
    except (Refused, Load.DoesNotExist):
        runs = {}
    for key, mark in row.marks.items():
        number = {"load": row.day["numbers"][key]}
        if key not in runs:
            return _("a new proposal: %(load)s cannot be changed any more") % number
        now = runs[key].mark
        if now["plan_version"] != mark["plan_version"]:
            return _("a new proposal: the stops of %(load)s were changed meanwhile") % number
        if now["fixed"] != mark["fixed"]:
            return _("a new proposal: %(load)s has driven on meanwhile") % number
    fixed = set(row.day["staying"])
    begins = [
        each["arrive_min"]
        for name, each in row.answer["stops"].items()
        if each["arrive_min"] is not None and name not in fixed
    ]
    midnight = datetime.fromisoformat(row.day["midnight"])
    if begins and midnight + timedelta(minutes=min(begins)) < as_of:
        return _("a new proposal: the first stop it changes would have been by now")
    return ""


def _kept(day: Day, asked: Asked, posed: Posed, urgent: list[str]) -> dict[str, Any]:
    """Return the day as it stood, for the solver, the pages and the loads that follow."""
    cancelled = set(asked.cancelled)
    of_load = {halt.key: run.load for run in day.runs for halt in run.halts}
    staying = [
        halt.key
        for each in posed.vehicles
        for trip in each.trips
        for halt in trip
        if halt.why_fixed and not (halt.why_fixed == "ahead" and halt.key in cancelled)
    ]
    return {
        "midnight": day.midnight.isoformat(),
        "now_min": day.minute(day.now),
        "pause_min": PAUSE_MIN,
        "plant": day.plant,
        "numbers": {str(run.load.pk): run.load.number for run in day.runs},
        "left_out": [list(each) for each in day.left_out],
        "cancelled": sorted(cancelled),
        "urgent": urgent,
        "loose": [halt.key for halt in posed.loose],
        "staying": staying,
        "vehicles": [_vehicle_row(each) for each in posed.vehicles],
        "halts": {key: _halt_row(halt, day, of_load.get(key)) for key, halt in posed.halts.items()},
    }


def _vehicle_row(vehicle: Vehicle) -> dict[str, Any]:
    load = vehicle.run.load
    return {
        "id": load.number,
        "load_id": str(load.pk),
        "type": vehicle.run.vehicle.code,
        "plate": load.plate,
        "carrier_id": load.counterparty_id,
        "trips": [[halt.key for halt in trip] for trip in vehicle.trips],
        "start_min": vehicle.start_min,
        "delay_min": vehicle.delay_min,
        "pauses": sorted(vehicle.pauses),
        "is_broken": vehicle.is_broken,
    }


def _halt_row(halt: Halt, day: Day, load: Load | None) -> dict[str, Any]:
    return {
        "name": halt.place["name"],
        "place": halt.place,
        "load": load.number if load else "",
        "load_id": str(load.pk) if load else "",
        "sequence": halt.sequence,
        "orders": [str(order) for order in halt.orders],
        "pallets": float(halt.amounts.pallets),
        "told_min": day.minute(halt.arrive),
        "opens": halt.opens.isoformat(),
        "closes": halt.closes.isoformat(),
        "due_min": day.minute(halt.due),
        "why_fixed": halt.why_fixed,
    }


def _words(found: Replanned, currency: str) -> str:
    if found.conflicts:
        return _("No order of stops keeps what is fixed.")
    return _("%(cost)s %(currency)s, %(n)s stops changed") % {
        "cost": number_format(round(found.cost), use_l10n=True, force_grouping=True),
        "currency": currency,
        "n": len(found.changes),
    }
