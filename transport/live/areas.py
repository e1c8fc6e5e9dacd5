"""Risk areas on open screens: lists and maps fetch themselves again."""

from collections.abc import Sequence
from uuid import UUID

from collab.live.topics import Frame, Topic, register
from transport.events import AREA_TOPIC
from transport.models import RiskArea


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per own area; one that was taken away is gone."""
    known = set(RiskArea.objects.filter(pk__in=list(keys)).values_list("pk", flat=True))
    return [
        Frame(data={"id": str(key)})
        if key in known
        else Frame(element_id=f"area-{key}", is_gone=True, data={"gone": str(key)})
        for key in keys
    ]


def register_topics() -> None:
    """Make the topic known; it stays with the owner."""
    register(Topic(name=AREA_TOPIC, sharing_topic=None, render=render))
