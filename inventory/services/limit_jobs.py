"""Judge what a changed limit covers: a handful in the request, more of them in a job (IN-14)."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from collab.jobs.models import Job
from collab.jobs.registry import register
from collab.jobs.run import JobRun
from collab.jobs.services import start_job
from collab.organisations.context import acting_organisation_id
from inventory.models import LatestReading
from inventory.services.reading_limits import judge_rows

KIND: Final = "inventory.judge_limits"
HANDFUL: Final = 20
"""Newest readings that are judged while somebody waits: each folds up to days of history."""
STEP: Final = 50
"""Newest readings that one transaction of the job judges."""


def judge_metrics(metrics: Collection[str], *, as_of: datetime) -> Job | None:
    """Judge metrics of all devices by the limits that hold now; return the job, if it takes one.

    Judging again comes to the same. While a job waits, new readings are judged by the new limit.
    """
    names = sorted(metrics)
    keys = _keys(names)[: HANDFUL + 1]
    if len(keys) <= HANDFUL:
        judge_rows(list(keys), as_of=as_of)
        return None
    title = _("Judge %(metrics)s by changed limits") % {"metrics": ", ".join(names)}
    return start_job(kind=KIND, title=title, params={"metrics": names})


def run_judging(run: JobRun) -> dict[str, object]:
    """Do the job step by step; what one step has judged stays when the next one is stopped."""
    with run.acting():
        keys: list[UUID] = list(_keys(run.params["metrics"]))
    done = 0
    for first in range(0, len(keys), STEP):
        run.stop_if_cancelled()
        run.progress(first, len(keys))
        with run.acting():
            done += judge_rows(keys[first : first + STEP], as_of=timezone.now())
    run.progress(len(keys), max(len(keys), 1))
    return {"metrics": run.params["metrics"], "judged": done}


def register_job() -> None:
    """Let jobs of this kind run."""
    register(KIND, run_judging)


def _keys(metrics: Collection[str]) -> "QuerySet[LatestReading, UUID]":
    rows = LatestReading.objects.filter(owner_id=acting_organisation_id(), metric__in=metrics)
    return rows.order_by("device_id", "pk").values_list("pk", flat=True)
