"""Requests for data on open screens."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from inventory.events import REQUEST_GONE_TOPIC, REQUEST_TOPIC
from inventory.queries.data_requests import requests_by_key

ROW = "inventory/partials/request_row.html"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible request among ``keys``."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "version": row.version, "standing": row.standing.value},
        )
        for row in requests_by_key(keys)
    ]


def render_gone(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame for each request that is shown to us no longer: its row goes."""
    return [
        Frame(element_id=f"request-{key}", is_gone=True, data={"gone": str(key)}) for key in keys
    ]


def register_topics() -> None:
    """Make the topics known; the grants of requests give the audience of the first."""
    register(Topic(name=REQUEST_TOPIC, sharing_topic=REQUEST_TOPIC, render=render))
    register(Topic(name=REQUEST_GONE_TOPIC, sharing_topic=None, render=render_gone))
