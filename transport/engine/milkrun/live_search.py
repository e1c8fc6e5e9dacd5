"""Search the rest of a day: stops that may still move, taken out and put back."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from transport.engine.milkrun.building import timed
from transport.engine.milkrun.live_day import DayPlan, LiveDay, Vehicle, problem_of_day
from transport.engine.milkrun.model import Model
from transport.engine.milkrun.plan import Conflict, Route, Trip
from transport.engine.milkrun.pricing import Pricing, Trips
from transport.engine.milkrun.problem import Load, Options, Problem
from transport.engine.milkrun.schedule import Leg
from transport.engine.milkrun.solution import without

TOLERANCE_MIN = 15.0
MOST_MOVED = 6
DIRECT_NOTICE_MIN = 60.0
"""Until a vehicle that is called now stands at a supplier's door."""
VehicleId = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Lateness:
    """When goods are due at the plant [min], by supplier, and what a minute later is worth."""

    due: Mapping[str, float] = field(default_factory=dict)
    price_per_min: float = 0.0


@dataclass(slots=True)
class State:
    """Trips by vehicle, in the order of the vehicles; who is sent direct; the price of it all."""

    trips: list[Trips]
    direct: frozenset[int]
    price: float = 0.0

    def copy(self) -> "State":
        return State(self.trips[:], self.direct, self.price)


