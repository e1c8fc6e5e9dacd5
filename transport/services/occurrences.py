"""Loads from fixed routes: one for each day they run, with the orders that fit (TR-03)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from transport.models import Load, LoadState, Mode, RouteTemplate, TransportOrder, VehicleType
from transport.rules.load import Amounts, Capacity, overloads
from transport.services.figures import amounts_of, capacity_from
from transport.services.loads import (
    StopPlan,
    assign_carrier,
    capacity_of,
    change_stops,
    make_load,
    move_load,
    plan_of,
)
from transport.services.opening import opening_of
from transport.services.places import Place

WEEKS = 2
"""How far ahead loads are made from fixed routes."""
WAITING = frozenset(
    {LoadState.DRAFT, LoadState.PLANNED, LoadState.TENDERED, LoadState.ACCEPTED,
     LoadState.SLOT_BOOKED}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeftOver:
    """An order that the route passes on its day and cannot take, and why in words."""

    order_id: UUID
    number: str
    supplier: str
    day: date
    why: str


@dataclass(slots=True)
class Repeated:
    """What making loads from fixed routes came to."""

    made: list[Load] = field(default_factory=list)
    filled: list[Load] = field(default_factory=list)
    cancelled: list[Load] = field(default_factory=list)
    left: list[LeftOver] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Loads that could not be made or filled: number and reason."""


def repeat_routes(*, as_of: datetime, weeks: int = WEEKS) -> Repeated:
    """Make the loads of the coming weeks from active routes; the same day twice makes one.

    Loads that are there already take the orders that came since, as long as they wait. Loads on
    days that a route does not run any more are cancelled. Each load is a transaction of its own.
    """
    today = own_day(as_of)
    done = Repeated()
    routes = RouteTemplate.objects.filter(owner_id=acting_organisation_id()).order_by("number")
    for route in routes:
        _cancel_ended(route, as_of, done)
        if route.state != RouteTemplate.State.ACTIVE:
            continue
        for day in days_of(route, today + timedelta(days=1), today + timedelta(weeks=weeks)):
            try:
                with transaction.atomic():
                    _repeat(route, day, as_of, done)
            except Refused as refused:
                done.refused.append((number_of(route, day), str(refused)))
    return done


def days_of(route: RouteTemplate, first: date, last: date) -> list[date]:
    """Return the days from ``first`` to ``last`` on which a route runs; its plant has to work."""
    plant: Place = route.stops[0]["place"]
    opening = opening_of(plant)
    start = max(first, route.valid_from)
    days = [start + timedelta(days=n) for n in range((last - start).days + 1)]
    return [
        day
        for day in days
        if day.isoweekday() in route.weekdays
        and (route.valid_to is None or day < route.valid_to)
        and opening.is_working(day)
    ]


def number_of(route: RouteTemplate, day: date) -> str:
    """Return the number of the load on a day: the route's with the date, so it is made once."""
    return f"{route.number}-{day:%y%m%d}"


def left_over(route: RouteTemplate, day: date) -> list[LeftOver]:
    """Return the open orders that a route passes on a day and its load has not taken."""
    stops, capacity = _stops(route, day), _capacity(route)
    load = Load.objects.filter(owner_id=route.owner_id, number=number_of(route, day)).first()
    if load is not None:
        stops = plan_of(load.pk)
    return _chosen(stops, capacity, day)[1]


def _repeat(route: RouteTemplate, day: date, as_of: datetime, done: Repeated) -> None:
    number = number_of(route, day)
    known = (
        Load.objects.select_for_update(of=("self",))
        .filter(owner_id=route.owner_id, number=number)
        .first()
    )
    if known is not None and known.state not in WAITING:
        return
    stops = plan_of(known.pk) if known is not None else _stops(route, day)
    filled, left = _chosen(stops, _capacity(route), day)
    done.left += left
    if known is None:
        done.made.append(_made(route, number, filled, as_of))
    elif filled != stops:
        done.filled.append(change_stops(known.pk, filled, happened_at=as_of))


def _made(
    route: RouteTemplate, number: str, stops: Sequence[StopPlan], as_of: datetime
) -> Load:  # fmt: skip
    load = make_load(
        mode=Mode.MILK_RUN,
        stops=stops,
        vehicle_type=_vehicle(route),
        state=LoadState.PLANNED,
        route_template_id=route.pk,
        number=number,
        made_at=as_of,
    )
    if route.counterparty_id != route.owner_id:  # the carrier took the route, so each of its loads
        move_load(load.pk, LoadState.TENDERED, by="planner", happened_at=as_of)
        assign_carrier(load.pk, carrier_id=route.counterparty_id)
        load = move_load(load.pk, LoadState.ACCEPTED, by="carrier", happened_at=as_of)
    return load


