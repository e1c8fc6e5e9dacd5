"""App configuration."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Typed events, outbox, relay."""

    name = "collab.events"
    label = "events"
