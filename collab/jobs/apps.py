"""App configuration."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Long work as rows with progress, log and cancel."""

    name = "collab.jobs"
    label = "jobs"
