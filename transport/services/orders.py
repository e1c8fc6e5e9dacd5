"""Place and cancel transport orders; the same order twice is one order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, VersionConflict, clean_text
from collab.organisations.context import acting_organisation_id
from transport.events import OrdersPlaced
from transport.models import Mode, OrderItem, TransportOrder
from transport.rules.driver import Activity, Kind, insert_breaks
from transport.services.distances import learn_ways, way
from transport.services.figures import COLUMNS, Needed
from transport.services.numbers import hold, next_numbers
from transport.services.places import Place, act_at, partner_at

State = TransportOrder.State
MOST_KEYS = 200
ITEM_COLUMNS = (
    "part_number", "partner_part_number", "name", "quantity", "unit", "weight_kg", "packs",
    "pack_code", "schedule_line_id",
)  # fmt: skip


class Window(NamedTuple):
    """Two instants between which something may happen."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One part of an order; quantity in ``unit``, numbers of the owner and of the partner."""

    part_number: str
    quantity: Decimal
    unit: str
    partner_part_number: str = ""
    name: str = ""
    weight_kg: Decimal | None = None
    packs: int | None = None
    pack_code: str = ""
    schedule_line_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlan:
    """Goods to be moved. ``source_key`` makes the order unique; empty = a new one each time."""

    origin: Place
    destination: Place
    pickup: Window
    delivery: Window
    needed: Needed
    items: Sequence[Item] = ()
    needs: Sequence[str] = ()
    mode: str = ""
    is_urgent: bool = False
    note: str = ""
    source: str = TransportOrder.Source.SCREEN.value
    source_key: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a plan; ``differs``: the order is not open any more and was left as it is."""

    order: TransportOrder
    is_new: bool = False
    is_changed: bool = False
    differs: bool = False


def place_order(plan: OrderPlan) -> Placed:
    """Place one order, or bring the open one of the same key into line.

    Raises
    ------
    Refused
        In the planner's words if weight, a window, a unit or an end is not possible.
    """
    return place_orders([plan])[0]


@transaction.atomic
def place_orders(plans: Sequence[OrderPlan]) -> list[Placed]:
    """Place many orders at once, in the order given; raises ``Refused`` as ``place_order``."""
    _learn_ways(plans)
    wanted = [each if each.source_key else _keyed(each) for each in plans]
    return _place(wanted, [_columns(plan) for plan in wanted])


@transaction.atomic
def place_possible(plans: Sequence[OrderPlan]) -> list[Placed | Refused]:
    """Place those of many orders that can be placed; the others get their refusal.

    The number of statements does not grow with the number of orders, but for one more event for
    each 200 of a partner.
    """
    _learn_ways(plans)
    wanted = [each if each.source_key else _keyed(each) for each in plans]
    found: list[Placed | Refused | None] = []
    good: list[tuple[OrderPlan, dict[str, Any]]] = []
    for plan in wanted:
        try:
            good.append((plan, _columns(plan)))
        except Refused as refused:
            found.append(refused)
        else:
            found.append(None)
    placed = iter(_place([plan for plan, _row in good], [row for _plan, row in good]))
    return [next(placed) if each is None else each for each in found]


def _learn_ways(plans: Sequence[OrderPlan]) -> None:
    """Read all ways between ends at once, for ``way`` to find them."""
    learn_ways([(plan.origin, plan.destination) for plan in plans])


def _place(wanted: Sequence[OrderPlan], rows: Sequence[dict[str, Any]]) -> list[Placed]:
    """Write plans with their checked columns; a key that comes twice is one order."""
    hold("order")
    own = acting_organisation_id()
    known = {
        each.source_key: each
        for each in TransportOrder.objects.filter(
            owner_id=own, source_key__in=[plan.source_key for plan in wanted]
        ).select_for_update(of=("self",))
    }
    items = _items_of([each.pk for each in known.values()])
    numbers = iter(
        next_numbers("order", len({p.source_key for p in wanted if p.source_key not in known}))
    )
    placed: list[Placed] = []
    for plan, row in zip(wanted, rows, strict=True):
        order = known.get(plan.source_key)
        if order is None:
            order = TransportOrder(owner_id=own, number=next(numbers), **row)
            known[plan.source_key], items[order.pk] = order, _plain(plan.items)
            placed.append(Placed(order, is_new=True))
        elif not _differs(order, row) and _same(items.get(order.pk, []), _plain(plan.items)):
            if items.get(order.pk, []) != _plain(plan.items):
                _link_anew(order, plan.items)
            placed.append(Placed(order))
        elif order.state != State.OPEN:
            placed.append(Placed(order, differs=True))
        else:
            for name, value in row.items():
                setattr(order, name, value)
            order.version += 1
            items[order.pk] = _plain(plan.items)
            placed.append(Placed(order, is_changed=True))
    _write(placed, items)
    told = {each.order.pk: each.order for each in placed if each.is_new or each.is_changed}
    tell_orders(list(told.values()))
    return placed


@transaction.atomic
def cancel_order(
    order_id: UUID, *, reason: str, version: int | None = None, frees_key: bool = False
) -> TransportOrder:
    """Cancel an order that is on no load; a second time changes nothing.

    ``frees_key`` lets the same need make a new order later. Raises ``Refused`` if it is planned
    or done: take it off its load first.
    """
    order = locked_order(order_id, version)
    if order.state == State.CANCELLED:
        return order
    if order.state != State.OPEN:
        raise Refused("state", "an order that is on no load yet", order.state)
    order.state = State.CANCELLED
    order.note = clean_text("reason", reason, 400)
    if frees_key:
        order.source_key = f"{order.source_key[:80]}#{order.pk}"
    order.version += 1
    order.save()
    tell_orders([order])
    return order


COPIED = (
    "counterparty_id", "source", "is_inbound", "origin", "destination", "origin_code",
    "destination_code", "pickup_from", "pickup_until", "delivery_from", "delivery_until", "needs",
    "mode", "is_urgent", "note",
)  # fmt: skip


def locked_order(order_id: UUID, version: int | None = None) -> TransportOrder:
    """Return an own order locked; raise ``VersionConflict`` if it has moved on."""
    rows = TransportOrder.objects.filter(owner_id=acting_organisation_id())
    order: TransportOrder = rows.select_for_update(of=("self",)).get(pk=order_id)
    if version is not None and version != order.version:
        raise VersionConflict(order.version, version)
    act_at([order.origin, order.destination])
    return order


def tell_orders(orders: Sequence[TransportOrder]) -> None:
    """Publish that orders changed, partner by partner."""
    by_partner: dict[int, list[str]] = {}
    for order in orders:
        by_partner.setdefault(order.counterparty_id, []).append(str(order.pk))
    for partner_id, keys in sorted(by_partner.items()):
        for start in range(0, len(keys), MOST_KEYS):
            publish(
                OrdersPlaced(
                    change_id=str(uuid7()),
                    partner_id=partner_id,
                    order_ids=keys[start : start + MOST_KEYS],
                )
            )


def travel_minutes(origin: Place, destination: Place) -> float:
    """Return minutes from leaving to arriving by road, with the driver's breaks and rests."""
    drive = Activity(Kind.DRIVE, way(origin, destination).minutes, destination["code"])
    return sum(each.minutes for each in insert_breaks([drive], overnight=True))


