"""One weekday's stops routed afresh by PyVRP: vehicle-days that the recombination may use.

PyVRP sees whole numbers: tenths of minutes, thousandths of money, the CO2 of a half-full truck in
the price of a km. It knows no breaks; what it proposes is priced again exactly, and what breaks a
rule then is dropped.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyvrp import (
    Activity,
    ActivityType,
    Client,
    Depot,
    Location,
    ProblemData,
    Route,
    Solution,
    VehicleType,
    solve,
)
from pyvrp.stop import MaxIterations, MaxRuntime, StoppingCriterion

from transport.engine.milkrun.model import Model
from transport.engine.milkrun.pricing import Pricing, Trips
from transport.engine.milkrun.problem import DriverRule
from transport.engine.milkrun.solution import DayRoute

TENTHS, MILLS, LOADS = 10, 1000, 100
FARTHEST_KM = 1e5
FORBIDDEN = 10**9


def has_single_windows(model: Model) -> bool:
    """Whether plant and suppliers have one window a day each, as the daily solver needs."""
    problem = model.problem
    windows = [problem.plant.windows, *(each.windows for each in problem.suppliers)]
    return all(len(each) == 1 for each in windows)


class Day:
    """A weekday in PyVRP's terms; only for suppliers and plants with one window each."""

    def __init__(self, pricing: Pricing, routes: list[DayRoute]) -> None:
        self._pricing, self._model, self._routes = pricing, pricing.model, routes
        self.numbers = [one for route in routes for trip in route.trips for one in trip]
        sites = [0, *(self._model.stops[number].supplier + 1 for number in self.numbers)]
        pick = np.ix_(sites, sites)
        self._km = np.array(self._model.km)[pick]
        self._minutes = np.array(self._model.minutes)[pick]
        np.fill_diagonal(self._km, 0.0)
        np.fill_diagonal(self._minutes, 0.0)
        durations: Any = np.ceil(self._minutes * TENTHS).astype(np.int64)
        prices: Any = [self._allowed_matrix(kind) for kind in range(len(pricing.rates))]
        self._data = ProblemData(
            locations=[Location(0, 0) for _site in sites],
            clients=[self._client(place) for place in range(len(self.numbers))],
            depots=[self._depot()],
            vehicle_types=[self._vehicle(kind) for kind in range(len(pricing.model.problem.fleet))],
            distance_matrices=prices,
            duration_matrices=[durations] * len(pricing.rates),
        )

    def _depot(self) -> Depot:
        """Return the plant; unloading's fixed part is counted with loading."""
        plant = self._model.problem.plant
        opens, closes = plant.windows[0]
        service = round((plant.load_min + plant.unload_fixed_min) * TENTHS)
        earliest = min(each.start_min for each in self._model.problem.fleet)
        return Depot(0, round(min(opens, earliest) * TENTHS), int(closes * TENTHS), service)

    def _client(self, place: int) -> Client:
        stop, plant = self._model.stops[self.numbers[place]], self._model.problem.plant
        opens, closes = stop.windows[0]
        service = stop.service_min + plant.unload_per_pallet_min * stop.load[2]
        return Client(
            location=place + 1,
            delivery=[round(part * LOADS) for part in stop.empties],
            pickup=[round(part * LOADS) for part in stop.load],
            service_duration=round(service * TENTHS),
            tw_early=round(opens * TENTHS),
            tw_late=int(closes * TENTHS),
        )

    def _price_matrix(self, kind: int) -> NDArray[np.int64]:
        """Return what each leg costs for a vehicle type, in thousandths: its distance here."""
        each, carbon = self._model.problem.fleet[kind], self._model.problem.co2_price_per_t / 1000
        mean = (each.co2e_kg_per_km_empty + each.co2e_kg_per_km_full) / 2
        return np.rint(self._km * (each.per_km + carbon * mean) * MILLS).astype(np.int64)

    def _allowed_matrix(self, kind: int) -> NDArray[np.int64]:
        """Return the price matrix, prohibitive towards suppliers where the type may not come."""
        matrix, each = self._price_matrix(kind), self._model.problem.fleet[kind]
        for place, number in enumerate(self.numbers, 1):
            supplier = self._model.problem.suppliers[self._model.stops[number].supplier]
            if not supplier.allows(each.id):
                matrix[:place, place] = matrix[place + 1 :, place] = FORBIDDEN
        return matrix

    def _vehicle(self, kind: int) -> VehicleType:
        each = self._model.problem.fleet[kind]
        driver = self._model.problem.driver
        pause = driver.break_min if driver and self._has_breaks(driver) else 0.0
        count = len(self.numbers) if each.count is None else min(each.count, len(self.numbers))
        return VehicleType(
            num_available=max(1, count),
            capacity=[int(part * LOADS) for part in each.capacity.parts()],
            fixed_cost=round(each.fixed_per_day * MILLS),
            tw_early=round(each.start_min * TENTHS),
            tw_late=int(each.end_min * TENTHS),
            shift_duration=int((each.max_duty_min - pause) * TENTHS),
            max_distance=self._reach(kind),
            unit_distance_cost=1,
            unit_duration_cost=round(each.per_hour / 60 / TENTHS * MILLS),
            profile=kind,
            reload_depots=[0] if each.max_trips > 1 else [],
            max_reloads=each.max_trips - 1,
        )

    def _has_breaks(self, driver: DriverRule) -> bool:
        """Whether some stop cannot be visited within the time to the first break."""
        return bool((self._minutes[0] + self._minutes[:, 0]).max() > driver.break_after_min)

    def _reach(self, kind: int) -> int:
        """Return the driver's minutes and the vehicle's km as a distance in these terms."""
        each, driver = self._model.problem.fleet[kind], self._model.problem.driver
        per_km = self._price_matrix(kind).sum() / max(1e-9, self._km.sum())
        km = FARTHEST_KM if each.max_km is None else each.max_km
        if driver is not None:
            minutes_per_km = self._minutes.sum() / max(1e-9, self._km.sum())
            km = min(km, driver.max_driving_min / max(1e-9, minutes_per_km))
        return int(km * per_km)

    def routed(self, *, seconds: float, iterations: int | None, seed: int) -> list[Trips]:
        """Return the vehicle-days of the best day found, as trips of stop numbers."""
        stop: StoppingCriterion
        stop = MaxRuntime(seconds) if iterations is None else MaxIterations(iterations)
        result = solve(
            self._data,
            stop,
            seed=seed,
            collect_stats=False,
            display=False,
            initial_solution=self._initial(),
        )
        found = []
        for route in result.best.routes():
            trips: list[list[int]] = [[]]
            for activity in route:
                if activity.is_client():
                    trips[-1].append(self.numbers[activity.idx])
                elif trips[-1]:
                    trips.append([])
            found.append(tuple(tuple(trip) for trip in trips if trip))
        return [trips for trips in found if trips and self._pricing.offers(trips)]

    def _initial(self) -> Solution:
        place = {number: at for at, number in enumerate(self.numbers)}
        routes = []
        for route in self._routes:
            activities = []
            for turn, trip in enumerate(route.trips):
                if turn:
                    activities.append(Activity(ActivityType.DEPOT, 0))
                activities += [Activity(ActivityType.CLIENT, place[number]) for number in trip]
            routes.append(Route(self._data, activities, route.vehicle))
        return Solution(self._data, routes)
