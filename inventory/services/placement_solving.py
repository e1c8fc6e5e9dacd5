"""Solve a placement: read inside a block, compute outside, write in one transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from collab.jobs.run import Cancelled, JobFailed, JobRun
from collab.masterdata.refusals import locked
from collab.organisations.context import acting_organisation
from inventory.engine.safety_stock.budget import Progress
from inventory.engine.safety_stock.evaluate import faults
from inventory.engine.safety_stock.placement import Placement, to_json
from inventory.engine.safety_stock.solve import solve
from inventory.models import BufferPlacement
from inventory.services.placements import problem_in


def run_placement(job: JobRun) -> dict[str, Any] | None:
    """Solve the job's placement; a cancelled job keeps the best one found until then."""
    key = UUID(job.params["placement_id"])
    with job.acting():
        row = BufferPlacement.objects.filter(pk=key).first()
        if row is None:
            raise JobFailed(_("The placement is gone."))
        problem, seconds, seed, currency = problem_in(row), row.seconds, row.seed, row.currency
        start = service_times(row)

    def tell(progress: Progress) -> bool:
        words = _("%(cost)s %(currency)s, none can be below %(bound)s") % {
            "cost": number_format(round(progress.cost), force_grouping=True),
            "bound": number_format(round(progress.bound), force_grouping=True),
            "currency": currency,
        }
        job.progress(min(int(progress.seconds), seconds), seconds, words)
        return not job.is_cancelled()

    job.progress(0, seconds, _("Bounds and a first placement"))
    found = solve(problem, seconds=seconds, seed=seed, start=start, listener=tell)
    if job.is_cancelled():
        with job.acting():
            keep_placement(key, found, solved_at=timezone.now())
        raise Cancelled
    job.progress(seconds, seconds, _("Checked and kept"))
    with job.acting():
        keep_placement(key, found, solved_at=timezone.now())
        url = reverse("inventory:placement", args=[acting_organisation().slug, key])
        job.finish({"status": found.status, "cost": round(found.cost, 2)}, url)
    return None


def keep_placement(key: UUID, found: Placement, *, solved_at: datetime) -> BufferPlacement:
    """Write a placement that the independent check accepts; raise ``ValueError`` for another."""
    row = locked(BufferPlacement, key, None)
    wrong = faults(problem_in(row), found)
    if wrong:
        raise ValueError(f"expected a placement without faults, got: {wrong[0]}")
    row.state, row.result = BufferPlacement.State.SOLVED, to_json(found)
    row.solved_at = solved_at
    row.version += 1
    row.save()
    return row


def service_times(row: BufferPlacement) -> dict[str, int]:
    """Return the service times of the last answer, else those of the parent's, to start from."""
    known = row.result
    if known is None and row.parent_id is not None:
        known = BufferPlacement.objects.filter(pk=row.parent_id).values_list("result").first()
        known = known[0] if known else None
    stages = (known or {}).get("stages", {})
    return {name: each["service_time"] for name, each in stages.items()}