def _cancel_ended(route: RouteTemplate, as_of: datetime, done: Repeated) -> None:
    """Cancel the loads that a route would have had after its end."""
    over = route.state == RouteTemplate.State.ENDED
    if not over and route.valid_to is None:
        return
    rows = Load.objects.filter(
        owner_id=route.owner_id,
        route_template_id=route.pk,
        state__in=[each.value for each in WAITING],
        starts_at__gt=as_of,
    )
    if not over and route.valid_to is not None:
        zone = ZoneInfo(str(route.stops[0]["place"]["timezone"]))
        rows = rows.filter(starts_at__gte=datetime.combine(route.valid_to, time(0), zone))
    for load in rows:
        facts = {"reason": _("Route %(number)s has ended") % {"number": route.number}}
        done.cancelled.append(
            move_load(load.pk, LoadState.CANCELLED, by="planner", happened_at=as_of, facts=facts)
        )


def _stops(route: RouteTemplate, day: date) -> list[StopPlan]:
    """Return the stops of an occurrence; all its minutes are on the plant's clock."""
    zone = ZoneInfo(str(route.stops[0]["place"]["timezone"]))

    def at(minute: int) -> datetime:
        days, rest = divmod(minute, 24 * 60)
        clock = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone)
        return clock.astimezone(ZoneInfo("UTC"))

    return [
        StopPlan(
            purpose=each["purpose"],
            place=each["place"],
            window_from=at(each["window"][0]),
            window_until=at(max(each["window"][1], each["arrive"])),
            planned_arrival=at(each["arrive"]),
            planned_departure=at(each["depart"]),
        )
        for each in route.stops
    ]


def _chosen(
    stops: Sequence[StopPlan], capacity: Capacity | None, day: date
) -> tuple[list[StopPlan], list[LeftOver]]:
    """Return the stops with the open orders that fit put on, most urgent first, and the others."""
    found = list(stops)
    plant = found[0].place
    boards = _boards(found)
    left: list[LeftOver] = []
    for place, stop in enumerate(stops):
        if stop.purpose != "pickup":
            continue
        end = next(n for n in range(place + 1, len(found)) if found[n].purpose == "delivery")
        for order in _waiting(stop.place, plant, day):
            why = _refusal(order, stop, found[end], boards[end] + amounts_of(order), capacity)
            if why:
                name = str(stop.place["name"])
                left.append(LeftOver(order.pk, order.number, name, day, why))
                continue
            boards[end] += amounts_of(order)
            found[place] = replace(found[place], on=(*found[place].on, order.pk))
            found[end] = replace(found[end], off=(*found[end].off, order.pk))
    return found, left


def _boards(stops: Sequence[StopPlan]) -> dict[int, Amounts]:
    """Return what each trip brings to its delivery already, by the delivery's place."""
    keys = [key for stop in stops for key in stop.on]
    orders: Mapping[UUID, TransportOrder] = TransportOrder.objects.in_bulk(keys)
    return {
        place: sum((amounts_of(orders[key]) for key in stop.off if key in orders), Amounts())
        for place, stop in enumerate(stops)
    }


def _waiting(supplier: Place, plant: Place, day: date) -> list[TransportOrder]:
    """Return the open orders from a supplier to the plant that may be picked up on a day."""
    zone = ZoneInfo(str(supplier["timezone"]))
    opens = datetime.combine(day, time(0), zone)
    return list(
        TransportOrder.objects.filter(
            owner_id=acting_organisation_id(),
            state=TransportOrder.State.OPEN,
            mode__in=["", Mode.MILK_RUN],
            origin_code=supplier["code"],
            destination_code=plant["code"],
            pickup_from__lt=opens + timedelta(days=1),
            pickup_until__gte=opens,
        ).order_by("delivery_until", "pk")
    )


def _refusal(
    order: TransportOrder,
    stop: StopPlan,
    end: StopPlan,
    board: Amounts,
    capacity: Capacity | None,
) -> str:
    """Return in words why an order cannot ride; empty if it can."""
    if order.pickup_from > stop.planned_departure or order.pickup_until < stop.planned_arrival:
        return _("its pick-up window does not hold the stop's times")
    if order.delivery_until < end.planned_arrival:
        return _("it would arrive after its delivery window")
    if capacity is not None and (too_much := overloads(board, capacity)):
        return _("the vehicle is full: %(what)s") % {"what": "; ".join(too_much)}
    return ""


def _vehicle(route: RouteTemplate) -> VehicleType | None:
    return VehicleType.objects.filter(code=route.vehicle_type).first()


def _capacity(route: RouteTemplate) -> Capacity | None:
    return capacity_from(capacity_of(_vehicle(route)))
