"""Recompute one vehicle-day from the problem, minute by minute and leg by leg."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from transport.engine.milkrun.measures import Ruler
from transport.engine.milkrun.plan import Route, Trip
from transport.engine.milkrun.problem import Load, Problem, Supplier, VehicleType, Window

MINUTE_TOLERANCE = 0.01
RELATIVE_TOLERANCE = 1e-5
MONEY_TOLERANCE = 0.02
DIMENSIONS = ("kg", "m3", "pallets", "ldm")


@dataclass(slots=True)
class RouteFigures:
    """What a vehicle-day comes to, and what is wrong with it in words."""

    km: float = 0.0
    kg_co2e: float = 0.0
    driving_min: float = 0.0
    start_min: float = 0.0
    end_min: float = 0.0
    plant_arrivals: list[float] = field(default_factory=list)
    stop_starts: dict[str, float] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def hours(self) -> float:
        """Return the hours paid."""
        return (self.end_min - self.start_min) / 60


def differs(reported: float, found: float, absolute: float = 0.0) -> bool:
    """Whether a reported figure is off by more than ``absolute`` plus 1e-5 of it."""
    return abs(reported - found) > absolute + RELATIVE_TOLERANCE * abs(found) + 1e-9


class RouteCheck:
    """Walk through a route with the clock, the load and the driver's minutes in hand."""

    def __init__(
        self,
        problem: Problem,
        ruler: Ruler,
        route: Route,
        vehicle: VehicleType,
        loads: Mapping[str, Load],
        *,
        lost: tuple[int, float] | None = None,
    ) -> None:
        self._problem, self._ruler, self._route = problem, ruler, route
        self._vehicle, self._loads = vehicle, loads
        self._suppliers = {each.id: each for each in problem.suppliers}
        self._name = f"{route.vehicle_type} {route.vehicle_index} on day {route.day}"
        self._clock, self._since_break = route.start_min, 0.0
        self._lost, self._legs = lost, 0  # minutes lost before a leg, by its number from 0
        self.figures = RouteFigures(start_min=route.start_min)

    def run(self) -> RouteFigures:
        """Return the figures of the whole vehicle-day."""
        if not 1 <= len(self._route.trips) <= self._vehicle.max_trips:
            self._wrong(f"{len(self._route.trips)} trips, allowed 1 to {self._vehicle.max_trips}")
        for trip in self._route.trips:
            self._trip(trip)
        self.figures.end_min = self._clock
        self._limits()
        self._reported()
        return self.figures

    def _wrong(self, what: str) -> None:
        self.figures.violations.append(f"{self._name}: {what}")

    def _trip(self, trip: Trip) -> None:
        plant, here = self._problem.plant, self._problem.plant.id
        if trip.start_min is not None:
            if trip.start_min < self._clock - MINUTE_TOLERANCE:
                self._wrong(f"trip starts {trip.start_min:.2f}, before {self._clock:.2f}")
            self._clock = max(self._clock, trip.start_min)
        if not trip.stops:
            self._wrong("a trip without stops")
        self._clock += plant.load_min
        suppliers = [self._suppliers[stop.supplier] for stop in trip.stops]
        picked = [self._loads.get(each.id, Load()) for each in suppliers]
        empties = [each.empties_per_pallet.times(load.pallets)
                   for each, load in zip(suppliers, picked, strict=True)]  # fmt: skip
        on_board = sum(empties, Load())
        for stop, supplier, load, empty in zip(trip.stops, suppliers, picked, empties, strict=True):
            self._leg(here, supplier.id, stop.break_min, on_board)
            self._same("arrives", supplier.id, stop.arrive, self._clock)
            self._clock = self._opening(supplier.windows, supplier.id)
            self._same("starts", supplier.id, stop.start, self._clock)
            self.figures.stop_starts[supplier.id] = self._clock
            self._clock += (
                supplier.service_fixed_min + supplier.service_per_pallet_min * load.pallets
            )  # fmt: skip
            self._same("departs", supplier.id, stop.depart, self._clock)
            on_board = on_board + empty.times(-1) + load
            here = supplier.id
            self._may_come(supplier)
        self._leg(here, plant.id, trip.break_min, on_board)
        self.figures.plant_arrivals.append(self._clock)
        self._clock = self._opening(plant.windows, plant.id)
        pallets = sum(load.pallets for load in picked)
        self._clock += plant.unload_fixed_min + plant.unload_per_pallet_min * pallets

    def _may_come(self, supplier: Supplier) -> None:
        if not supplier.allows(self._vehicle.id):
            self._wrong(f"this vehicle type may not go to {supplier.id}")

    def _leg(self, origin: str, target: str, pause: float, load: Load) -> None:
        km, minutes = self._ruler.km(origin, target), self._ruler.minutes(origin, target)
        if self._lost is not None and self._lost[0] == self._legs:
            self._clock += self._lost[1]
        self._legs += 1
        vehicle, figures = self._vehicle, self.figures
        fill = load.kg / vehicle.capacity.kg
        per_km = vehicle.co2e_kg_per_km_empty + fill * (
            vehicle.co2e_kg_per_km_full - vehicle.co2e_kg_per_km_empty
        )
        figures.km += km
        figures.kg_co2e += km * per_km
        figures.driving_min += minutes
        for name, part, most in zip(
            DIMENSIONS, load.parts(), vehicle.capacity.parts(), strict=True
        ):
            if part > most * (1 + 1e-9) + 1e-6:
                self._wrong(f"{part:.2f} {name} towards {target}, capacity {most:.2f}")
        self._drive(minutes, pause, target)
        self._clock += minutes + pause

    def _drive(self, minutes: float, pause: float, target: str) -> None:
        """Count the minutes since the last break, by rule (6)."""
        driver = self._problem.driver
        if driver is None:
            if pause:
                self._wrong(f"a break towards {target} without a driver's rule")
            return
        if pause and pause < driver.break_min - MINUTE_TOLERANCE:
            self._wrong(f"a break of {pause:.0f} min towards {target}, due {driver.break_min:.0f}")
        if pause:
            before = min(minutes, driver.break_after_min - self._since_break)
            self._since_break = minutes - before
        else:
            self._since_break += minutes
        if self._since_break > driver.break_after_min + MINUTE_TOLERANCE:
            self._wrong(f"{self._since_break:.1f} min driven without a break towards {target}")

    def _opening(self, windows: tuple[Window, ...], place: str) -> float:
        """Return when service can start: now, or when the next window opens."""
        for opens, closes in windows:
            if self._clock <= closes + MINUTE_TOLERANCE:
                return max(self._clock, opens)
        self._wrong(f"at {place} at {self._clock:.2f}, after the last window")
        return self._clock

    def _same(self, what: str, place: str, reported: float, found: float) -> None:
        if abs(reported - found) > MINUTE_TOLERANCE:
            self._wrong(f"{what} at {place} at {found:.2f}, reported {reported:.2f}")

    def _limits(self) -> None:
        vehicle, figures, driver = self._vehicle, self.figures, self._problem.driver
        if figures.start_min < vehicle.start_min - MINUTE_TOLERANCE:
            self._wrong(f"starts {figures.start_min:.2f}, before {vehicle.start_min:.2f}")
        if figures.end_min > vehicle.end_min + MINUTE_TOLERANCE:
            self._wrong(f"ends {figures.end_min:.2f}, after {vehicle.end_min:.2f}")
        duty = figures.end_min - figures.start_min
        if duty > vehicle.max_duty_min + MINUTE_TOLERANCE:
            self._wrong(f"{duty:.2f} min on duty, allowed {vehicle.max_duty_min:.2f}")
        if vehicle.max_km is not None and figures.km > vehicle.max_km + 1e-6:
            self._wrong(f"{figures.km:.2f} km, allowed {vehicle.max_km:.2f}")
        if driver and figures.driving_min > driver.max_driving_min + MINUTE_TOLERANCE:
            self._wrong(
                f"{figures.driving_min:.2f} min driving, allowed {driver.max_driving_min:.2f}"
            )

    def _reported(self) -> None:
        route, figures, vehicle = self._route, self.figures, self._vehicle
        cost = (
            vehicle.fixed_per_day
            + vehicle.per_km * figures.km
            + vehicle.per_hour * figures.hours()
            + self._problem.co2_price_per_t * figures.kg_co2e / 1000
        )
        for what, reported, found, absolute in (
            ("end", route.end_min, figures.end_min, MINUTE_TOLERANCE),
            ("km", route.km, figures.km, 1e-4),
            ("kg CO2e", route.kg_co2e, figures.kg_co2e, 1e-4),
            ("cost", route.cost, cost, MONEY_TOLERANCE),
        ):
            if differs(reported, found, absolute):
                self._wrong(f"{what} is {found:.4f}, reported {reported:.4f}")
