"""Publishing many releases as a job: chunk by chunk, each chunk one transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from collab.jobs.run import JobRun
from collab.organisations.context import acting_organisation
from forecasting.models import ReleaseDraft
from forecasting.services.publishing import SCHEDULES_PER_EVENT, publish_drafts


def run_publish(job: JobRun) -> dict[str, Any] | None:
    """Publish the drafts of the job; what is out already is left alone, so it may run again."""
    batch_id = UUID(job.params["batch_id"])
    with job.acting():
        wanted = ReleaseDraft.objects.filter(
            state=ReleaseDraft.State.DRAFT,
            created_at__lte=datetime.fromisoformat(job.params["until"]),
        )
        if "drafts" in job.params:
            wanted = wanted.filter(pk__in=job.params["drafts"])
        ordered = wanted.order_by("series__counterparty_id", "pk")
        keys = list(ordered.values_list("pk", flat=True))
    published = 0
    for start in range(0, len(keys), SCHEDULES_PER_EVENT):
        job.stop_if_cancelled()
        with job.acting():
            chunk = keys[start : start + SCHEDULES_PER_EVENT]
            published += len(publish_drafts(chunk, batch_id=batch_id))
        job.progress(min(start + SCHEDULES_PER_EVENT, len(keys)), len(keys), _("Publishing"))
    with job.acting():
        url = reverse("forecasting:releases", args=[acting_organisation().slug])
        job.finish({"releases": published}, url)
    return None
