"""Order lines on open screens, with what was confirmed."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.joining import join
from collab.live.topics import Frame
from collab.organisations.context import acting_organisation
from forecasting.events import COMMIT_TOPIC, DEMAND_TOPIC
from forecasting.models import OrderConfirmation
from forecasting.queries.orders import orders_by_key

ROW = "forecasting/partials/order_row.html"


def render_orders(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible order line."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "state": row.state, "version": row.version},
        )
        for row in orders_by_key(keys)
    ]


def render_confirmations(keys: Sequence[UUID]) -> list[Frame]:
    """Return the order lines that these confirmations are about."""
    made = OrderConfirmation.objects.filter(pk__in=list(keys))
    return render_orders(list(made.values_list("order_line_id", flat=True)))


def register_topics() -> None:
    """Draw order lines on the topic of demand, confirmations on that of commits."""
    join(DEMAND_TOPIC, render_orders)
    join(COMMIT_TOPIC, render_confirmations)