def _keyed(plan: OrderPlan) -> OrderPlan:
    return replace(plan, source_key=f"{plan.source}/{uuid7()}")


def _columns(plan: OrderPlan) -> dict[str, Any]:
    """Return the columns of an order, every value checked."""
    _check(plan)
    act_at([plan.origin, plan.destination], field="origin")
    return {
        "counterparty_id": partner_at(plan.origin, plan.destination),
        "source": plan.source,
        "source_key": plan.source_key,
        "is_inbound": plan.destination["organisation_id"] == acting_organisation_id(),
        "origin": plan.origin,
        "destination": plan.destination,
        "origin_code": plan.origin["code"],
        "destination_code": plan.destination["code"],
        "pickup_from": plan.pickup.opens,
        "pickup_until": plan.pickup.closes,
        "delivery_from": plan.delivery.opens,
        "delivery_until": plan.delivery.closes,
        "needs": list(plan.needs),
        "mode": plan.mode,
        "is_urgent": plan.is_urgent,
        "note": clean_text("note", plan.note, 400, required=False),
        **plan.needed.columns(),
    }


def _check(plan: OrderPlan) -> None:
    start, end = plan.origin["name"], plan.destination["name"]
    if plan.origin["code"] == plan.destination["code"]:
        raise Refused("destination", f"another place than {start}", end)
    if not plan.needed.weight_kg > 0:
        raise Refused("weight_kg", f"the gross weight from {start} above 0 kg", _text(plan.needed))
    if plan.mode and plan.mode not in Mode.values:
        raise Refused("mode", f"one of {', '.join(Mode.values)}", plan.mode)
    for field, place, window in (
        ("pickup_until", start, plan.pickup),
        ("delivery_until", end, plan.delivery),
    ):
        if window.closes < window.opens:
            expected = f"the window at {place} to close after it opens ({window.opens.isoformat()})"
            raise Refused(field, expected, window.closes.isoformat())
    _check_items(plan.items)
    _check_travel(plan)


