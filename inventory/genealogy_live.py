"""Links between lots and holds on open screens."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from inventory.events import GENEALOGY_TOPIC
from inventory.models import TraceLink
from inventory.queries.held import hold_rows
from transport.queries.whole import whole_rows

ROW = "inventory/partials/hold_row.html"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible hold, and one without an element per link: open traces reload."""
    tenant = acting_organisation().slug
    holds = [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "version": row.version, "state": row.state},
        )
        for row in hold_rows("all", limit=len(keys), keys=keys)
    ]
    links = whole_rows(TraceLink.objects.filter(pk__in=keys)).values_list("pk", flat=True)
    return [*holds, *(Frame(data={"id": str(key)}) for key in links)]


def register_topics() -> None:
    """Make the topic known; the grants of genealogy give its audience."""
    register(Topic(name=GENEALOGY_TOPIC, sharing_topic=GENEALOGY_TOPIC, render=render))
