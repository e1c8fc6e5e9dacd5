"""Captured documents on open screens, of their owner alone."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from inventory.events import CAPTURE_TOPIC
from inventory.queries.captures import captures_by_key

ROW = "inventory/partials/capture_row.html"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per document among ``keys``."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=f"capture-{row.job.pk}",
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.job.pk), "is_running": row.job.is_running},
        )
        for row in captures_by_key(keys)
    ]


def register_topics() -> None:
    """Make the topic known."""
    register(Topic(name=CAPTURE_TOPIC, sharing_topic=None, render=render))
