"""Dispatch advices on open screens of both sides."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from transport.events import ADVICE_TOPIC
from transport.queries.advices import advice_rows, advices

ROW = "transport/partials/advice_row.html"


def render_advices(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible advice."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "state": row.state, "version": row.version},
        )
        for row in advice_rows(advices().filter(pk__in=list(keys)))
    ]


def register_topics() -> None:
    """Make the topic known."""
    register(Topic(name=ADVICE_TOPIC, sharing_topic=ADVICE_TOPIC, render=render_advices))