class LiveSearch:
    """The day's vehicles and stops, and the search over them."""

    def __init__(
        self,
        problem: Problem,
        day_plan: DayPlan,
        loads: Mapping[str, Load],
        *,
        now_min: float,
        staying: set[str],
        delays: Mapping[VehicleId, float],
        penalty: float,
        lateness: Lateness | None = None,
    ) -> None:
        self._penalty, self._now_min = penalty, now_min
        self._lateness = lateness or Lateness()
        self.problem = problem_of_day(problem, day_plan.day, loads)
        self.model = Model(self.problem, Options())
        self.live = LiveDay(Pricing(self.model), now_min)
        self.number = {
            name: way.stops[0]
            for name, place in self.model.number.items()
            for way in self.model.ways[place]
            if way.mode == "milkrun" and way.stops
        }
        self.direct = {
            self.number[name]: min(
                (way.own_cost for way in self.model.ways[place] if way.mode == "direct"),
                default=None,
            )
            for name, place in self.model.number.items()
            if name in self.number
        }
        self.told = {
            self.number[stop.supplier]: (at, stop.start)
            for at, route in enumerate(day_plan.routes)
            for trip in route.trips
            for stop in trip.stops
        }
        self.vehicles = [
            self._vehicle(route, now_min, staying, delays) for route in day_plan.routes
        ]
        self._add_fresh(now_min)

    def _vehicle(
        self, route: Route, now_min: float, staying: set[str], delays: Mapping[VehicleId, float]
    ) -> Vehicle:
        kinds = [each.id for each in self.problem.fleet]
        stops = [stop.supplier for trip in route.trips for stop in trip.stops]
        done = max((place + 1 for place, name in enumerate(stops) if name in staying), default=0)
        started = done > 0 or route.start_min <= now_min
        delay = delays.get((route.vehicle_type, route.vehicle_index), 0.0)
        paused, leg = set(), 0
        for trip in route.trips:
            for pause in (*(stop.break_min for stop in trip.stops), trip.break_min):
                paused |= {leg} if pause else set()
                leg += 1
        vehicle = Vehicle(
            kind=kinds.index(route.vehicle_type),
            index=route.vehicle_index,
            trips=tuple(tuple(self.number[s.supplier] for s in t.stops) for t in route.trips),
            done=done,
            start_min=route.start_min if started else None,
            earliest_min=max(now_min, route.start_min + delay if delay else 0.0),
            delay_min=delay,
        )
        trip_number, position = vehicle.fixed()
        first = sum(len(each) + 1 for each in vehicle.trips[:trip_number]) + position
        return replace(vehicle, breaks=frozenset(one for one in paused if one < first))

    def _add_fresh(self, now_min: float) -> None:
        """Add one vehicle of each type that is still free, for stops nobody else can take."""
        for kind, each in enumerate(self.problem.fleet):
            used = {one.index for one in self.vehicles if one.kind == kind}
            if each.count is None or len(used) < each.count:
                index = next(n for n in range(1, len(used) + 2) if n not in used)
                self.vehicles.append(Vehicle(kind, index, (), 0, None, now_min))

    def start(self, urgent: set[str]) -> State | Conflict:
        """Return the day as planned with the delays, or what stays and cannot be kept.

        What no longer fits, and what is urgent, is inserted where it costs least.
        """
        state, loose = State([], frozenset()), []
        for vehicle in self.vehicles:
            trips, order = vehicle.trips, [one for trip in vehicle.trips for one in trip]
            while trips and self.live.drive(vehicle, trips) is None:
                if len(order) <= vehicle.done:
                    names = tuple(self.name(one) for one in order)
                    kind = self.problem.fleet[vehicle.kind].id
                    return Conflict(
                        names, f"{kind} {vehicle.index} cannot keep the stops that stay"
                    )
                loose.append(order.pop())
                trips = without(trips, loose[-1])
            state.trips.append(trips)
        loose += [self.number[name] for name in sorted(urgent) if name in self.number]
        for number in loose:
            if not self._insert(state, number):
                return Conflict((self.name(number),), "no vehicle can come and no tariff reaches")
        state.price = self._price(state)
        return state

    def search(self, start: State, rng: Random, deadline: float, iterations: int | None) -> State:
        """Return the best day found by taking stops out and putting them back."""
        best, current, step = start, start, 0
        movable = sorted({one for trips in start.trips for trip in trips for one in trip}
                         | start.direct - self.staying())  # fmt: skip
        movable = [one for one in movable if one not in self.staying()]
        while movable and (
            step < iterations if iterations is not None else time.monotonic() < deadline
        ):
            step += 1
            state = current.copy()
            moved = rng.sample(movable, min(len(movable), rng.randint(1, MOST_MOVED)))
            if not all(self._take_out(state, one) for one in moved):
                continue
            if not all(self._insert(state, one) for one in moved):
                continue
            state.price = self._price(state)
            if state.price <= current.price + 1e-9 or rng.random() < 0.01:
                current = state
            if state.price < best.price - 1e-9:
                best = state
        return best

    def staying(self) -> set[int]:
        return {
            one
            for vehicle in self.vehicles
            for one in [stop for trip in vehicle.trips for stop in trip][: vehicle.done]
        }

    def _take_out(self, state: State, number: int) -> bool:
        state.direct -= {number}
        for at, trips in enumerate(state.trips):
            if any(number in trip for trip in trips):
                left = without(trips, number)
                state.trips[at] = left
                if not left:
                    return self.vehicles[at].start_min is None
                return self.live.drive(self.vehicles[at], left) is not None
        return True

    def _insert(self, state: State, number: int) -> bool:
        """Put a stop where it adds least, the price of changes included; False if nowhere."""
        price = self._direct_price(number)
        best = price
        place: tuple[int, Trips] | None = None
        for at, vehicle in enumerate(self.vehicles):
            before = self._vehicle_price(at, state.trips[at])
            for trips in self._candidates(vehicle, state.trips[at], number):
                after = self._vehicle_price(at, trips)
                if after is None or before is None:
                    continue
                if best is None or after - before < best - 1e-9:
                    best, place = after - before, (at, trips)
        if place is not None:
            state.trips[place[0]] = place[1]
        elif best is not None:
            state.direct |= {number}
        return best is not None

    @staticmethod
    def _candidates(vehicle: Vehicle, trips: Trips, number: int) -> list[Trips]:
        """Return the trips with a stop at each place that may still change."""
        if vehicle.is_closed:
            return []
        trip_number, position = vehicle.fixed()
        found = [
            (*trips[:at], (*trip[:place], number, *trip[place:]), *trips[at + 1 :])
            for at, trip in enumerate(trips)
            if at >= trip_number
            for place in range(position if at == trip_number else 0, len(trip) + 1)
        ]
        return [*found, (*trips, (number,))]

    def _vehicle_price(self, at: int, trips: Trips) -> float | None:
        """Return cost and penalties of a vehicle; None if it cannot drive these trips."""
        vehicle = self.vehicles[at]
        if not trips:
            return 0.0 if vehicle.start_min is None else None
        drive = self.live.drive(vehicle, trips)
        if drive is None:
            return None
        made, _end = timed(self.model, trips, drive.legs, drive.timing)
        changed = 0
        for trip in made:
            for stop in trip.stops:
                told = self.told.get(self.number[stop.supplier])
                if told is not None:
                    changed += told[0] != at or abs(told[1] - stop.start) > TOLERANCE_MIN
        late = sum(
            self._late(name, at_plant) for name, at_plant in self.arrivals(made, drive.legs).items()
        )
        return drive.cost + changed * self._penalty + late

    def arrivals(self, trips: Sequence[Trip], legs: Sequence[Leg]) -> dict[str, float]:
        """Return when each supplier's goods reach the plant [min]; ``legs`` of all trips."""
        found: dict[str, float] = {}
        place = 0
        for trip in trips:
            place += len(trip.stops)
            home = legs[place]
            at = trip.stops[-1].depart + home.before_min + home.drive_min + trip.break_min
            found |= {stop.supplier: at for stop in trip.stops}
            place += 1
        return found

    def direct_arrival(self, number: int) -> float:
        """Return when goods sent direct from now on reach the plant [min]."""
        stop = self.model.stops[number]
        ready = self._now_min + DIRECT_NOTICE_MIN
        opens = next((max(a, ready) for a, b in stop.windows if ready <= b), ready)
        return opens + stop.service_min + self.model.minutes[stop.supplier + 1][0]

    def _direct_price(self, number: int) -> float | None:
        """Return price, penalty and lateness of a direct shipment; None without a tariff."""
        price = self.direct[number]
        if price is None:
            return None
        return price + self._penalty + self._late(self.name(number), self.direct_arrival(number))

    def _late(self, name: str, at: float) -> float:
        due = self._lateness.due.get(name)
        return 0.0 if due is None else max(0.0, at - due) * self._lateness.price_per_min

    def _price(self, state: State) -> float:
        prices = [self._vehicle_price(at, trips) for at, trips in enumerate(state.trips)]
        sent = [self._direct_price(one) for one in state.direct]
        return sum(each for each in (*prices, *sent) if each is not None)

    def name(self, number: int) -> str:
        return self.problem.suppliers[self.model.stops[number].supplier].id
