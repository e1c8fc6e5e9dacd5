"""App configuration."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """The one socket and the stored feed behind it."""

    name = "collab.live"
    label = "live"

    def ready(self) -> None:
        """Give the relay its second half: who is shown what."""
        from collab.events.models import Errand
        from collab.events.relay import steps
        from collab.live import entitlement, feed

        steps.announce = feed.announce
        steps.run[Errand.Step.SHOW] = feed.show
        entitlement.watch()
