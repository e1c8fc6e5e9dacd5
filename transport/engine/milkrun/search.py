"""Ruin and recreate across the whole week: patterns, ways, trucks and sequences move together."""

import math
import time
from collections.abc import Callable, Sequence
from random import Random

from transport.engine.milkrun.daily import Day, has_single_windows
from transport.engine.milkrun.insertion import Inserter
from transport.engine.milkrun.pricing import Pricing, Trips
from transport.engine.milkrun.solution import UNDECIDED, DayRoute, Solution

WARM, COLD = 0.03, 0.001
MOST_REMOVED = 8
NOISE = 0.03
AVERSION = 2.0
KEPT = 1.02


class Search:
    """One thread of search with its own random numbers and its own memory of prices."""

    def __init__(self, pricing: Pricing, seed: int) -> None:
        self.pricing, self.model = pricing, pricing.model
        self.inserter, self.rng = Inserter(pricing), Random(seed)  # noqa: S311
        self.pool: dict[Trips, None] = {}
        self._pallets = [
            sum(each.pallets for each in one.volume.values())
            for one in self.model.problem.suppliers
        ]
        self._neighbours = {one: self._nearest(one) for one in self.model.active}

    def _nearest(self, supplier: int) -> list[int]:
        """Return the suppliers with volume by the way there and back, itself first."""
        km, site = self.model.km, supplier + 1
        return sorted(
            self.model.active,
            key=lambda other: (other != supplier, km[site][other + 1] + km[other + 1][site]),
        )

    def start(self, aversion: float = 1.0) -> Solution | None:
        """Return a first week: suppliers one by one, the far ones first; None if one has no way.

        With ``aversion`` to direct shipments there are milk runs for others to join.
        """
        solution, km = Solution.empty(self.model), self.model.km
        for supplier in sorted(self.model.active, key=lambda s: -km[s + 1][0]):
            if not self.inserter.insert(solution, supplier, self.rng, aversion=aversion):
                return None
        solution.recount(self.model)
        return solution

    def run(
        self,
        start: Solution,
        *,
        warmth: Callable[[], float | None],
        improved: Callable[[Solution], None] | None = None,
    ) -> Solution:
        """Return the best week found from ``start``.

        ``warmth`` is asked before every step: 1 at the start of the whole search to 0 at its
        end, None to stop.
        """
        best = current = start
        self.remember(start)
        scale = WARM * self._typical_route(start)
        while (share := warmth()) is not None:
            step = self._step(current)
            if step is None:
                continue
            if step.cost < KEPT * best.cost:
                self.remember(step)
            limit = scale * math.pow(COLD / WARM, 1 - share)
            if step.cost < current.cost - limit * math.log(max(1e-12, self.rng.random())):
                current = step
                if step.cost < best.cost - 1e-6:
                    best = step
                    if improved is not None:
                        improved(step)
        best.recount(self.model)
        return best

    def polished(
        self, solution: Solution, days: Sequence[int], seconds: float, rounds: int | None = None
    ) -> Solution:
        """Return the week with these days routed afresh where that is cheaper.

        ``seconds`` or ``rounds`` of the daily solver are spent on each day; patterns stay.
        """
        if not has_single_windows(self.model):
            return solution
        for day in days:
            if sum(len(trip) for route in solution.routes[day] for trip in route.trips) < 2:
                continue
            found = Day(self.pricing, solution.routes[day]).routed(
                seconds=seconds, iterations=rounds, seed=self.rng.randrange(2**31)
            )
            rerouted = self._rerouted(solution, day, found)
            if rerouted is not None and rerouted.cost < solution.cost - 1e-6:
                solution = rerouted
                self.remember(solution)
        return solution

    def _rerouted(self, solution: Solution, day: int, found: list[Trips]) -> Solution | None:
        """Return the week with other trips on a day; stops that lack one are inserted."""
        stops = {one for route in solution.routes[day] for trip in route.trips for one in trip}
        new = solution.copy()
        new.cost -= sum(route.cost for route in new.routes[day])
        new.routes[day] = []
        for trips in found:
            offer = new.affordable(self.model, day, self.pricing.offers(trips))
            if offer is None:
                continue
            new.routes[day].append(DayRoute(trips, offer.vehicle, offer.cost))
            new.cost += offer.cost
            stops -= {one for trip in trips for one in trip}
        for number in sorted(stops):
            place = self.inserter.place(new, number)
            if place is None:
                return None
            self.inserter.put(new, day, place)
        return new

    @staticmethod
    def _typical_route(solution: Solution) -> float:
        """Return the mean cost of a vehicle-day, or of the week where there is none."""
        costs = [route.cost for routes in solution.routes for route in routes]
        return sum(costs) / len(costs) if costs else solution.cost

    def remember(self, solution: Solution) -> None:
        """Keep the routes of a week for the recombination."""
        for routes in solution.routes:
            for route in routes:
                self.pool[route.trips] = None

    def _step(self, current: Solution) -> Solution | None:
        """Return a week with some suppliers taken out and put back elsewhere."""
        rng, solution = self.rng, current.copy()
        if rng.random() < 0.35:
            return self._one_day(solution)
        chosen = self._victims(solution)
        gone: list[int] = []
        for supplier in chosen:
            if solution.ways[supplier] != UNDECIDED:
                gone += [one for one in solution.remove(self.pricing, supplier) if one not in gone]
        self._order(gone)
        noise = NOISE if rng.random() < 0.5 else 0.0
        # Now and then neighbours start a milk run together that none would start alone.
        aversion = AVERSION if rng.random() < 0.15 else 1.0
        for supplier in gone:
            if not self.inserter.insert(solution, supplier, rng, noise=noise, aversion=aversion):
                return None
        if self.model.options.cross_docks:
            solution.recount(self.model)
        return solution

    def _victims(self, solution: Solution) -> list[int]:
        """Choose suppliers to move: neighbours of one, or all of some vehicle-day."""
        rng, active = self.rng, self.model.active
        count = min(len(active), rng.randint(1, min(MOST_REMOVED, max(2, len(active) // 3))))
        routes = [route for routes in solution.routes for route in routes]
        kind = rng.random()
        if kind < 0.3 and routes:
            route = rng.choice(routes)
            found = [self.model.stops[one].supplier for trip in route.trips for one in trip]
            near = self._neighbours[found[0]]
            extra = rng.randint(0, 4)
            found += [one for one in near[: 3 * extra] if one not in found][:extra]
            return found
        if kind < 0.4:
            return rng.sample(active, count)
        near = self._neighbours[rng.choice(active)]
        found, reach = [], 0
        while len(found) < count and reach < len(near):
            if rng.random() < 0.7:
                found.append(near[reach])
            reach += 1
        return found

    def _order(self, gone: list[int]) -> None:
        rng, km = self.rng, self.model.km
        rng.shuffle(gone)
        kind = rng.random()
        if kind < 0.3:
            gone.sort(key=lambda s: -km[s + 1][0])
        elif kind < 0.5:
            gone.sort(key=lambda s: km[s + 1][0])
        elif kind < 0.7:
            gone.sort(key=lambda s: -self._pallets[s])

    def _one_day(self, solution: Solution) -> Solution | None:
        """Take stops of one day out and put them back on that day."""
        rng = self.rng
        day = rng.randrange(len(self.model.days))
        stops = [one for route in solution.routes[day] for trip in route.trips for one in trip]
        if not stops:
            return None
        centre = self.model.stops[rng.choice(stops)].supplier
        rank = {s: place for place, s in enumerate(self._neighbours[centre])}
        stops.sort(key=lambda one: rank[self.model.stops[one].supplier])
        gone = [one for one in stops[: 2 * MOST_REMOVED] if rng.random() < 0.6]
        gone = gone[: rng.randint(1, MOST_REMOVED)]
        if not self._lift(solution, day, set(gone)):
            return None
        rng.shuffle(gone)
        for number in gone:
            place = self.inserter.place(solution, number)
            if place is None:
                return None
            self.inserter.put(solution, day, place)
        return solution

    def _lift(self, solution: Solution, day: int, gone: set[int]) -> bool:
        """Take these stops out of the day; return whether what is left can be driven."""
        touched = [
            route
            for route in solution.routes[day]
            if any(one in gone for trip in route.trips for one in trip)
        ]
        left = [route for route in solution.routes[day] if route not in touched]
        solution.routes[day] = left
        for route in touched:
            solution.cost -= route.cost
            kept = (tuple(one for one in trip if one not in gone) for trip in route.trips)
            trips = tuple(trip for trip in kept if trip)
            if not trips:
                continue
            offer = solution.affordable(self.model, day, self.pricing.offers(trips))
            if offer is None:
                return False
            left.append(DayRoute(trips, offer.vehicle, offer.cost))
            solution.cost += offer.cost
        return True


def until(deadline: float, began: float, ends: float) -> Callable[[], float | None]:
    """Return a warmth that follows the clock (``time.monotonic``) and stops at ``deadline``."""

    def warmth() -> float | None:
        now = time.monotonic()
        return None if now >= deadline else max(0.0, (ends - now) / max(1e-9, ends - began))

    return warmth
