"""The pages of jobs: the list, one job, and the button that stops it."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collab.jobs.models import Job
from collab.jobs.queries import JobRow, jobs, newest_jobs
from collab.jobs.services import cancel_job
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url

SHOWN = 100


@require_GET
@for_roles()
def job_list(request: PageRequest) -> HttpResponse:
    """Show the newest 100 jobs; rows follow the live feed."""
    return render(request, "jobs/list.html", {"jobs": newest_jobs(SHOWN), "shown": SHOWN})


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


def _found(job_id: UUID) -> Job:
    found = jobs().filter(pk=job_id).first()
    if found is None:
        raise Http404
    return found
