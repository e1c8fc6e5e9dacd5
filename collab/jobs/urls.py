"""Routes of jobs."""

from django.urls import URLPattern, path

from collab.jobs import api as rest
from collab.jobs import pages as views

pages: list[URLPattern] = [
    path("jobs/", views.job_list, name="list"),
    path("jobs/<uuid:job_id>/", views.job, name="job"),
    path("jobs/<uuid:job_id>/cancel", views.cancel, name="cancel"),
]
api: list[URLPattern] = [
    path("jobs", rest.Jobs.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>", rest.JobObject.as_view(), name="job"),
    path("jobs/<uuid:job_id>/cancel", rest.JobCancel.as_view(), name="job-cancel"),
]
