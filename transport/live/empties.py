"""Container accounts on open screens."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from transport.events import EMPTIES_TOPIC
from transport.queries.empties import account_rows, accounts

ROW = "transport/partials/empties_row.html"


def render_accounts(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible account."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "balance": row.balance, "version": row.version},
        )
        for row in account_rows(accounts().filter(pk__in=list(keys)))
    ]


def register_topics() -> None:
    """Make the topic known."""
    register(Topic(name=EMPTIES_TOPIC, sharing_topic=EMPTIES_TOPIC, render=render_accounts))
