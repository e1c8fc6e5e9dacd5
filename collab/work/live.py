"""Exceptions on open screens: one frame per row the viewer may see, with the badges."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from collab.work import queries
from collab.work.models import TOPIC
from collab.work.rules.handling import ACTIVE

FEED = "exceptions-feed"
ROW = "partials/exception_row.html"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible exception: its row, or its end when nothing is left to do."""
    badges = queries.counts()
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            into=FEED,
            html=render_to_string(ROW, {"exception": row, "tenant": tenant}),
            counts=badges,
        )
        if row.is_open and row.state in ACTIVE
        else Frame(element_id=row.element_id, is_gone=True, counts=badges)
        for row in queries.exceptions_by_key(keys)
    ]


def register_topics() -> None:
    """Make the topic known; the grants of exceptions give its audience."""
    register(Topic(name=TOPIC, sharing_topic=TOPIC, render=render))
