"""Units on open screens: a row of the list, and the figures for pages that reload."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from inventory.events import TRACKING_TOPIC
from inventory.queries.tracking import units_by_key

ROW = "inventory/partials/unit_row.html"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible unit; at most two a second for each, as the events come."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={
                "id": str(row.id),
                "thing": row.thing,
                "place": row.place,
                "observed_at": row.observed_at.isoformat(),
            },
        )
        for row in units_by_key(keys)
    ]


def register_topics() -> None:
    """Make the topic known; the grants of tracking give its audience."""
    register(Topic(name=TRACKING_TOPIC, sharing_topic=TRACKING_TOPIC, render=render))
