"""Disruption notices on open screens."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from inventory.events import NOTICE_TOPIC
from inventory.queries.notices import notices_by_key

ROW = "inventory/partials/notice_row.html"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible notice among ``keys``."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "version": row.version, "state": row.state},
        )
        for row in notices_by_key(keys)
    ]


def register_topics() -> None:
    """Make the topic known; the grants of notices give its audience."""
    register(Topic(name=NOTICE_TOPIC, sharing_topic=NOTICE_TOPIC, render=render))
