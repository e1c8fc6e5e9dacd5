"""The rest of a day as the engine reads it: one vehicle type a running vehicle, one stop a halt.

What is behind a vehicle enters with the times it really had: windows that open on arrival, ways
no longer than they took. So the engine's clock is right where the vehicle is now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from transport.engine.milkrun.problem import Load as Amount
from transport.models import LoadState, VehicleType
from transport.rules.road import Matrix
from transport.services.distances import road
from transport.services.figures import capacity_from
from transport.services.opening import opening_of
from transport.services.replan_asked import Asked
from transport.services.replan_day import MINUTE, Day, Halt, Run
from transport.services.scenario_problem import (
    DRIVER,
    Handling,
    direct_document,
    load_document,
    vehicle_document,
)
from transport.services.scenario_tariff import DirectTable, Lane, direct_table

LATEST_MIN = 2880.0
LEAST_PALLETS = 0.01
MOST_FRESH = 5
PAUSE_MIN = float(DRIVER["break_min"])
CO2_PRICE = 100.0
"""Price of a tonne of CO2e in the search; as a new scenario's."""


@dataclass(slots=True)
class Vehicle:
    """A vehicle as the engine gets it: halts that stay, those that may change, and its clock."""

    run: Run
    trips: list[list[Halt]]
    start_min: float
    delay_min: float = 0.0
    pauses: set[str] = field(default_factory=set)
    is_broken: bool = False


@dataclass(slots=True)
class Posed:
    """The engine's ``document``, the vehicles, and halts that some vehicle has to take over."""

    document: dict[str, Any]
    vehicles: list[Vehicle]
    loose: list[Halt]
    halts: dict[str, Halt]


