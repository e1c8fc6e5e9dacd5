"""Run the outbox relay until it is told to stop."""

from typing import Any

from django.core.management.base import BaseCommand

from collab.events.relay import Relay


class Command(BaseCommand):
    """``manage.py relay``: several may run at once, they share the work."""

    help = "Deliver events to subscribers and recipients until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        Relay().run()
