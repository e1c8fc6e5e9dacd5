"""Refreshes of partners' figures on open screens."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from inventory.events import REFRESH_TOPIC
from inventory.queries.refreshes import refreshes_by_key

ROW = "inventory/partials/refresh_row.html"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible refresh among ``keys``."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "version": row.version, "result": row.result},
        )
        for row in refreshes_by_key(keys)
    ]


def register_topics() -> None:
    """Make the topic known; the grants of refreshes give its audience."""
    register(Topic(name=REFRESH_TOPIC, sharing_topic=REFRESH_TOPIC, render=render))