class Poser:
    """Puts a day with what happened on it into the engine's terms."""

    def __init__(self, day: Day, asked: Asked, urgent: Sequence[Halt]) -> None:
        self._day, self._asked = day, asked
        self._now = day.minute(day.now)
        self._urgent = list(urgent)
        self._runs = day.runs[:1] if asked.is_alone else day.runs
        self._windows: dict[str, tuple[float, float]] = {}
        self._service: dict[str, float] = {}
        self._shorter: dict[tuple[str, str], float] = {}
        halts = [halt for run in self._runs for halt in run.halts] + self._urgent
        self._halts = {halt.key: halt for halt in halts}
        self._matrix = road([day.plant, *(halt.place for halt in halts)])

    def posed(self) -> Posed:
        """Return the day as a problem; tariffs, vehicles and ways are read here."""
        vehicles, loose = [], list(self._urgent)
        for run in self._runs:
            vehicle, left = self._vehicle(run)
            if vehicle is not None:
                vehicles.append(vehicle)
            loose += left
        document = {
            "version": 1,
            "name": self._runs[0].load.number,
            "currency": self._runs[0].load.currency,
            "working_days": [self._day.on.isoweekday()],
            "co2_price_per_t": CO2_PRICE,
            "plant": self._plant(),
            "suppliers": [self._supplier(halt) for halt in self._halts.values()],
            "fleet": [*(self._type(each) for each in vehicles), *self._fresh(vehicles)],
            "driver": dict(DRIVER),
            "direct": direct_document(self._tariff(), self._day.on),
            "distances": self._distances(),
        }
        return Posed(document, vehicles, loose, self._halts)

    def _vehicle(self, run: Run) -> tuple[Vehicle | None, list[Halt]]:
        """Return a run as a vehicle, and what it leaves to others if it has broken down."""
        repair = self._asked.broken.get(run.load.number)
        if repair is None:
            return self._driving(run, [list(trip) for trip in run.trips]), []
        done = [[halt for halt in trip if halt.why_fixed == "driven"] for trip in run.trips]
        left = [halt for halt in run.halts if halt.why_fixed != "driven"]
        done = [trip for trip in done if trip]
        if not done:
            return None, left
        vehicle = self._driving(run, done)
        vehicle.is_broken = True
        last = done[-1][-1]
        gone = self._day.minute(last.departed or self._day.now)
        vehicle.delay_min = max(vehicle.delay_min, self._now + repair - gone)
        return vehicle, left

    def _driving(self, run: Run, trips: list[list[Halt]]) -> Vehicle:
        load_min = Handling().load_minutes
        stated = self._asked.delays.get(run.load.number, 0)
        start = max(0.0, self._day.minute(run.leaves) - load_min)
        vehicle = Vehicle(run, trips, start)
        if not run.is_under_way:
            vehicle.start_min = max(start, self._now + 0.01)
            vehicle.delay_min = float(stated)
            return vehicle
        vehicle.start_min = min(start, self._now)
        left = self._behind(vehicle, vehicle.start_min + load_min, stated)
        self._homeward(vehicle, left, stated)
        return vehicle

    def _behind(self, vehicle: Vehicle, leaves: float, stated: int) -> float:
        """Enter the real times of halts that are done or ahead; return when the last was left."""
        before, at, since = str(self._day.plant["code"]), leaves, 0.0
        fixed = [halt for trip in vehicle.trips for halt in trip
                 if halt.why_fixed in {"driven", "ahead"}]  # fmt: skip
        for halt in fixed:
            arrived = max(at, self._arrival(halt, stated))
            hop = self._minutes(before, halt.key)
            driven, paused = _driven(hop, arrived - at, since)
            if paused:
                vehicle.pauses.add(halt.key)
            since = max(0.0, since + driven - (DRIVER["break_after_min"] if paused else 0))
            self._shorter[before, halt.key] = driven
            opens = max(arrived, self._day.minute(halt.opens)) if halt.arrived is None else arrived
            left = max(opens, self._departure(halt, opens, stated))
            self._windows[halt.key] = (opens, LATEST_MIN)
            self._service[halt.key] = left - opens
            before, at = halt.key, left
        return at

    def _arrival(self, halt: Halt, stated: int) -> float:
        if halt.arrived is not None:
            return self._day.minute(halt.arrived)
        if stated:
            return max(self._now, self._day.minute(halt.arrive) + stated)
        return self._day.minute(halt.expected or halt.arrive)

    def _departure(self, halt: Halt, begins: float, stated: int) -> float:
        if halt.departed is not None:
            return self._day.minute(halt.departed)
        planned = begins + halt.service / MINUTE
        if halt.arrived is None:
            return planned
        late = self._day.minute(halt.depart) + stated if stated else 0.0
        return max(self._now, planned, late)

    def _homeward(self, vehicle: Vehicle, left: float, stated: int) -> None:
        """Enter by how much a vehicle with nothing but the way home before it is late."""
        halts = [halt for trip in vehicle.trips for halt in trip]
        if any(not halt.why_fixed for halt in halts) or not halts:
            return
        delivery, last = vehicle.run.deliveries[len(vehicle.trips) - 1], halts[-1]
        if last.departed is None:
            return
        drive = self._matrix.hop(str(last.place["code"]), str(self._day.plant["code"])).minutes
        at = self._now
        if stated:
            at = max(at, self._day.minute(delivery.planned_arrival) + stated)
        elif delivery.eta and delivery.eta.get("p50"):
            at = max(at, self._day.minute(datetime.fromisoformat(delivery.eta["p50"])))
        vehicle.delay_min = max(0.0, at - left - drive)

    def _place(self, key: str) -> str:
        """Return the place of a halt or the plant."""
        return str(self._halts[key].place["code"]) if key in self._halts else key

    def _plant(self) -> dict[str, Any]:
        plant, told = self._day.plant, Handling()
        opens, closes = opening_of(plant).window(self._day.on)
        stops = [stop for run in self._runs for stop in run.deliveries]
        opens = min([opens, *(each.window_from for each in stops)])
        closes = max([closes, *(each.window_until for each in stops)])
        return {
            "id": plant["code"],
            "lat": plant["latitude"],
            "lon": plant["longitude"],
            "windows": [self._window(opens, closes)],
            "load_min": told.load_minutes,
            "unload_fixed_min": told.unload_minutes,
            "unload_per_pallet_min": told.unload_pallet_minutes,
            "stock_cost_per_pallet_day": 0.0,
        }

    def _window(self, opens: Any, closes: Any) -> list[float]:
        first = min(LATEST_MIN, max(0.0, self._day.minute(opens)))
        return [first, min(LATEST_MIN, max(first, self._day.minute(closes)))]

    def _supplier(self, halt: Halt) -> dict[str, Any]:
        window = self._windows.get(halt.key)
        return {
            "id": halt.key,
            "lat": halt.place["latitude"],
            "lon": halt.place["longitude"],
            "windows": [list(window) if window else self._window(halt.opens, halt.closes)],
            "service_fixed_min": self._service.get(halt.key, halt.service / MINUTE),
            "service_per_pallet_min": 0.0,
            "volume": {str(self._day.on.isoweekday()): load_document(self._amount(halt))},
            "empties_per_pallet": load_document(Amount()),
            "patterns": [[self._day.on.isoweekday()]],
            "allowed_vehicle_types": None,
        }

    def _amount(self, halt: Halt) -> Amount:
        amount = Amount(*(float(getattr(halt.amounts, n)) for n in ("kg", "m3", "pallets", "ldm")))
        pallets = self._asked.volumes.get(halt.key)
        if pallets is not None and amount.pallets:
            amount = amount.times(pallets / amount.pallets)
        return amount if amount.pallets else amount + Amount(pallets=LEAST_PALLETS)

    def _type(self, vehicle: Vehicle) -> dict[str, Any]:
        """Return a running vehicle as a type of its own; limits hold what was planned with it.

        The hire of a vehicle that a carrier has agreed to is spent: it does not count.
        """
        run, found = vehicle.run, vehicle_document(vehicle.run.vehicle)
        capacity = capacity_from(run.load.capacity)
        if capacity is not None:
            for name in ("kg", "m3", "pallets", "ldm"):
                limit = getattr(capacity, name)
                found["capacity"][name] = float(limit) if limit else found["capacity"][name]
        ends = self._day.minute(run.load.ends_at)
        return found | {
            "id": run.load.number,
            "count": 1,
            "fixed_per_day": found["fixed_per_day"] if run.load.state == LoadState.PLANNED else 0.0,
            "start_min": min(vehicle.start_min, LATEST_MIN),
            "end_min": min(LATEST_MIN, max(found["end_min"], ends, vehicle.start_min)),
            "max_duty_min": min(LATEST_MIN, max(found["max_duty_min"], ends - vehicle.start_min)),
            "max_km": None if found["max_km"] is None else
            max(found["max_km"], float(run.load.distance_km or 0)),
            "max_trips": max(found["max_trips"], len(vehicle.trips)),
        }  # fmt: skip

    def _fresh(self, vehicles: Iterable[Vehicle]) -> list[dict[str, Any]]:
        """Return vehicles that could still be hired today."""
        if self._asked.is_alone:
            return []
        used: dict[str, int] = {}
        for run in self._day.runs:
            used[run.vehicle.code] = used.get(run.vehicle.code, 0) + 1
        taken = {each.run.load.number for each in vehicles}
        rows = VehicleType.objects.filter(is_active=True, currency=self._runs[0].load.currency)
        found = []
        for row in rows.order_by("code"):
            count = row.count_per_day
            left = None if count is None else count - used.get(row.code, 0)
            if row.code not in taken and (left is None or left > 0):
                found.append(vehicle_document(row) | {"count": left})
        return found[:MOST_FRESH]

    def _tariff(self) -> DirectTable:
        """Return prices of direct shipments; a place without a tariff has none."""
        places = {str(h.place["code"]): h for h in self._halts.values() if h.why_fixed != "driven"}
        plant = self._day.plant
        lanes = [
            Lane(halt.place, self._matrix.hop(code, plant["code"]).km, self._amount(halt))
            for code, halt in places.items()
        ]
        pallets = max(float(run.vehicle.capacity_pallets) for run in self._runs)
        return direct_table(
            lanes, plant, on=self._day.on, currency=self._runs[0].load.currency,
            truck_pallets=pallets,
        )  # fmt: skip

    def _distances(self) -> dict[str, Any]:
        keys = [str(self._day.plant["code"]), *self._halts]
        return {
            "model": "matrix",
            "sites": keys,
            "km": [[_km(self._matrix, self._place(a), self._place(b)) for b in keys] for a in keys],
            "min": [[self._minutes(a, b) for b in keys] for a in keys],
        }

    def _minutes(self, origin: str, target: str) -> float:
        if (origin, target) in self._shorter:
            return self._shorter[origin, target]
        a, b = self._place(origin), self._place(target)
        return 0.0 if a == b else self._matrix.hop(a, b).minutes


def _driven(hop: float, gap: float, since: float) -> tuple[float, bool]:
    """Return the minutes at the wheel on a way that took ``gap``, and whether a break fell in.

    ``since`` are the minutes driven since the last break; where no break can have been taken, no
    more is counted than the driver may have driven.
    """
    most, pause = DRIVER["break_after_min"], DRIVER["break_min"]
    minutes = min(hop, max(0.0, gap))
    if since + minutes <= most:
        return minutes, False
    if gap >= pause:
        return min(hop, gap - pause), True
    return max(0.0, most - since), False


def _km(matrix: Matrix, origin: str, target: str) -> float:
    return 0.0 if origin == target else matrix.hop(origin, target).km
