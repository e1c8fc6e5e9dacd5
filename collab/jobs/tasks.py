"""The one Celery task of all jobs."""

import logging
from uuid import UUID

from billiard.exceptions import SoftTimeLimitExceeded
from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _

from collab.events.leases import Start, Superseded, bury, finish, give_back
from collab.events.tasks import OrganisationTask
from collab.jobs.live import announce
from collab.jobs.models import Job
from collab.jobs.queries import ENDED
from collab.jobs.registry import handler_of
from collab.jobs.run import Cancelled, JobFailed, JobRun
from collab.jobs.services import end_without_run
from collab.organisations.context import acting_for

logger = logging.getLogger(__name__)


class JobTask(OrganisationTask):
    """Runs a job in blocks of its own; a job that kills its workers ends as failed."""

    abstract = True
    is_long = True

    def buried(self, start: Start, subject_id: UUID, reason: str) -> None:
        """Fail the job together with its errand."""
        with acting_for(start.organisation_id):
            bury(start, reason)
            job = Job.objects.select_for_update().filter(pk=subject_id).first()
            if job is not None and job.state not in ENDED:
                end_without_run(job, Job.State.FAILED, reason)


@shared_task(base=JobTask, name="jobs.run")
def run_job(start: Start, job_id: UUID) -> None:
    """Do one job from its beginning to an end that its owner sees."""
    run = _open(start, job_id)
    if run is None:
        return
    try:
        with run.leased():
            result = handler_of(run.kind)(run)
            if not run.is_finished:
                run.finish(result)
    except Superseded as error:
        logger.warning("job %s is left to somebody else: %s", job_id, error)
    except (OperationalError, InterfaceError) as error:
        logger.warning("job %s will be started again, PostgreSQL is away: %s", job_id, error)
        give_back(start, f"{type(error).__name__}: {error}")
    except Cancelled:
        run.cancel()
    except SoftTimeLimitExceeded:
        run.fail(_("It took longer than this installation allows."))
    except (JobFailed, ValueError) as error:
        logger.warning("job %s (%s) failed: %s", job_id, run.kind, error)
        run.fail(str(error))
    except Exception as error:
        logger.exception("job %s (%s) failed", job_id, run.kind)
        run.fail(_("An unexpected error stopped it (%(kind)s).") % {"kind": type(error).__name__})


def _open(start: Start, job_id: UUID) -> JobRun | None:
    """Mark the job running and return its run; ``None`` if there is nothing left to do."""
    with acting_for(start.organisation_id):
        job: Job | None = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None or job.state in ENDED:
            finish(start)
            return None
        if job.is_cancel_wanted:
            finish(start)
            end_without_run(job, Job.State.CANCELLED, "")
            return None
        job.state, job.progressed_at = Job.State.RUNNING, timezone.now()
        job.started_at = job.started_at or job.progressed_at
        job.version += 1
        job.save(update_fields=["state", "progressed_at", "started_at", "version"])
        announce(job_id)
    run = JobRun(job, start)
    if start.number > 1:
        again = _("Started again after an interruption (start %(number)s).")
        run.log(again % {"number": start.number})
    return run
