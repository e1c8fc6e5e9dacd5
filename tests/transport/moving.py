"""Goods, vehicles and loads of the cast for the tests of transport."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from tests.harness.cast import Cast
from transport.models import Load, LoadState, TransportOrder, VehicleType
from transport.services.figures import Needed
from transport.services.loads import StopPlan, make_load
from transport.services.orders import Item, OrderPlan, Window, place_order
from transport.services.places import Place, place_of

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def site_of(organisation: Organisation) -> Place:
    """Return the place of an organisation, as its owner or partner sees it."""
    return place_of(Site.visible.get(owner=organisation))


def order_plan(supplier: Organisation, plant: Organisation, **changes: Any) -> OrderPlan:
    """Return an order of six tonnes from a supplier to a plant, three days on the way."""
    plan = OrderPlan(
        origin=site_of(supplier),
        destination=site_of(plant),
        pickup=Window(NOW + DAY, NOW + DAY + 8 * HOUR),
        delivery=Window(NOW + 4 * DAY, NOW + 4 * DAY + 10 * HOUR),
        needed=Needed(
            weight_kg=Decimal(6000),
            volume_m3=Decimal(20),
            pallets=Decimal(12),
            load_metres=Decimal("4.8"),
        ),
        items=(Item(part_number="H-1", quantity=Decimal(400), unit="H87"),),
    )
    return replace(plan, **changes)


def coming() -> dict[str, Window]:
    """Return the windows of such an order as seen by the clock of the machine, for its pages."""
    start = datetime.now(UTC).replace(hour=5, minute=0, second=0, microsecond=0)
    return {
        "pickup": Window(start + DAY, start + DAY + 8 * HOUR),
        "delivery": Window(start + 4 * DAY, start + 4 * DAY + 10 * HOUR),
    }


def order_of(supplier: Organisation, plant: Organisation, **changes: Any) -> TransportOrder:
    """Place such an order; acts for whoever is acting."""
    return place_order(order_plan(supplier, plant, **changes)).order


def truck(**changes: Any) -> VehicleType:
    """Return a semi-trailer of the acting organisation."""
    values: dict[str, Any] = {
        "name": "Semi-trailer",
        "capacity_kg": 24000,
        "capacity_m3": 90,
        "capacity_pallets": 34,
        "capacity_load_metres": Decimal("13.6"),
        "capabilities": [],
        "fixed_per_day_minor": 25000,
        "per_km_minor": 110,
        "per_hour_minor": 3500,
        "emissions_empty_kg_per_km": Decimal("0.6"),
        "emissions_full_kg_per_km": Decimal("0.9"),
    }
    made, _is_new = VehicleType.objects.get_or_create(
        code=changes.pop("code", "SEMI"), defaults=values | changes
    )
    return made


def halt(
    place: Place, at: datetime, purpose: str, on: Sequence[UUID] = (), off: Sequence[UUID] = ()
) -> StopPlan:
    """Return a stop of one hour in a window of four."""
    return StopPlan(
        purpose=purpose,
        place=place,
        window_from=at - HOUR,
        window_until=at + 3 * HOUR,
        planned_arrival=at,
        planned_departure=at + HOUR,
        on=on,
        off=off,
    )


def direct_stops(order: TransportOrder) -> list[StopPlan]:
    """Return the two stops of a truck that carries one order straight to its destination."""
    return [
        halt(order.origin, order.pickup_from + HOUR, "pickup", on=[order.pk]),
        halt(order.destination, order.delivery_from + HOUR, "delivery", off=[order.pk]),
    ]


def direct_load(order: TransportOrder, state: LoadState = LoadState.PLANNED) -> Load:
    """Return a full truck with one order."""
    return make_load(
        mode="full_truck", stops=direct_stops(order), vehicle_type=truck(), state=state
    )


def shared_load(cast: Cast) -> tuple[Load, TransportOrder, TransportOrder]:
    """Return Avalon's milk run over Brasov and Porto: each sees its own stop only."""
    with acting_for(cast.avalon):
        brasov, porto = order_of(cast.brasov, cast.avalon), order_of(cast.porto, cast.avalon)
        start, end = NOW + DAY, NOW + 4 * DAY
        load = make_load(
            mode="milk_run",
            stops=[
                halt(porto.origin, start, "pickup", on=[porto.pk]),
                halt(brasov.origin, start + 2 * DAY, "pickup", on=[brasov.pk]),
                halt(brasov.destination, end, "delivery", off=[porto.pk, brasov.pk]),
            ],
            vehicle_type=truck(),
            state=LoadState.PLANNED,
        )
    return load, brasov, porto