def _check_items(items: Sequence[Item]) -> None:
    for item in items:
        if not item.quantity > 0:
            raise Refused("quantity", f"more than 0 of {item.part_number}", item.quantity)
        if not item.unit:
            raise Refused("unit", f"the unit of {item.part_number}", item.unit)


def _check_travel(plan: OrderPlan) -> None:
    start, end = plan.origin["name"], plan.destination["name"]
    if plan.mode == Mode.PREMIUM and plan.delivery.closes > plan.pickup.opens:
        return
    minutes = travel_minutes(plan.origin, plan.destination)
    left = (plan.delivery.closes - plan.pickup.opens).total_seconds() / 60
    if left < minutes:
        expected = (
            f"at least {minutes / 60:.1f} h from the pick-up at {start} to the delivery at {end}"
        )
        raise Refused("delivery_until", expected, f"{left / 60:.1f} h")


def _text(needed: Needed) -> str:
    return f"{needed.weight_kg} kg"


def _differs(order: TransportOrder, row: Mapping[str, Any]) -> bool:
    return any(getattr(order, name) != value for name, value in row.items())


def _plain(items: Sequence[Item]) -> list[tuple[Any, ...]]:
    return [tuple(getattr(item, name) for name in ITEM_COLUMNS) for item in items]


def _same(old: Sequence[tuple[Any, ...]], new: Sequence[tuple[Any, ...]]) -> bool:
    """Say whether items are alike; a new release names the same call by another line."""
    return [each[:-1] for each in old] == [each[:-1] for each in new]


def _link_anew(order: TransportOrder, items: Sequence[Item]) -> None:
    """Let the items of an unchanged order name the lines that call for them now."""
    rows = list(OrderItem.objects.filter(order_id=order.pk).order_by("position"))
    for row, item in zip(rows, items, strict=True):
        row.schedule_line_id = item.schedule_line_id
    OrderItem.objects.bulk_update(rows, ["schedule_line_id"])


def _items_of(order_ids: Sequence[UUID]) -> dict[UUID, list[tuple[Any, ...]]]:
    found: dict[UUID, list[tuple[Any, ...]]] = {}
    if order_ids:
        rows = OrderItem.objects.filter(order_id__in=order_ids).order_by("order_id", "position")
        for key, *values in rows.values_list("order_id", *ITEM_COLUMNS):
            found.setdefault(key, []).append(tuple(values))
    return found


def _write(placed: Sequence[Placed], items: Mapping[UUID, list[tuple[Any, ...]]]) -> None:
    new = [each.order for each in placed if each.is_new]
    fresh = {order.pk for order in new}
    changed = list({each.order.pk: each.order for each in placed if each.is_changed}.values())
    changed = [order for order in changed if order.pk not in fresh]
    TransportOrder.objects.bulk_create(new, batch_size=500)
    if changed:
        names = [*COPIED, *COLUMNS.values(), "version"]
        fields = [name.removesuffix("_id") for name in names]
        TransportOrder.objects.bulk_update(changed, fields, batch_size=500)
        OrderItem.objects.filter(order_id__in=[each.pk for each in changed]).delete()
    OrderItem.objects.bulk_create(
        [
            OrderItem(
                owner_id=order.owner_id,
                counterparty_id=order.counterparty_id,
                order=order,
                position=position,
                **dict(zip(ITEM_COLUMNS, values, strict=True)),
            )
            for order in (*new, *changed)
            for position, values in enumerate(items[order.pk], start=1)
        ],
        batch_size=1_000,
    )
