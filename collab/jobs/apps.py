"""App configuration."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Long work as rows with progress, log and cancel."""

    name = "collab.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Let the relay send tasks, and screens show progress."""
        from collab.events.models import Errand
        from collab.events.relay import steps
        from collab.events.tasks import send
        from collab.jobs import events, live  # noqa: F401 - declares the events
        from collab.live.topics import register

        steps.run[Errand.Step.TASK] = send
        register(live.topic)
