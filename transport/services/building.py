"""Put waiting orders together into a load: stops, times, fill, and what else would fit (TR-07)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from transport.models import Load, LoadState, Mode, Stop, TransportOrder, VehicleType
from transport.rules.load import (
    Amounts,
    Capacity,
    ConsolidationHint,
    Fill,
    consolidation_hint,
    fill,
    fitting,
    overloads,
)
from transport.services.distances import road
from transport.services.figures import amounts_of, capacity_from, total_of
from transport.services.layout import StopPlan
from transport.services.loads import capacity_of, make_load
from transport.services.places import Place
from transport.services.timing import timed

MOST_ORDERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a choice of orders would be on a vehicle; ``refusal`` in the planner's words."""

    used: Amounts
    fill: Fill
    hint: ConsolidationHint | None
    overloads: Sequence[str]
    fitting: Sequence[UUID]
    """Waiting orders that fit in together with the choice, the one that fills best first."""
    stops: Sequence[StopPlan]
    refusal: str


def preview(
    order_ids: Sequence[UUID], vehicle_type: VehicleType, *, now: datetime | None = None
) -> Preview:
    """Return how full the vehicle would be, when it would be where, and what else would fit."""
    orders = chosen_orders(order_ids)
    capacity = _capacity(vehicle_type)
    used = total_of(orders)
    stops: list[StopPlan] = []
    refusal = ""
    try:
        stops = plan_stops(orders, now=now or timezone.now())
    except Refused as refused:
        refusal = str(refused)
    return Preview(
        used=used,
        fill=fill(used, capacity),
        hint=consolidation_hint(used, capacity),
        overloads=overloads(used, capacity),
        fitting=_fitting(orders, used, capacity),
        stops=stops,
        refusal=refusal,
    )


@transaction.atomic
def build_load(
    order_ids: Sequence[UUID],
    vehicle_type: VehicleType,
    *,
    mode: str = "",
    state: LoadState = LoadState.DRAFT,
    now: datetime | None = None,
) -> Load:
    """Make a load of waiting orders; raises ``Refused`` if times or the vehicle do not allow it.

    Without a mode one pick-up is a full truck, several are a milk run.
    """
    orders = chosen_orders(order_ids)
    stops = plan_stops(orders, now=now or timezone.now())
    pickups = sum(each.purpose == Stop.Purpose.PICKUP for each in stops)
    return make_load(
        mode=mode or (Mode.FULL_TRUCK if pickups == 1 else Mode.MILK_RUN).value,
        stops=stops,
        vehicle_type=vehicle_type,
        state=state,
    )


def chosen_orders(order_ids: Sequence[UUID]) -> list[TransportOrder]:
    """Return own open orders by key; ``Refused`` for none, too many or one that is not open."""
    if not 1 <= len(order_ids) <= MOST_ORDERS:
        raise Refused("orders", f"1 to {MOST_ORDERS} orders", len(order_ids))
    rows = TransportOrder.objects.filter(
        owner_id=acting_organisation_id(), pk__in=list(order_ids), state="open"
    )
    found = list(rows.order_by("pickup_from", "pk"))
    if len(found) != len(set(order_ids)):
        raise Refused("orders", "orders that wait for a vehicle", len(set(order_ids)) - len(found))
    return found


def plan_stops(orders: Sequence[TransportOrder], *, now: datetime) -> list[StopPlan]:
    """Return the stops of one truck: pick-ups from the farthest to the nearest, then deliveries.

    Orders from or to one place share a stop; its window is what their windows have in common.
    Raises ``Refused`` where they have nothing in common or a place would be reached too late.
    """
    first = orders[0]
    pickups = _by_place(orders, "origin")
    deliveries = _by_place(orders, "destination")
    matrix = road([each[0] for each in (*pickups.values(), *deliveries.values())])
    goal = first.destination_code

    def far(code: str) -> float:
        return matrix.hop(code, goal).km

    halts = [
        _halt(place, Stop.Purpose.PICKUP, rows)
        for _code, (place, rows) in sorted(pickups.items(), key=lambda each: -far(each[0]))
    ]
    halts += [
        _halt(place, Stop.Purpose.DELIVERY, rows)
        for _code, (place, rows) in sorted(deliveries.items(), key=lambda each: far(each[0]))
    ]
    return timed(halts, start=max(halts[0].window_from, now))


def _by_place(
    orders: Sequence[TransportOrder], end: str
) -> dict[str, tuple[Place, list[TransportOrder]]]:
    found: dict[str, tuple[Place, list[TransportOrder]]] = {}
    for order in orders:
        place: Place = getattr(order, end)
        found.setdefault(place["code"], (place, []))[1].append(order)
    return found


def _halt(place: Place, purpose: Stop.Purpose, orders: Sequence[TransportOrder]) -> StopPlan:
    is_pickup = purpose == Stop.Purpose.PICKUP
    name = "pickup" if is_pickup else "delivery"
    opens = max(getattr(each, f"{name}_from") for each in orders)
    closes = min(getattr(each, f"{name}_until") for each in orders)
    if closes < opens:
        raise Refused("orders", f"windows at {place['name']} that overlap", closes.isoformat())
    keys = tuple(each.pk for each in orders)
    return StopPlan(
        purpose=purpose.value,
        place=place,
        window_from=opens,
        window_until=closes,
        planned_arrival=opens,
        planned_departure=opens,
        on=keys if is_pickup else (),
        off=() if is_pickup else keys,
    )


def _fitting(orders: Sequence[TransportOrder], used: Amounts, capacity: Capacity) -> list[UUID]:
    """Return waiting orders to the same place in the same days that fit in too."""
    first = orders[0]
    rows = TransportOrder.objects.filter(
        owner_id=first.owner_id,
        state="open",
        destination_code=first.destination_code,
        delivery_from__lte=first.delivery_until,
        delivery_until__gte=first.delivery_from,
    ).exclude(pk__in=[each.pk for each in orders])
    waiting = {str(each.pk): amounts_of(each) for each in rows.order_by("pickup_from")[:200]}
    if fill(used, capacity).is_overloaded:
        return []
    return [UUID(key) for key in fitting(used, list(waiting.items()), capacity)]


def _capacity(vehicle_type: VehicleType) -> Capacity:
    found = capacity_from(capacity_of(vehicle_type))
    if found is None:
        raise Refused("vehicle_type", "a vehicle type with a capacity", vehicle_type.code)
    return found
