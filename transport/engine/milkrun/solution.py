"""A week in the making: each supplier's way, each day's vehicles, and what it all costs."""

from dataclasses import dataclass

from transport.engine.milkrun.model import Model
from transport.engine.milkrun.pricing import Offer, Pricing, Trips

UNDECIDED = -1


@dataclass(frozen=True, slots=True)
class DayRoute:
    """One vehicle-day: trips of stop numbers, the vehicle type's number, the cost."""

    trips: Trips
    vehicle: int
    cost: float


class Solution:
    """Ways by supplier and routes by day; cheap to copy, as routes never change.

    ``ways[s]`` is a place in ``model.ways[s]`` or ``UNDECIDED``.
    """

    __slots__ = ("cost", "routes", "ways")

    def __init__(self, ways: list[int], routes: list[list[DayRoute]], cost: float) -> None:
        self.ways, self.routes, self.cost = ways, routes, cost

    @classmethod
    def empty(cls, model: Model) -> "Solution":
        """Return a week in which nothing is decided."""
        return cls([UNDECIDED] * len(model.ways), [[] for _day in model.days], 0.0)

    def copy(self) -> "Solution":
        """Return an independent copy."""
        return Solution(self.ways[:], [routes[:] for routes in self.routes], self.cost)

    def recount(self, model: Model) -> float:
        """Return the cost added up afresh, and keep it."""
        chosen = [model.ways[s][way] for s, way in enumerate(self.ways) if way != UNDECIDED]
        own = sum(way.own_cost for way in chosen)
        hire = sum(route.cost for routes in self.routes for route in routes)
        self.cost = own + hire + model.linehaul(chosen)[0]
        return self.cost

    def affordable(
        self, model: Model, day: int, offers: tuple[Offer, ...], used: int = UNDECIDED
    ) -> Offer | None:
        """Return the cheapest offer whose type is still free; ``used`` is the vehicle given up."""
        for offer in offers:
            count = model.problem.fleet[offer.vehicle].count
            if count is None or offer.vehicle == used:
                return offer
            taken = sum(route.vehicle == offer.vehicle for route in self.routes[day])
            if taken < count:
                return offer
        return None

    def remove(self, pricing: Pricing, supplier: int) -> list[int]:
        """Take a supplier out; return the suppliers undecided by that, itself first.

        Where the rest of a route has no price of its own, its other suppliers go too.
        """
        model, gone = pricing.model, [supplier]
        for one in gone:
            way = model.ways[one][self.ways[one]]
            self.ways[one] = UNDECIDED
            self.cost -= way.own_cost
            for number in way.stops:
                self._take_out(pricing, number, gone)
        return gone

    def _take_out(self, pricing: Pricing, number: int, gone: list[int]) -> None:
        model, day = pricing.model, pricing.model.stops[number].day
        for place, route in enumerate(self.routes[day]):
            if not any(number in trip for trip in route.trips):
                continue
            self.cost -= route.cost
            left = without(route.trips, number)
            del self.routes[day][place]
            if left:
                offer = self.affordable(model, day, pricing.offers(left))
                if offer is None:
                    others = {model.stops[one].supplier for trip in left for one in trip}
                    gone += [one for one in sorted(others) if one not in gone]
                    return
                self.routes[day].insert(place, DayRoute(left, offer.vehicle, offer.cost))
                self.cost += offer.cost
            return


def without(trips: Trips, number: int) -> Trips:
    """Return the trips without a stop, and without a trip that only had this one."""
    left = (tuple(one for one in trip if one != number) for trip in trips)
    return tuple(trip for trip in left if trip)
