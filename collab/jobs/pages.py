"""The pages of jobs: the list, one job, and the button that stops it."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.jobs.models import Job
from collab.jobs.queries import JobRow, jobs, newest_jobs
from collab.jobs.services import cancel_job
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url

SHOWN = 100
EXPORTED = 10_000


@require_GET
@for_roles()
def job_list(request: PageRequest) -> HttpResponse:
    """Show the newest 100 jobs, perhaps of one state; rows follow the live feed."""
    asked = request.GET.get("state", "")
    state = asked if asked in Job.State.values else ""
    if wanted_form(request):
        return _file(request, state)
    context = {
        "jobs": newest_jobs(SHOWN, state=state),
        "shown": SHOWN,
        "state": state,
        "states": Job.State.choices,
    }
    return render(request, "jobs/list.html", context)


@require_GET
@for_roles()
def job(request: PageRequest, job_id: UUID) -> HttpResponse:
    """Show one job with its log."""
    found = _found(job_id)
    may_cancel = request.membership.role in WRITERS
    context = {"job": JobRow.of(found), "log": found.log, "may_cancel": may_cancel}
    return render(request, "jobs/job.html", context)


@require_POST
@for_roles(*WRITERS)
def cancel(request: PageRequest, job_id: UUID) -> HttpResponse:
    """Wish the job to stop, then show it."""
    _found(job_id)
    ended = cancel_job(job_id)
    toast = _("Stopped.") if JobRow.of(ended).is_ended else _("It will stop soon.")
    return go_to(request, page_url(request, "jobs:job", job_id), toast=toast)


def _file(request: PageRequest, state: str) -> HttpResponse:
    columns = [
        _("Job"), _("Kind"), _("State"), _("Done"), _("Total"), _("Message"), _("Started by"),
        _("Asked for"), _("Started"), _("Ended"),
    ]  # fmt: skip
    rows = (
        [
            row.title, row.kind, row.state_label, row.done, row.total, row.message, row.started_by,
            row.created_at, row.started_at, row.ended_at,
        ]
        for row in newest_jobs(EXPORTED, state=state)
    )  # fmt: skip
    return export_response(request, "jobs", columns, rows)


def _found(job_id: UUID) -> Job:
    found = jobs().filter(pk=job_id).first()
    if found is None:
        raise Http404
    return found
