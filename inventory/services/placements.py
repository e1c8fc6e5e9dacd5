"""Placements of safety stock over tiers: made from data or a file, varied, solved as a job."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from collab.engine_fields import Field, UnreadableProblem
from collab.jobs.services import cancel_job, start_job
from collab.masterdata.refusals import Refused, clean_text, clean_whole, locked
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id, acting_person_id
from inventory.engine.safety_stock.document import document_of
from inventory.engine.safety_stock.problem import Problem
from inventory.engine.safety_stock.reader import FIXED, problem_of
from inventory.models import BufferPlacement, BufferPolicy
from inventory.services.placement_problem import find_chain

KIND = "inventory.placement"
FILE = "network"
LEAST_SECONDS, MOST_SECONDS = 1, 120
LONGEST_DAYS, LONGEST_ID = 10_000, 200
State = BufferPlacement.State


@transaction.atomic
def new_placement(
    *,
    as_of: datetime,
    name: str = "",
    policy_ids: Sequence[UUID] | None = None,
    seconds: int = 20,
) -> BufferPlacement:
    """Make a placement from the active policies and what partners share; nothing is solved yet.

    Raises ``Refused`` where no policy has all its figures.
    """
    found = find_chain(as_of=as_of, policy_ids=policy_ids)
    if not found.document["stages"]:
        raise Refused("policies", "a policy with demand, lead time and cost", "none")
    _readable(found.document)
    currencies = set(
        BufferPolicy.objects.filter(
            pk__in=[each["x_policy"] for each in found.document["stages"]]
        ).values_list("currency", flat=True)
    )
    if len(currencies) > 1:
        raise Refused("currency", "costs in one currency", ", ".join(sorted(currencies)))
    title = name or _("Own chain, %(day)s") % {"day": own_day(as_of).isoformat()}
    return _create(title, found.document, found.notes, seconds, currencies.pop())


@transaction.atomic
def placement_of_document(
    document: Any, *, name: str, seconds: int = 20, currency: str = "EUR"
) -> BufferPlacement:
    """Make a placement from a network of the engine's format; raise ``Refused`` naming its key.

    What the engine does not read is not kept.
    """
    problem = _readable(document)
    for stage in problem.stages:
        if clean_text("network", stage.id, LONGEST_ID) != stage.id:
            raise Refused("network", "ids without blanks around them", stage.id)
    return _create(name, document_of(problem), (), seconds, currency)


@transaction.atomic
def vary_placement(
    placement_id: UUID, fixed: Mapping[str, int | None], *, name: str = ""
) -> BufferPlacement:
    """Make a child in which some stages' service times are given [days]; None sets one free.

    What was given in the parent stays given. Raises ``Refused`` for a stage that is not there or
    a time out of range.
    """
    parent = BufferPlacement.objects.get(pk=placement_id)
    known = {each["id"] for each in parent.problem["stages"]}
    times = dict(parent.fixed)
    for stage, days in fixed.items():
        if stage not in known:
            raise Refused("fixed", "stages of the chain", stage)
        if days is None:
            times.pop(stage, None)
        else:
            times[stage] = clean_whole("fixed", days, at_least=0, at_most=LONGEST_DAYS)
    count = BufferPlacement.objects.filter(parent_id=parent.pk).count() + 2
    child = _create(
        name or f"{parent.name[:74]} #{count}", parent.problem, tuple(parent.notes),
        parent.seconds, parent.currency,
    )  # fmt: skip
    child.parent_id, child.fixed = parent.pk, times
    problem_in(child)
    child.save(update_fields=["parent_id", "fixed"])
    return child


@transaction.atomic
def solve_placement(placement_id: UUID, *, version: int | None = None) -> BufferPlacement:
    """Have a placement solved as a job on the queue for solvers; running already changes nothing.

    Raises ``Refused`` for one that is thrown away, ``VersionConflict``, ``DoesNotExist``.
    """
    row = locked(BufferPlacement, placement_id, version)
    if row.state == State.RUNNING:
        return row
    if row.state == State.DISCARDED:
        raise Refused("state", "a placement that is not discarded", row.state)
    job = start_job(
        kind=KIND,
        title=_("Safety stock over tiers: %(name)s") % {"name": row.name},
        params={"placement_id": str(row.pk)},
        queue="solve",
    )
    row.state, row.job_id = State.RUNNING, job.pk
    row.version += 1
    row.save(update_fields=["state", "job_id", "version"])
    return row


@transaction.atomic
def stop_placement(placement_id: UUID) -> None:
    """Wish the solver to stop; the best placement so far is kept."""
    row = locked(BufferPlacement, placement_id, None)
    if row.state == State.RUNNING and row.job_id is not None:
        cancel_job(row.job_id)


@transaction.atomic
def discard_placement(placement_id: UUID, *, version: int | None = None) -> BufferPlacement:
    """Throw a placement away; a running one cannot be."""
    row = locked(BufferPlacement, placement_id, version)
    if row.state == State.RUNNING:
        raise Refused("state", "a placement at rest", row.state)
    row.state = State.DISCARDED
    row.version += 1
    row.save(update_fields=["state", "version"])
    return row


@transaction.atomic
def settle_placement_job(job_id: UUID) -> None:
    """Let no placement wait for a job that has ended without an answer."""
    rows = BufferPlacement.objects.select_for_update(of=("self",)).filter(
        owner_id=acting_organisation_id(), job_id=job_id, state=State.RUNNING
    )
    for row in rows:
        row.state = State.SOLVED if row.result else State.DRAFT
        row.version += 1
        row.save(update_fields=["state", "version"])


def problem_in(row: BufferPlacement) -> Problem:
    """Return the engine's problem of a placement with its given service times.

    Raises ``Refused`` naming the key of the document that breaks a rule.
    """
    stages = [
        {**each, FIXED: row.fixed.get(each["id"], each.get(FIXED))}
        for each in row.problem["stages"]
    ]
    return _readable({**row.problem, "stages": stages})


def _readable(document: Any) -> Problem:
    try:
        return problem_of(Field(document, FILE))
    except UnreadableProblem as wrong:
        raise Refused("problem", f"{wrong.key}: {wrong.what.removeprefix('expected ')}", "") \
            from None  # fmt: skip


def _create(
    name: str, document: Mapping[str, Any], notes: Sequence[str], seconds: int, currency: str
) -> BufferPlacement:
    return BufferPlacement.objects.create(
        owner_id=acting_organisation_id(),
        name=clean_text("name", name[:80], 80),
        seconds=clean_whole("seconds", seconds, at_least=LEAST_SECONDS, at_most=MOST_SECONDS),
        currency=currency,
        problem=dict(document),
        notes=list(notes),
        created_by_id=acting_person_id(),
    )
