"""An accepted re-plan becomes the loads' new stops: through the services that change loads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from transport.models import Load, LoadState, Mode, Replan, Shipment, Stop, VehicleType
from transport.services.distances import way
from transport.services.layout import StopPlan
from transport.services.loads import (
    TOLD_WITHIN,
    change_stops,
    hand_on,
    make_load,
    move_load,
    plan_of,
)
from transport.services.orders import locked_order, tell_orders
from transport.services.places import Place
from transport.services.replan_day import MINUTE
from transport.services.scenario_problem import Handling

Document = Mapping[str, Any]
Purpose = Stop.Purpose


def apply_answer(row: Replan, *, as_of: datetime) -> list[Load]:
    """Change, make and cancel loads as proposed; return those that drive under the new plan.

    Raises ``Refused`` as ``change_stops`` and ``make_load`` do.
    """
    return _Applying(row, as_of).run()


@dataclass(slots=True)
class _Target:
    """A load, its stops as they were, and as they shall be; no stops: it is not needed."""

    load_id: UUID
    before: list[StopPlan]
    after: list[StopPlan]


class _Applying:
    """Holds one proposal while it is applied."""

    def __init__(self, row: Replan, as_of: datetime) -> None:
        self._row, self._as_of = row, as_of
        self._day, self._answer = row.day, row.answer
        self._midnight = datetime.fromisoformat(row.day["midnight"])
        self._plant: Place = row.day["plant"]
        self._routes = {
            (each["vehicle_type"], each["vehicle_index"]): each for each in row.answer["routes"]
        }
        numbers: Mapping[str, str] = row.day["numbers"]
        self._keys = {number: UUID(key) for key, number in numbers.items()}
        self._plans = {UUID(key): plan_of(UUID(key)) for key in row.marks}

    def run(self) -> list[Load]:
        """Do it all; the order keeps every shipment with its number."""
        for key, pallets in self._row.asked["volumes"].items():
            self._measure(key, pallets)
        targets = [self._target(key) for key in self._plans]
        fresh = [self._hired(route) for name, route in self._routes.items()
                 if name[0] not in self._keys]  # fmt: skip
        direct = [self._sent(key) for key in self._answer["direct"]]
        holder = {
            order: each.load_id
            for each in (*targets, *fresh, *direct)
            for stop in each.after
            for order in stop.on
        }
        for each in targets:
            mine = [order for stop in each.before for order in stop.on]
            giving = {
                order: holder[order] for order in mine
                if order in holder and holder[order] != each.load_id
            }  # fmt: skip
            if giving:
                hand_on(each.load_id, giving, happened_at=self._as_of)
        kept = [self._change(each) for each in targets if self._is_changed(each)]
        for each in (*fresh, *direct):
            change_stops(each.load_id, each.after, happened_at=self._as_of)
            kept.append(
                move_load(each.load_id, LoadState.PLANNED, by="planner", happened_at=self._as_of)
            )
        return sorted((each for each in kept if each is not None), key=lambda each: each.number)

    def _change(self, target: _Target) -> Load | None:
        if target.after:
            return change_stops(target.load_id, target.after, happened_at=self._as_of)
        facts = {"reason": _("The day was planned again without it")}
        move_load(target.load_id, LoadState.CANCELLED, by="planner", happened_at=self._as_of,
                  facts=facts)  # fmt: skip
        return None

    def _is_changed(self, target: _Target) -> bool:
        """Say whether anybody has to be told: other halts, other goods, or more than minutes."""
        if len(target.before) != len(target.after):
            return True
        return any(
            (old.place["code"], old.purpose, old.on, old.off)
            != (new.place["code"], new.purpose, new.on, new.off)
            or abs(old.planned_arrival - new.planned_arrival) > TOLD_WITHIN
            for old, new in zip(target.before, target.after, strict=True)
        )

    def _target(self, load_id: UUID) -> _Target:
        number = self._day["numbers"][str(load_id)]
        before, route = self._plans[load_id], self._routes.get((number, 1))
        if route is None:
            return _Target(load_id, before, [])
        starts = [each for each in before[:1] if each.purpose == Purpose.START]
        ends = [each for each in before[-1:] if each.purpose == Purpose.END]
        deliveries = [each for each in before if each.purpose == Purpose.DELIVERY]
        driven = self._driven(number, before)
        body = self._body(route, deliveries)[len(driven) - len(starts) if driven else 0 :]
        if not driven:
            body = [*(self._left(each, route) for each in starts), *body]
        after = _in_order([*driven, *body], len(driven))
        for each in ends:
            at = after[-1].planned_departure
            after.append(replace(each, planned_arrival=at, planned_departure=at))
        return _Target(load_id, before, after)

    def _driven(self, number: str, before: Sequence[StopPlan]) -> list[StopPlan]:
        """Return the stops up to the last one that stays, as they are."""
        halts = self._day["halts"]
        stay = [
            halts[key]["sequence"] for key in self._day["staying"] if halts[key]["load"] == number
        ]
        return list(before[: max(stay, default=0)])

    def _left(self, start: StopPlan, route: Document) -> StopPlan:
        """Return when the vehicle starts and leaves the plant."""
        first = route["trips"][0]["stops"][0]
        drive = way(self._plant, self._place(first["supplier"])).minutes
        begins = self._at(route["start_min"])
        leaves = self._at(first["arrive"] - first["break_min"] - drive)
        return replace(start, planned_arrival=begins, planned_departure=max(begins, leaves))

    def _body(self, route: Document, deliveries: Sequence[StopPlan]) -> list[StopPlan]:
        """Return halts and deliveries of a vehicle's trips."""
        found = []
        for number, trip in enumerate(route["trips"]):
            orders: list[UUID] = []
            for stop in trip["stops"]:
                halt = self._halt(stop["supplier"], stop["arrive"], stop["depart"])
                orders += halt.on
                found.append(halt)
            at = self._answer["stops"][trip["stops"][-1]["supplier"]]["at_plant_min"]
            told = deliveries[min(number, len(deliveries) - 1)]
            found.append(self._delivery(told, at, orders, trip["stops"]))
        return found

    def _halt(self, key: str, arrive: float, depart: float) -> StopPlan:
        halt = self._day["halts"][key]
        return StopPlan(
            purpose=Purpose.PICKUP,
            place=halt["place"],
            window_from=datetime.fromisoformat(halt["opens"]),
            window_until=datetime.fromisoformat(halt["closes"]),
            planned_arrival=self._at(arrive),
            planned_departure=self._at(depart),
            on=tuple(UUID(each) for each in halt["orders"]),
        )

    def _delivery(
        self, told: StopPlan, at: float, orders: Sequence[UUID], stops: Sequence[Document]
    ) -> StopPlan:
        handling = Handling()
        pallets = sum(self._day["halts"][each["supplier"]]["pallets"] for each in stops)
        stay = handling.unload_minutes + handling.unload_pallet_minutes * pallets
        arrival = self._at(at)
        return replace(
            told,
            planned_arrival=arrival,
            planned_departure=arrival + round(stay) * MINUTE,
            on=(),
            off=tuple(orders),
            is_frozen=False,
        )

    def _hired(self, route: Document) -> _Target:
        """Make a load of a vehicle that is hired now; its orders come once others gave them."""
        told = self._any_delivery()
        start = StopPlan(
            purpose=Purpose.START,
            place=self._plant,
            window_from=self._at(route["start_min"]),
            window_until=self._at(route["end_min"]),
            planned_arrival=self._at(route["start_min"]),
            planned_departure=self._at(route["start_min"]),
        )
        after = _in_order([self._left(start, route), *self._body(route, [told])], 0)
        vehicle = VehicleType.objects.get(owner_id=self._row.owner_id, code=route["vehicle_type"])
        return self._made(Mode.MILK_RUN, after, vehicle)

    def _sent(self, key: str) -> _Target:
        """Make a load that brings one supplier's goods straight to the plant."""
        place = self._place(key)
        at = self._answer["stops"][key]["at_plant_min"]
        halt = self._day["halts"][key]
        stay = Handling().stop_minutes + Handling().pallet_minutes * halt["pallets"]
        leaves = at - way(place, self._plant).minutes
        pickup = self._halt(key, leaves - stay, leaves)
        told = self._delivery(self._any_delivery(), at, pickup.on, [{"supplier": key}])
        return self._made(Mode.FULL_TRUCK, _in_order([pickup, told], 0), None)

    def _made(self, mode: str, after: list[StopPlan], vehicle: VehicleType | None) -> _Target:
        empty = [replace(each, on=(), off=()) for each in after]
        load = make_load(mode=mode, stops=empty, vehicle_type=vehicle, made_at=self._as_of)
        return _Target(load.pk, empty, after)

    def _any_delivery(self) -> StopPlan:
        plan = self._plans[self._row.load_id]
        return next(each for each in reversed(plan) if each.purpose == Purpose.DELIVERY)

    def _measure(self, key: str, pallets: int) -> None:
        """Let the orders of a stop, and their shipments, say what the supplier will hand over."""
        halt = self._day["halts"][key]
        if not halt["pallets"]:
            return
        share = Decimal(pallets) / Decimal(str(halt["pallets"]))
        for text in halt["orders"]:
            order = locked_order(UUID(text))
            for row in (order, *Shipment.objects.filter(order_id=order.pk)):
                _scale(row, share)
            tell_orders([order])

    def _place(self, key: str) -> Place:
        found: Place = self._day["halts"][key]["place"]
        return found

    def _at(self, minute: float) -> datetime:
        return (self._midnight + timedelta(minutes=round(minute))).astimezone(UTC)


def _scale(row: Any, share: Decimal) -> None:
    names = ("weight_kg", "volume_m3", "pallets", "load_metres")
    for name in names:
        value = getattr(row, name)
        if value is not None:
            setattr(row, name, (value * share).quantize(value))
    row.version += 1
    row.save(update_fields=[*names, "version"])


def _in_order(stops: Sequence[StopPlan], fixed: int) -> list[StopPlan]:
    """Return the stops with none before the one before it; the first ``fixed`` stay as told."""
    found: list[StopPlan] = []
    for place, stop in enumerate(stops):
        late = timedelta()
        if place >= fixed and found:
            late = max(timedelta(), found[-1].planned_departure - stop.planned_arrival)
        arrival = stop.planned_arrival + late
        departure = max(stop.planned_departure, arrival)
        found.append(replace(stop, planned_arrival=arrival, planned_departure=departure))
    return found
