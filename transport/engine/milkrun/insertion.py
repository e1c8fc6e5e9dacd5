"""Where a stop costs least: every route of its day, a new trip, a new vehicle."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from random import Random

from transport.engine.milkrun.model import Way
from transport.engine.milkrun.pricing import Offer, Pricing, Trip, Trips
from transport.engine.milkrun.solution import UNDECIDED, DayRoute, Solution

PLACES_PRICED = 2
MOST_WAYS = 8
MOST_REMEMBERED = 300_000
NEW_VEHICLE = -1
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Place:
    """The best way to add a stop: to which route of the day, giving which trips, for how much."""

    delta: float
    route: int
    trips: Trips
    offer: Offer


class Inserter:
    """Finds the cheapest places and ways; remembers what a stop does to a route."""

    def __init__(self, pricing: Pricing) -> None:
        self.pricing, self.model = pricing, pricing.model
        fleet, co2 = self.model.problem.fleet, self.model.problem.co2_price_per_t / 1000
        self._least_km = min(
            (each.per_km + co2 * each.co2e_kg_per_km_empty for each in fleet), default=0.0
        )
        self._near: dict[tuple[int, Trips], tuple[tuple[float, int, int], ...]] = {}
        self._best: dict[tuple[int, Trips], tuple[Trips, tuple[Offer, ...]]] = {}

    def place(self, solution: Solution, number: int, most: float = NEVER) -> Place | None:
        """Return the cheapest place for a stop that costs less than ``most``, if there is one."""
        stop = self.model.stops[number]
        best: Place | None = None
        offer = solution.affordable(
            self.model, stop.day, self.pricing.offers(((number,),))
        )  # fmt: skip
        if offer is not None and offer.cost < most:
            best, most = Place(offer.cost, NEW_VEHICLE, ((number,),), offer), offer.cost
        reachable = [
            (near[0][0], at, route, near)
            for at, route in enumerate(solution.routes[stop.day])
            if (near := self._nearby(stop.supplier, route.trips))
        ]
        reachable.sort(key=itemgetter(0))
        for detour, at, route, near in reachable:
            if detour * self._least_km >= most:
                break
            trips, offers = self._into(number, route.trips, near)
            affordable = solution.affordable(self.model, stop.day, offers, route.vehicle)
            if affordable is not None and affordable.cost - route.cost < most:
                most = affordable.cost - route.cost
                best = Place(most, at, trips, affordable)
        return best

    def _nearby(self, supplier: int, trips: Trips) -> tuple[tuple[float, int, int], ...]:
        """Return the places of least detour [km] in the trips: detour, trip, position."""
        key = (supplier, trips)
        found = self._near.get(key)
        if found is not None:
            return found
        if len(self._near) > MOST_REMEMBERED:
            self._near.clear()
            self._best.clear()
        km, site, stops = self.model.km, supplier + 1, self.model.stops
        to_site, places = km[site], []
        for number, trip in enumerate(trips):
            here = 0
            for position, stop in enumerate(trip):
                there = stops[stop].supplier + 1
                places.append((km[here][site] + to_site[there] - km[here][there], number, position))
                here = there
            places.append((km[here][site] + to_site[0] - km[here][0], number, len(trip)))
        places.sort()
        found = self._near[key] = tuple(places[:PLACES_PRICED])
        return found

    def _into(
        self, number: int, trips: Trips, near: tuple[tuple[float, int, int], ...]
    ) -> tuple[Trips, tuple[Offer, ...]]:
        """Return the best trips with the stop in a route, and their offers."""
        key = (number, trips)
        if key in self._best:
            return self._best[key]
        candidates = [
            (*trips[:at], (*trips[at][:place], number, *trips[at][place:]), *trips[at + 1 :])
            for _detour, at, place in near
            if self._holds(number, trips[at])
        ]
        if len(trips) < self.pricing.most_trips:
            candidates += [(*trips, (number,)), ((number,), *trips)]
        best: tuple[Trips, tuple[Offer, ...]] = (trips, ())
        for each in candidates:
            offers = self.pricing.offers(each)
            if offers and (not best[1] or offers[0].cost < best[1][0].cost):
                best = (each, offers)
        self._best[key] = best
        return best

    def _holds(self, number: int, trip: Trip) -> bool:
        """Whether any truck holds the goods of a trip and of one more stop."""
        load = self.model.stops[number].load
        return all(
            part + more <= most
            for part, more, most in zip(
                self.pricing.trip(trip).goods, load, self.pricing.largest, strict=True
            )
        )

    def insert(
        self,
        solution: Solution,
        supplier: int,
        rng: Random | None = None,
        *,
        noise: float = 0.0,
        aversion: float = 1.0,
    ) -> bool:
        """Give an undecided supplier its cheapest way; return whether there was one.

        With ``rng`` only some of many ways are looked at, and with ``noise`` each price is off by
        up to that share; other ways than milk runs look ``aversion`` times as dear.
        """
        ways = self.model.ways[supplier]
        others = self._linehaul_base(solution) if any(way.hub >= 0 for way in ways) else 0.0
        order: Sequence[int] = range(len(ways))
        if rng is not None and len(ways) > MOST_WAYS:
            order = rng.sample(order, MOST_WAYS)
        order = sorted(order, key=lambda place: ways[place].own_cost)
        places: dict[int, tuple[float, Place | None]] = {}
        chosen, least = UNDECIDED, NEVER
        for at in order:
            way = ways[at]
            blur = 1.0 if rng is None or not noise else 1 + noise * (2 * rng.random() - 1)
            cost = way.own_cost
            if way.hub >= 0:
                cost += self._linehaul_more(solution, supplier, at) - others
            for number in way.stops:
                if number not in places:
                    found = self.place(solution, number)
                    places[number] = (NEVER if found is None else found.delta, found)
                cost += places[number][0]
                if cost * blur >= least:
                    break
            if not way.stops:
                blur *= aversion
            if cost * blur < least:
                chosen, least = at, cost * blur
        if chosen == UNDECIDED:
            return False
        self._settle(solution, supplier, chosen, [places[one][1] for one in ways[chosen].stops])
        return True

    def _settle(
        self, solution: Solution, supplier: int, way: int, places: list[Place | None]
    ) -> None:
        chosen = self.model.ways[supplier][way]
        for number, place in zip(chosen.stops, places, strict=True):
            if place is not None:
                self.put(solution, self.model.stops[number].day, place)
        solution.ways[supplier] = way
        solution.cost += chosen.own_cost

    @staticmethod
    def put(solution: Solution, day: int, place: Place) -> None:
        """Carry out a place in its day."""
        route = DayRoute(place.trips, place.offer.vehicle, place.offer.cost)
        if place.route == NEW_VEHICLE:
            solution.routes[day].append(route)
        else:
            solution.routes[day][place.route] = route
        solution.cost += place.delta

    def _linehaul_base(self, solution: Solution) -> float:
        return self.model.linehaul(self._chosen(solution.ways))[0]

    def _linehaul_more(self, solution: Solution, supplier: int, way: int) -> float:
        ways = solution.ways[:]
        ways[supplier] = way
        return self.model.linehaul(self._chosen(ways))[0]

    def _chosen(self, ways: list[int]) -> list[Way]:
        return [self.model.ways[s][way] for s, way in enumerate(ways) if way != UNDECIDED]
