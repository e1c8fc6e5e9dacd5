"""Orders, loads, shipments and visits on open screens."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.joining import join
from collab.live.topics import Frame
from collab.organisations.context import acting_organisation
from transport.events import LOAD_TOPIC, ORDER_TOPIC, SHIPMENT_TOPIC
from transport.queries.loads import LoadRow, loads_by_key
from transport.queries.orders import OrderRow, orders_by_key
from transport.queries.shipments import ShipmentRow, shipments_by_key
from transport.queries.visits import VisitRow, visits_by_key

Row = OrderRow | LoadRow | ShipmentRow | VisitRow
ORDER_ROW = "transport/partials/order_row.html"
LOAD_ROW = "transport/partials/load_row.html"
SHIPMENT_ROW = "transport/partials/shipment_row.html"
VISIT_ROW = "transport/partials/visit_row.html"


def render_orders(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible order."""
    return [_frame(row, ORDER_ROW) for row in orders_by_key(keys)]


def render_loads(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible load."""
    return [_frame(row, LOAD_ROW) for row in loads_by_key(keys)]


def render_shipments(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible shipment; those taken off their load vanish."""
    rows = shipments_by_key(keys)
    frames = [_frame(row, SHIPMENT_ROW) for row in rows]
    visits = visits_by_key(keys)
    frames += [_frame(row, VISIT_ROW) for row in visits]
    known = {row.id for row in rows} | {row.id for row in visits}
    for key in keys:
        if key not in known:
            frames += [
                Frame(element_id=f"shipment-{key}", is_gone=True),
                Frame(element_id=f"visit-{key}", is_gone=True),
            ]
    return frames


def _frame(row: Row, template: str) -> Frame:
    tenant = acting_organisation().slug
    return Frame(
        element_id=row.element_id,
        html=render_to_string(template, {"row": row, "tenant": tenant}),
        data={
            "id": str(row.id),
            "state": row.values.get("state") or row.values.get("load_state"),
            "version": row.version,
        },
    )


def register_topics() -> None:
    """Draw rows beside what others draw on the same topics."""
    join(ORDER_TOPIC, render_orders)
    join(LOAD_TOPIC, render_loads)
    join(SHIPMENT_TOPIC, render_shipments)
