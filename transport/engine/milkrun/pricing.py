"""Price a vehicle-day exactly: trips of stop numbers in, the cheapest truck and its clock out."""

from dataclasses import dataclass
from typing import NamedTuple

from transport.engine.milkrun.model import Amount, Model
from transport.engine.milkrun.problem import Pin
from transport.engine.milkrun.schedule import Leg, Shift, Timing, end_of, fastest

Trip = tuple[int, ...]
Trips = tuple[Trip, ...]
MOST_PRICES = 400_000
BROKEN_PIN = 100_000.0
_FULL = 1e-9


@dataclass(slots=True)
class TripFigures:
    """What a trip is whatever truck drives it.

    ``able`` has a bit for each vehicle type that holds its load on every leg and may come;
    ``least_min`` is the time without waits and breaks.
    """

    km: float
    tonne_km: float
    goods: Amount
    drive_min: float
    least_min: float
    able: int
    legs: tuple[Leg, ...]


class Offer(NamedTuple):
    """A vehicle type that can do the day, and what it costs with CO2 and penalties."""

    cost: float
    vehicle: int


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What a vehicle-day is for one vehicle type: hire, CO2e and clock."""

    km: float
    kg_co2e: float
    timing: Timing
    fixed: float
    distance: float
    time: float


class Pricing:
    """Prices of vehicle-days, remembered."""

    def __init__(self, model: Model) -> None:
        self.model = model
        fleet, problem = model.problem.fleet, model.problem
        self.shifts = sorted({self._shift(place) for place in range(len(fleet))},
                             key=lambda s: (s.start_min, s.end_min, s.max_duty_min))  # fmt: skip
        self._by_shift = [
            [place for place in range(len(fleet)) if self._shift(place) == shift]
            for shift in self.shifts
        ]
        self._caps = [tuple(part * (1 + _FULL) for part in each.capacity.parts()) for each in fleet]
        self.largest = tuple(max(parts, default=0.0) for parts in zip(*self._caps, strict=True))
        self._stops = [
            (stop.supplier + 1, *stop.load, *stop.empties, self._may_come(stop.supplier))
            for stop in model.stops
        ]
        self._legs: dict[tuple[int, int], Leg] = {}
        driver = problem.driver
        self._most_driving = driver.max_driving_min + _FULL if driver else float("inf")
        self._most_duty = max((each.max_duty_min for each in fleet), default=0.0) + _FULL
        co2 = problem.co2_price_per_t / 1000
        self.rates = [
            (
                each.fixed_per_day,
                each.per_km + co2 * each.co2e_kg_per_km_empty,
                each.per_hour,
                co2 * (each.co2e_kg_per_km_full - each.co2e_kg_per_km_empty) / each.capacity.kg,
            )
            for each in fleet
        ]
        self.most_trips = max((each.max_trips for each in fleet), default=0)
        self._offers: dict[Trips, tuple[Offer, ...]] = {}
        self._trips: dict[Trip, TripFigures] = {}

    def _shift(self, vehicle: int) -> Shift:
        each = self.model.problem.fleet[vehicle]
        return Shift(each.start_min, each.end_min, each.max_duty_min)

    def _may_come(self, supplier: int) -> int:
        """Return a bit for each vehicle type allowed at a supplier."""
        one = self.model.problem.suppliers[supplier]
        return sum(
            1 << at for at, each in enumerate(self.model.problem.fleet) if one.allows(each.id)
        )

    def offers(self, trips: Trips) -> tuple[Offer, ...]:
        """Return the vehicle types that can do these trips in a day, the cheapest first."""
        found = self._offers.get(trips)
        if found is None:
            if len(self._offers) > MOST_PRICES:
                self._offers.clear()
                self._trips.clear()
            found = self._offers[trips] = self._priced(trips)
        return found

    def trip(self, trip: Trip) -> TripFigures:
        """Return the figures of a trip."""
        found = self._trips.get(trip)
        if found is None:
            found = self._trips[trip] = self._walk(trip)
        return found

    def _walk(self, trip: Trip) -> TripFigures:
        """Walk along a trip with the load of each leg in hand."""
        stops = [self._stops[number] for number in trip]
        plant, km_rows = self.model.problem.plant, self.model.km
        kg = m3 = pallets = ldm = 0.0
        for stop in stops:
            kg, m3, pallets, ldm = kg + stop[5], m3 + stop[6], pallets + stop[7], ldm + stop[8]
        most_kg, most_m3, most_pallets, most_ldm = kg, m3, pallets, ldm
        km = tonne_km = goods = 0.0
        here, able, legs = 0, -1, []
        for number, stop in zip(trip, stops, strict=True):
            leg = km_rows[here][stop[0]]
            km += leg
            tonne_km += leg * kg
            legs.append(self._legs.get((here, number)) or self._leg(here, number))
            kg += stop[1] - stop[5]
            m3 += stop[2] - stop[6]
            pallets += stop[3] - stop[7]
            ldm += stop[4] - stop[8]
            most_kg = kg if kg > most_kg else most_kg  # noqa: FURB136  # max() is slower
            most_m3 = m3 if m3 > most_m3 else most_m3  # noqa: FURB136
            most_pallets = pallets if pallets > most_pallets else most_pallets  # noqa: FURB136
            most_ldm = ldm if ldm > most_ldm else most_ldm  # noqa: FURB136
            goods += stop[3]
            here = stop[0]
            able &= stop[9]
        km += km_rows[here][0]
        tonne_km += km_rows[here][0] * kg
        unload = plant.unload_fixed_min + plant.unload_per_pallet_min * goods
        legs.append(Leg(0.0, self.model.minutes[here][0], plant.windows, unload))
        for at, caps in enumerate(self._caps):
            if (
                most_kg > caps[0] or most_m3 > caps[1]
                or most_pallets > caps[2] or most_ldm > caps[3]
            ):  # fmt: skip
                able &= ~(1 << at)
        drive_min = sum([leg[1] for leg in legs])
        least_min = drive_min + sum([leg[0] + leg[3] for leg in legs])
        goods_now = (kg, m3, pallets, ldm)
        return TripFigures(km, tonne_km, goods_now, drive_min, least_min, able, tuple(legs))

    def _leg(self, here: int, number: int) -> Leg:
        """Return the leg to a stop, remembered; loading comes before the first one."""
        stop = self.model.stops[number]
        before = 0.0 if here else self.model.problem.plant.load_min
        minutes = self.model.minutes[here][stop.supplier + 1]
        leg = Leg(before, minutes, stop.windows, stop.service_min)
        self._legs[here, number] = leg
        return leg

    def _priced(self, trips: Trips) -> tuple[Offer, ...]:
        figures = [self.trip(trip) for trip in trips]
        able, km, tonne_km, drive_min, least_min = -1, 0.0, 0.0, 0.0, 0.0
        for trip in figures:
            able &= trip.able
            drive_min += trip.drive_min
            least_min += trip.least_min
            km += trip.km
            tonne_km += trip.tonne_km
        if not able or drive_min > self._most_driving or least_min > self._most_duty:
            return ()
        vehicles = self._able(able, len(trips), km)
        if not vehicles or (self.model.forbidden and self._quarrels(trips)):
            return ()
        legs = figures[0].legs
        for trip in figures[1:]:
            legs += trip.legs
        found: list[Offer] = []
        for shift, of_shift in zip(self.shifts, self._by_shift, strict=True):
            chosen = [each for each in of_shift if each in vehicles]
            timing = fastest(legs, shift, self.model.problem.driver) if chosen else None
            if timing is None:
                continue
            hours = (timing.end_min - timing.start_min) / 60
            penalty = self.penalties(trips, legs, timing)
            for vehicle in chosen:
                fixed, per_km, per_hour, per_tonne_km = self.rates[vehicle]
                cost = fixed + per_km * km + per_hour * hours + per_tonne_km * tonne_km + penalty
                found.append(Offer(cost + self._pins(trips, vehicle), vehicle))
        found.sort(key=lambda offer: (offer.cost, offer.vehicle))
        return tuple(found)

    def _able(self, able: int, n_trips: int, km: float) -> list[int]:
        """Return the vehicle types among the bits that may drive so often and so far."""
        return [
            at
            for at, each in enumerate(self.model.problem.fleet)
            if able >> at & 1
            and n_trips <= each.max_trips
            and (each.max_km is None or km <= each.max_km + _FULL)
        ]

    def _quarrels(self, trips: Trips) -> bool:
        """Whether two suppliers share a trip that must not."""
        on_trips = [{self.model.stops[number].supplier for number in trip} for trip in trips]
        return any(pair <= trip for trip in on_trips for pair in self.model.forbidden)

    def day(self, trips: Trips, vehicle: int) -> DayFigures:
        """Return the figures of a vehicle-day that has an offer of that type."""
        figures = [self.trip(trip) for trip in trips]
        legs = tuple(leg for trip in figures for leg in trip.legs)
        timing = fastest(legs, self._shift(vehicle), self.model.problem.driver)
        if timing is None:
            raise ValueError(f"expected trips with a timing, got {trips}")
        return self._figures(vehicle, figures, sum(trip.km for trip in figures), timing)

    def paid(self, trips: Trips, vehicle: int, start_min: float | None = None) -> float:
        """Return hire and CO2 price of a vehicle-day, from its fastest start or from another."""
        figures = self.day(trips, vehicle)
        time = figures.time
        if start_min is not None:
            legs = tuple(leg for trip in trips for leg in self.trip(trip).legs)
            driver = self.model.problem.driver
            pause = driver.break_min if driver else 0.0
            end = end_of(legs, start_min, figures.timing.breaks, pause)
            if end is not None:
                time = self.model.problem.fleet[vehicle].per_hour * (end - start_min) / 60
        carbon = self.model.problem.co2_price_per_t * figures.kg_co2e / 1000
        return figures.fixed + figures.distance + time + carbon

    def _figures(
        self, vehicle: int, figures: list[TripFigures], km: float, timing: Timing
    ) -> DayFigures:
        each = self.model.problem.fleet[vehicle]
        more = each.co2e_kg_per_km_full - each.co2e_kg_per_km_empty
        load_km = sum(trip.tonne_km for trip in figures)
        kg_co2e = km * each.co2e_kg_per_km_empty + more * load_km / each.capacity.kg
        return DayFigures(
            km=km,
            kg_co2e=kg_co2e,
            timing=timing,
            fixed=each.fixed_per_day,
            distance=each.per_km * km,
            time=each.per_hour * (timing.end_min - timing.start_min) / 60,
        )

    def penalties(self, trips: Trips, legs: tuple[Leg, ...], timing: Timing) -> float:
        """Return the price of stops that were published otherwise or not at all."""
        model = self.model
        if not model.penalty:
            return 0.0
        starts = self.stop_starts(trips, legs, timing)
        changed = 0
        for number, start in starts.items():
            told = model.stops[number].told_min
            changed += told is None or abs(told - start) > model.tolerance
        return changed * model.penalty

    def stop_starts(self, trips: Trips, legs: tuple[Leg, ...], timing: Timing) -> dict[int, float]:
        """Return when service starts, by stop [min]."""
        driver = self.model.problem.driver
        pause = driver.break_min if driver else 0.0
        found, place = {}, 0
        for trip in trips:
            for number in trip:
                place += 1
                end = end_of(legs[:place], timing.start_min, timing.breaks, pause)
                if end is not None:
                    found[number] = end - legs[place - 1].service_min
            place += 1
        return found

    def _pins(self, trips: Trips, vehicle: int) -> float:
        """Return a prohibitive price per pin that a route breaks: vehicle, trip, position."""
        broken = 0
        for trip_number, trip in enumerate(trips, 1):
            for position, number in enumerate(trip, 1):
                for pin in self.model.stops[number].pins:
                    broken += self._breaks(pin, vehicle, trip_number, position)
                    broken += self._apart(pin, trips)
        return broken * BROKEN_PIN

    def _apart(self, pin: Pin, trips: Trips) -> int:
        """Count the suppliers pinned to the same vehicle that are not on it, or to another one."""
        if pin.vehicle_index is None:
            return 0
        stops = self.model.stops
        here = {stops[number].supplier for trip in trips for number in trip}
        wrong = 0
        for other in self.model.options.pins:
            if other.day != pin.day or other.vehicle_index is None:
                continue
            same = (other.vehicle_type, other.vehicle_index) == (
                pin.vehicle_type,
                pin.vehicle_index,
            )
            wrong += (self.model.number[other.supplier] in here) != same
        return wrong

    def _breaks(self, pin: Pin, vehicle: int, trip: int, position: int) -> bool:
        name = self.model.problem.fleet[vehicle].id
        return (
            (pin.vehicle_type is not None and pin.vehicle_type != name)
            or (pin.trip is not None and pin.trip != trip)
            or (pin.position is not None and pin.position != position)
        )
