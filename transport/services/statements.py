"""An order as people and systems state it, checked and turned into a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from collab.masterdata.refusals import Refused
from transport.services.figures import Needed
from transport.services.orders import (
    Item,
    OrderPlan,
    Placed,
    Window,
    place_order,
    place_possible,
)
from transport.services.places import Place, place_named, places_named, unknown_place

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatement:
    """What somebody wants moved; places are ``<BPN>/<site code>`` or an own site code.

    ``reference`` is the sender's own key: the same one again means the same order.
    """

    origin: str
    destination: str
    pickup_from: datetime | None = None
    pickup_until: datetime | None = None
    delivery_from: datetime | None = None
    delivery_until: datetime | None = None
    weight_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    pallets: Decimal | None = None
    load_metres: Decimal | None = None
    items: Sequence[Mapping[str, Any]] = ()
    needs: Sequence[str] = ()
    mode: str = ""
    is_urgent: bool = False
    note: str = ""
    reference: str = ""


def plan_of(
    stated: OrderStatement, *, source: str, places: Mapping[str, Place] | None = None
) -> OrderPlan:
    """Return the plan of a statement; ``places`` are those known by their names already.

    Raises ``Refused`` in the planner's words for a place that is not known, no weight, or a
    window that is not given; ``place_order`` checks the rest.
    """
    known = places or {}
    origin = known.get(stated.origin) or place_named(stated.origin, field="origin")
    destination = known.get(stated.destination) or place_named(
        stated.destination, field="destination"
    )
    for field, place in (
        ("pickup_from", origin), ("pickup_until", origin),
        ("delivery_from", destination), ("delivery_until", destination),
    ):  # fmt: skip
        if getattr(stated, field) is None:
            raise Refused(field, f"the window at {place['name']}", None)
    for field in ("volume_m3", "pallets", "load_metres"):
        if (getattr(stated, field) or ZERO) < 0:
            raise Refused(field, f"0 or more from {origin['name']}", getattr(stated, field))
    return OrderPlan(
        origin=origin,
        destination=destination,
        pickup=_window(stated.pickup_from, stated.pickup_until),
        delivery=_window(stated.delivery_from, stated.delivery_until),
        needed=Needed(
            weight_kg=stated.weight_kg or ZERO,
            volume_m3=stated.volume_m3,
            pallets=stated.pallets,
            load_metres=stated.load_metres,
        ),
        items=[Item(**each) for each in stated.items],
        needs=list(stated.needs),
        mode=stated.mode,
        is_urgent=stated.is_urgent,
        note=stated.note,
        source=source,
        source_key=f"{source}/{stated.reference}" if stated.reference else "",
    )


def state_order(stated: OrderStatement, *, source: str) -> Placed:
    """Place a stated order; ``Refused`` as well for one on a load that would change."""
    with transaction.atomic():
        placed = place_order(plan_of(stated, source=source))
        if placed.differs:
            raise Refused("reference", "an order that is still open", placed.order.number)
    return placed


@transaction.atomic
def state_orders(stated: Sequence[OrderStatement], *, source: str) -> list[Placed | Refused]:
    """Place many stated orders; each gets what became of it, in the order given.

    The number of statements does not grow with the number of orders.
    """
    places = places_named({name for each in stated for name in (each.origin, each.destination)})
    found = [_planned(each, source, places) for each in stated]
    placed = iter(place_possible([each for each in found if isinstance(each, OrderPlan)]))
    answers = [next(placed) if isinstance(each, OrderPlan) else each for each in found]
    return [
        Refused("reference", "an order that is still open", each.order.number)
        if isinstance(each, Placed) and each.differs
        else each
        for each in answers
    ]


def _planned(
    stated: OrderStatement, source: str, places: Mapping[str, Place]
) -> OrderPlan | Refused:
    for field in ("origin", "destination"):
        if (name := getattr(stated, field)) not in places:
            return unknown_place(name, field=field)
    try:
        return plan_of(stated, source=source, places=places)
    except Refused as refused:
        return refused


def _window(opens: datetime | None, closes: datetime | None) -> Window:
    if opens is None or closes is None:
        raise ValueError("expected both ends of a window, got one")
    return Window(opens, closes)
