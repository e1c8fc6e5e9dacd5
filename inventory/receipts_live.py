"""Receipts and counters on open screens."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from inventory.events import RECEIPT_TOPIC
from inventory.queries.cumulative import standings_by_key
from inventory.queries.receipts import receipts_by_key

RECEIPT_ROW = "inventory/partials/receipt_row.html"
STANDING_ROW = "inventory/partials/cumulative_row.html"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible receipt or row of counters among ``keys``."""
    tenant = acting_organisation().slug
    frames = [
        Frame(
            element_id=row.element_id,
            html=render_to_string(RECEIPT_ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "version": row.version, "state": row.state},
        )
        for row in receipts_by_key(keys)
    ]
    return frames + [
        Frame(
            element_id=row.element_id,
            html=render_to_string(STANDING_ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "version": row.version, "mismatch": str(row.total_mismatch)},
        )
        for row in standings_by_key(keys)
    ]


def register_topics() -> None:
    """Make the topic known; the grants of receipts give its audience."""
    register(Topic(name=RECEIPT_TOPIC, sharing_topic=RECEIPT_TOPIC, render=render))
