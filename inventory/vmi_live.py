"""Bands and quoted consumption on open screens."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from inventory.events import VMI_TOPIC
from inventory.queries.multi_sourcing import quoted_by_key
from inventory.queries.vmi import bands_by_key

BAND_ROW = "inventory/partials/vmi_row.html"
QUOTED_ROW = "inventory/partials/quoted_row.html"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible row among ``keys``."""
    tenant = acting_organisation().slug
    frames = [
        Frame(
            element_id=row.element_id,
            html=render_to_string(QUOTED_ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "number": row.number, "left": str(row.left)},
        )
        for row in quoted_by_key(keys)
    ]
    return frames + [
        Frame(
            element_id=row.element_id,
            html=render_to_string(BAND_ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "version": row.version, "breaches": len(row.breaches)},
        )
        for row in bands_by_key(keys)
    ]


def register_topics() -> None:
    """Make the topic known; the grants of bands give its audience."""
    register(Topic(name=VMI_TOPIC, sharing_topic=VMI_TOPIC, render=render))
