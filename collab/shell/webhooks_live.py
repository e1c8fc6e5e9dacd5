"""Deliveries on open screens, of their owner alone."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.integration.webhooks.events import WEBHOOK_TOPIC
from collab.integration.webhooks.queries import deliveries, delivery_rows
from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation

ROW = "shell/webhook_delivery_row.html"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per delivery among ``keys``."""
    slug = acting_organisation().slug
    rows = delivery_rows(list(deliveries().select_related("endpoint").filter(pk__in=keys)))
    return [
        Frame(
            element_id=f"delivery-{row.id}",
            html=render_to_string(ROW, {"row": row, "slug": slug}),
            data={"id": str(row.id), "state": row.state},
        )
        for row in rows
    ]


def register_topics() -> None:
    """Make the topic known."""
    register(Topic(name=WEBHOOK_TOPIC, sharing_topic=None, render=render))
