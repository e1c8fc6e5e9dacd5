"""What happened on the road: what a planner says when she asks for the day to be planned again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from collab.masterdata.refusals import Refused, clean_whole
from collab.organisations.context import acting_organisation_id
from transport.models import Mode, TransportOrder, VehicleType
from transport.services.distances import road
from transport.services.figures import amounts_of
from transport.services.replan_day import Day, Halt
from transport.services.scenario_problem import DRIVER, Handling

MOST_MINUTES, MOST_PALLETS = 1440, 999
LEAST_SECONDS, MOST_SECONDS = 1, 30
MOST_URGENT, MOST_LOOKED_AT = 20, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known beyond the tracking; loads by number, stops as ``<load>/<sequence>``.

    Attributes
    ----------
    delays
        Minutes behind the plan, by load; without one, tracking says how late it is.
    broken
        Minutes until the vehicle, or one in its place, drives on, by load: it makes no more
        pick-ups and brings in what it has on board.
    cancelled
        Stops whose supplier hands over nothing today.
    volumes
        Pallet places that a supplier will hand over instead of those announced, by stop.
    orders
        Open transport orders that must still be fetched today.
    is_alone
        Other vehicles stay as they are.
    """

    delays: Mapping[str, int] = field(default_factory=dict)
    broken: Mapping[str, int] = field(default_factory=dict)
    cancelled: Sequence[str] = ()
    volumes: Mapping[str, int] = field(default_factory=dict)
    orders: Sequence[UUID] = ()
    is_alone: bool = False
    seconds: int = 6

    def row(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "delays": dict(self.delays),
            "broken": dict(self.broken),
            "cancelled": list(self.cancelled),
            "volumes": dict(self.volumes),
            "orders": [str(key) for key in self.orders],
            "is_alone": self.is_alone,
            "seconds": self.seconds,
        }


def check_asked(asked: Asked, day: Day) -> None:
    """Raise ``Refused`` for loads and stops that are not of the day, or cannot change any more."""
    numbers = {run.load.number for run in day.runs}
    halts = {halt.key: halt for run in day.runs for halt in run.halts}
    for name, told in (("delays", asked.delays), ("broken", asked.broken)):
        for number, minutes in told.items():
            if number not in numbers:
                raise Refused(name, "loads of this plant's day that can change", number)
            clean_whole(name, minutes, at_least=0, at_most=MOST_MINUTES)
    for name, keys in (("cancelled", asked.cancelled), ("volumes", asked.volumes)):
        for key in keys:
            if key not in halts:
                raise Refused(name, "stops of this plant's day", key)
            if halts[key].why_fixed == "driven":
                raise Refused(name, "stops where no vehicle has been yet", key)
    for pallets in asked.volumes.values():
        clean_whole("volumes", pallets, at_least=1, at_most=MOST_PALLETS)
    clean_whole("seconds", asked.seconds, at_least=LEAST_SECONDS, at_most=MOST_SECONDS)
    if len(asked.orders) > MOST_URGENT:
        raise Refused("orders", f"at most {MOST_URGENT} orders", len(asked.orders))


def urgent_halts(order_ids: Sequence[UUID], day: Day) -> list[Halt]:
    """Return open orders to the plant as halts that no load has yet.

    Raises ``Refused`` for an order that is not open, goes elsewhere, or cannot be fetched today.
    """
    known = {each.pk: each for each in waiting_orders(day)}
    found = []
    for key in dict.fromkeys(order_ids):
        if key not in known:
            raise Refused("orders", "open orders to this plant that are ready today", key)
        found.append(_halt(known[key], day))
    return found


def waiting_orders(day: Day) -> list[TransportOrder]:
    """Return open orders to the plant that a truck could fetch today, urgent ones first.

    Ready today, no larger than the largest vehicle, and near enough to be there and back within
    a driver's day.
    """
    largest = VehicleType.objects.filter(owner_id=acting_organisation_id(), is_active=True)
    most = max([each.capacity_pallets for each in largest], default=0)
    rows = TransportOrder.objects.filter(
        owner_id=acting_organisation_id(),
        state=TransportOrder.State.OPEN,
        destination_code=day.plant["code"],
        mode__in=["", Mode.MILK_RUN],
        pallets__lte=most,
        pickup_from__lt=day.midnight + timedelta(days=1),
        pickup_until__gte=day.now,
    )
    found = list(rows.order_by("-is_urgent", "delivery_until", "pk")[:MOST_LOOKED_AT])
    there = road([day.plant, *(each.origin for each in found)])
    half_a_day = DRIVER["max_driving_min"] / 2
    return [
        each
        for each in found
        if each.origin_code == day.plant["code"]
        or there.hop(day.plant["code"], each.origin_code).minutes <= half_a_day
    ][:MOST_URGENT]


def _halt(order: TransportOrder, day: Day) -> Halt:
    told, amounts = Handling(), amounts_of(order)
    stay = timedelta(minutes=told.stop_minutes + told.pallet_minutes * float(amounts.pallets))
    arrive: datetime = max(order.pickup_from, day.now)
    return Halt(
        key=order.number,
        sequence=0,
        place=order.origin,
        orders=(order.pk,),
        amounts=amounts,
        opens=order.pickup_from,
        closes=max(order.pickup_until - stay, arrive),
        arrive=arrive,
        depart=arrive + stay,
        due=order.delivery_until,
    )
