"""Newest readings and seals on open screens."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from inventory.models import SENSOR
from inventory.queries.readings import latest_by_key
from inventory.queries.seals import seals_by_key
from inventory.sensing.events import SEAL_TOPIC, SENSOR_TOPIC

READING = "inventory/partials/reading_row.html"
SEAL = "inventory/partials/seal_row.html"


def render_readings(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible newest reading: at most two a second for each."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(READING, {"row": row, "tenant": tenant}),
            data={
                "id": str(row.id),
                "device": row.device_code,
                "metric": row.metric,
                "value": row.value,
                "unit": row.unit,
                "sensed_at": row.sensed_at.isoformat(),
                "is_breached": row.is_breached,
            },
        )
        for row in latest_by_key(keys)
    ]


def render_seals(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible seal."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(SEAL, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "number": row.number, "lane": row.lane, "state": row.state},
        )
        for row in seals_by_key(keys)
    ]


def register_topics() -> None:
    """Make the topics known; the grants of readings and seals give their audience."""
    register(Topic(name=SENSOR_TOPIC, sharing_topic=SENSOR, render=render_readings))
    register(Topic(name=SEAL_TOPIC, sharing_topic=SENSOR, render=render_seals))
