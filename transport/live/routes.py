"""Fixed routes and suppliers' stops on open screens: lists fetch themselves again."""

from collections.abc import Sequence
from uuid import UUID

from collab.live.topics import Frame, Topic, register
from transport.events import ROUTE_TOPIC
from transport.models import RouteStop, RouteTemplate
from transport.queries.whole import whole_rows


def render_routes(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per route and per stop that the viewer may see whole."""
    found = [
        *whole_rows(RouteTemplate.objects.filter(pk__in=list(keys))).values_list("pk", flat=True),
        *whole_rows(RouteStop.objects.filter(pk__in=list(keys))).values_list("pk", flat=True),
    ]
    return [Frame(data={"id": str(key)}) for key in found]


def register_topics() -> None:
    """Make the topic known."""
    register(Topic(name=ROUTE_TOPIC, sharing_topic=ROUTE_TOPIC, render=render_routes))
