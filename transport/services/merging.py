"""Put more on a load that has not left, take goods off it, or make one load of two (TR-10)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from transport.models import Leg, Load, LoadState, Stop, TransportOrder
from transport.queries.columns import BEFORE_ROAD
from transport.services.building import chosen_orders, plan_stops
from transport.services.loads import change_stops, locked_load, move_load


@transaction.atomic
def add_orders(
    load_id: UUID,
    order_ids: Sequence[UUID],
    *,
    now: datetime | None = None,
    version: int | None = None,
) -> Load:
    """Put waiting orders on a load too; its stops and times are planned anew.

    A booked slot is open again where the stops change. Raises ``Refused`` if the vehicle or the
    windows do not allow it, or the load has left.
    """
    load = _changeable(load_id, version)
    return _replan(load, [*_orders_on(load), *chosen_orders(order_ids)], now)


@transaction.atomic
def take_off(
    load_id: UUID,
    order_ids: Sequence[UUID],
    *,
    now: datetime | None = None,
    version: int | None = None,
) -> Load:
    """Take orders off a load; they wait again. Raises ``Refused`` if nothing would be left."""
    load = _changeable(load_id, version)
    left = [each for each in _orders_on(load) if each.pk not in set(order_ids)]
    if not left:
        raise Refused("orders", "goods that stay on it; else cancel the load", load.number)
    return _replan(load, left, now)


@transaction.atomic
def merge_loads(
    load_id: UUID, other_id: UUID, *, now: datetime | None = None, version: int | None = None
) -> Load:
    """Put everything of another load on this one; the other is cancelled, its carrier told."""
    if load_id == other_id:
        raise Refused("load", "another load", load_id)
    load, other = _changeable(load_id, version), _changeable(other_id, None)
    moved = _orders_on(other)
    move_load(
        other.pk,
        LoadState.CANCELLED,
        by="planner",
        happened_at=now or timezone.now(),
        facts={"reason": _("Merged into load %(number)s") % {"number": load.number}},
    )
    return _replan(load, [*_orders_on(load), *moved], now)


def _changeable(load_id: UUID, version: int | None) -> Load:
    """Return a load locked; refuse one on the road, and runs over a cross-dock."""
    load = locked_load(load_id, version)
    if load.state not in BEFORE_ROAD:
        raise Refused("state", "a load that has not left yet", load.state)
    stops = Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk)
    if stops.filter(purpose=Stop.Purpose.CROSS_DOCK).exists():
        raise Refused("stops", "a load from door to door; change its stops one by one", load.number)
    return load


def _orders_on(load: Load) -> list[TransportOrder]:
    legs = Leg.objects.filter(owner_id=load.owner_id, load_id=load.pk)
    rows = TransportOrder.objects.filter(
        owner_id=acting_organisation_id(), pk__in=legs.values("shipment__order_id")
    )
    return list(rows.order_by("pickup_from", "pk"))


def _replan(load: Load, orders: Sequence[TransportOrder], now: datetime | None) -> Load:
    stops = plan_stops(orders, now=now or timezone.now())
    return change_stops(load.pk, stops, happened_at=now)
