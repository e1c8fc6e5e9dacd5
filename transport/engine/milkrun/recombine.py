"""The best week that vehicle-days already seen can form: patterns, ways and routes at once.

A set partition solved by CP-SAT: every pick-up of a chosen pattern is on exactly one chosen
vehicle-day. Prices are exact, so the answer is never worse than the week it starts from.
"""

from collections import defaultdict
from collections.abc import Sequence

from ortools.sat.python import cp_model

from transport.engine.milkrun.pricing import Pricing, Trips
from transport.engine.milkrun.solution import UNDECIDED, DayRoute, Solution

CENTS = 100
TYPES_OFFERED = 2
DETERMINISTIC_PER_SECOND = 1.0


class Recombination:
    """One set partition over a pool of vehicle-days."""

    def __init__(self, pricing: Pricing, pool: Sequence[Trips], best: Solution) -> None:
        self._pricing, self._model, self._best = pricing, pricing.model, best
        self._sat = cp_model.CpModel()
        self._routes: list[tuple[int, DayRoute, cp_model.IntVar]] = []
        self._ways: dict[tuple[int, int], cp_model.IntVar] = {}
        self._costs: list[tuple[int, cp_model.IntVar]] = []
        own = {(day, route.trips): route for day, routes in enumerate(best.routes)
               for route in routes}  # fmt: skip
        for trips in dict.fromkeys([*(route.trips for route in own.values()), *pool]):
            self._add_route(trips, own)
        self._cover()
        self._fleet()
        self._linehauls()
        self._sat.minimize(sum(cost * var for cost, var in self._costs))

    def _add_route(self, trips: Trips, own: dict[tuple[int, Trips], DayRoute]) -> None:
        day = self._model.stops[trips[0][0]].day
        used = own.get((day, trips))
        offers = self._pricing.offers(trips)
        for place, offer in enumerate(offers):
            if place >= TYPES_OFFERED and (used is None or used.vehicle != offer.vehicle):
                continue
            var = self._sat.new_bool_var("")
            self._sat.add_hint(var, used is not None and used.vehicle == offer.vehicle)
            self._routes.append((day, DayRoute(trips, offer.vehicle, offer.cost), var))
            self._costs.append((round(offer.cost * CENTS), var))
            if self._model.problem.fleet[offer.vehicle].count is None:
                break

    def _cover(self) -> None:
        """Tie the vehicle-days to the ways: each pick-up of a chosen way is on one of them."""
        covering: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for _day, route, var in self._routes:
            for trip in route.trips:
                for number in trip:
                    covering[number].append(var)
        wanted: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for supplier in self._model.active:
            chosen = []
            for place, way in enumerate(self._model.ways[supplier]):
                if not all(number in covering for number in way.stops):
                    continue
                var = self._sat.new_bool_var("")
                self._sat.add_hint(var, self._best.ways[supplier] == place)
                self._ways[supplier, place] = var
                self._costs.append((round(way.own_cost * CENTS), var))
                chosen.append(var)
                for number in way.stops:
                    wanted[number].append(var)
            self._sat.add_exactly_one(chosen)
        for number, vars_ in covering.items():
            self._sat.add(sum(vars_) == sum(wanted[number]))

    def _fleet(self) -> None:
        hired: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        for day, route, var in self._routes:
            hired[day, route.vehicle].append(var)
        for (_day, vehicle), vars_ in hired.items():
            count = self._model.problem.fleet[vehicle].count
            if count is not None:
                self._sat.add(sum(vars_) <= count)

    def _linehauls(self) -> None:
        """Share the line-haul trucks of each hub and day."""
        loads: dict[tuple[int, int], list[tuple[int, cp_model.IntVar]]] = defaultdict(list)
        for (supplier, place), var in self._ways.items():
            way = self._model.ways[supplier][place]
            for day, pallets in way.hub_pallets:
                loads[way.hub, day].append((round(pallets * 1000), var))
        for (hub, _day), parts in loads.items():
            each = self._model.options.cross_docks[hub]
            trucks = self._sat.new_int_var(0, len(parts) * 1000, "")
            self._sat.add(sum(a * v for a, v in parts) <= round(each.truck_pallets * 1000) * trucks)
            self._costs.append((round(each.linehaul_per_truck * CENTS), trucks))

    def solve(self, *, seconds: float, workers: int, seed: int, repeatable: bool) -> Solution:
        """Return the best week found, or the one it started from."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1 if repeatable else workers
        solver.parameters.random_seed = seed
        if repeatable:
            solver.parameters.max_deterministic_time = seconds * DETERMINISTIC_PER_SECOND
        else:
            solver.parameters.max_time_in_seconds = seconds
        if solver.solve(self._sat) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return self._best
        found = Solution.empty(self._model)
        for (supplier, place), var in self._ways.items():
            if solver.value(var):
                found.ways[supplier] = place
        for day, route, var in self._routes:
            if solver.value(var):
                found.routes[day].append(route)
        complete = all(found.ways[supplier] != UNDECIDED for supplier in self._model.active)
        found.recount(self._model)
        return found if complete and found.cost < self._best.cost - 1e-6 else self._best
