"""Jobs over REST: read them, wish one to stop."""

from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.integration.views import View
from collab.jobs.models import Job
from collab.jobs.queries import JobRow, jobs
from collab.jobs.services import cancel_job

_HIDDEN = ("result_url", "state_label")


class JobFilters(serializers.Serializer[Any]):
    """The query of ``GET jobs``."""

    state = serializers.ChoiceField(choices=Job.State.choices, required=False)
    kind = serializers.CharField(max_length=60, required=False)


class JobOutput(serializers.Serializer[Any]):
    """One job."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=Job.State.choices)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    message = serializers.CharField(allow_blank=True)
    is_cancel_wanted = serializers.BooleanField()
    is_stalled = serializers.BooleanField()
    started_by = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    progressed_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class JobDetail(JobOutput):
    """One job with what it was asked and what came out."""

    params = serializers.JSONField()
    result = serializers.JSONField(allow_null=True)
    log = serializers.CharField(allow_blank=True)


class Jobs(View):
    """The organisation's jobs, newest first."""

    scopes: ClassVar[dict[str, str]] = {"GET": "jobs:read"}
    filters = JobFilters
    replies: ClassVar[dict[str, Any]] = {"GET": JobOutput}
    lists = True

    def get(self, request: Request) -> Response:
        """Return a page of jobs."""
        wanted = self.query()
        page = paginate(request, jobs(**wanted))
        return Response(page.body([shown(job) for job in page.items]))


class JobObject(View):
    """One job."""

    scopes: ClassVar[dict[str, str]] = {"GET": "jobs:read"}
    replies: ClassVar[dict[str, Any]] = {"GET": JobDetail}

    def get(self, request: Request, job_id: UUID) -> Response:
        """Return the job with parameters, result and log."""
        job = get_for_org(jobs(), pk=job_id)
        more = {"params": job.params, "result": job.result, "log": job.log}
        return self.reply(shown(job) | more, etag_of(job))


class JobCancel(View):
    """The wish to stop a job."""

    scopes: ClassVar[dict[str, str]] = {"POST": "jobs:write"}
    replies: ClassVar[dict[str, Any]] = {"POST": JobOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 202}

    def post(self, request: Request, job_id: UUID) -> Response:
        """Have the job end soon; a job that has ended stays as it is."""
        get_for_org(Job, pk=job_id)
        job = cancel_job(job_id)
        return Response(shown(job), status=202, headers={"ETag": etag_of(job)})


def shown(job: Job) -> dict[str, Any]:
    """Return the job as the API shows it."""
    row = asdict(JobRow.of(job))
    return {key: value for key, value in row.items() if key not in _HIDDEN}
