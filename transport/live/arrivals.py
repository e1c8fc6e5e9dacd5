"""Versions of the arrival estimate on open screens: the page fetches itself again."""

from collections.abc import Sequence
from uuid import UUID

from collab.live.topics import Frame, Topic, register
from transport.events import ETA_TOPIC
from transport.models import EtaVersion


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per own version."""
    rows = EtaVersion.objects.filter(pk__in=list(keys)).values_list("pk", "number", "verdict")
    return [
        Frame(data={"id": str(key), "number": number, "verdict": verdict})
        for key, number, verdict in rows
    ]


def register_topics() -> None:
    """Make the topic known; it stays with the owner."""
    register(Topic(name=ETA_TOPIC, sharing_topic=None, render=render))
