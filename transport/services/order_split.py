"""A share of a transport order becomes an order of its own."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from collab.masterdata.refusals import Refused
from transport.models import OrderItem, TransportOrder
from transport.services.figures import COLUMNS, PLACES
from transport.services.numbers import next_numbers
from transport.services.orders import COPIED, ITEM_COLUMNS, locked_order, tell_orders

State = TransportOrder.State


@transaction.atomic
def split_order(
    order_id: UUID, share: Decimal, *, version: int | None = None
) -> tuple[TransportOrder, TransportOrder]:
    """Split ``share`` (between 0 and 1) of an open order off; return what stays and what is new.

    Items are split alike; both parts add up to what there was. Pieces of packs are not counted
    again: both parts lose their pack numbers where these do not divide.
    """
    if not 0 < share < 1:
        raise Refused("share", "a share between 0 and 1", share)
    order = locked_order(order_id, version)
    if order.state != State.OPEN:
        raise Refused("state", "an order that is on no load yet", order.state)
    (number,) = next_numbers("order", 1)
    part = TransportOrder(
        owner_id=order.owner_id,
        number=number,
        source_key=f"{order.source_key[:60]}/{uuid7()}",
        **{name: getattr(order, name) for name in COPIED},
    )
    for name, column in COLUMNS.items():
        whole: Decimal | None = getattr(order, column)
        if whole is not None:
            taken = (whole * share).quantize(Decimal(PLACES[name]))
            setattr(part, column, taken)
            setattr(order, column, whole - taken)
    if not part.weight_kg or not order.weight_kg:
        raise Refused("share", "weight on both parts", share)
    order.version += 1
    order.save()
    part.save()
    _split_items(order, part, share)
    tell_orders([order, part])
    return order, part


def _split_items(order: TransportOrder, part: TransportOrder, share: Decimal) -> None:
    rows = list(OrderItem.objects.filter(order_id=order.pk).order_by("position"))
    new = []
    for row in rows:
        taken = (row.quantity * share).quantize(Decimal("0.001"))
        if not 0 < taken < row.quantity:
            continue  # too little to split: it stays
        twin = OrderItem(
            owner_id=row.owner_id,
            counterparty_id=row.counterparty_id,
            order=part,
            position=row.position,
            **{name: getattr(row, name) for name in ITEM_COLUMNS},
        )
        twin.quantity, row.quantity = taken, row.quantity - taken
        if row.weight_kg is not None:
            twin.weight_kg = (row.weight_kg * share).quantize(Decimal("0.001"))
            row.weight_kg -= twin.weight_kg
        twin.packs = row.packs = None
        new.append(twin)
    OrderItem.objects.bulk_create(new)
    OrderItem.objects.bulk_update(rows, ["quantity", "weight_kg", "packs"])
