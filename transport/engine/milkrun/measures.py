"""The rules of the problem read literally, for the evaluator alone: distances, volumes, prices."""

import math
from dataclasses import dataclass

from transport.engine.milkrun.problem import CrossDock, Load, Matrix, Pattern, Problem, Supplier

EARTH_KM = 6371.0088
WHOLE = 1e-9


@dataclass(frozen=True, slots=True)
class PickUp:
    """One pick-up: its weekday, what it takes and what keeping that costs until consumed."""

    day: int
    load: Load
    stock_cost: float


def great_circle_km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Return the haversine distance of two points given in degrees (radius 6371.0088 km)."""
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    half_phi, half_lon = (phi_b - phi_a) / 2, math.radians(lon_b - lon_a) / 2
    chord = math.sin(half_phi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))


class Ruler:
    """Distances between the sites of a problem, by id."""

    def __init__(self, problem: Problem) -> None:
        self._distances = problem.distances
        self._sites = {each.id: (each.lat, each.lon) for each in problem.suppliers}
        self._sites[problem.plant.id] = (problem.plant.lat, problem.plant.lon)
        if isinstance(problem.distances, Matrix):
            self._rows = {name: row for row, name in enumerate(problem.distances.sites)}

    def km(self, origin: str, target: str) -> float:
        """Return the road distance [km]."""
        if isinstance(self._distances, Matrix):
            return self._distances.km[self._rows[origin]][self._rows[target]]
        return great_circle_km(*self._sites[origin], *self._sites[target]) * self._distances.detour

    def minutes(self, origin: str, target: str) -> float:
        """Return the driving time [min]."""
        if isinstance(self._distances, Matrix):
            return self._distances.minutes[self._rows[origin]][self._rows[target]]
        return self.km(origin, target) / self._distances.speed_kmh * 60

    def hub_km(self, supplier: Supplier, hub: CrossDock) -> float:
        """Return the road distance to a cross-dock; as the crow flies beside a matrix."""
        detour = 1.0 if isinstance(self._distances, Matrix) else self._distances.detour
        return great_circle_km(supplier.lat, supplier.lon, hub.lat, hub.lon) * detour


def pick_ups(problem: Problem, supplier: Supplier, pattern: Pattern) -> list[PickUp]:
    """Return the pick-ups of a pattern by rule (2), without those of nothing.

    A pick-up covers the consumption days from its own first one up to the day before the next
    pick-up's; the n-th of them waits n - 1 working days.
    """
    days = problem.working_days
    k = len(days)
    found = []
    for place, day in enumerate(pattern):
        following = pattern[(place + 1) % len(pattern)]
        covered = (days.index(following) - days.index(day)) % k or k
        first = days.index(day) + problem.plant.transit_days
        total, stock = Load(), 0.0
        for wait in range(covered):
            volume = supplier.volume.get(days[(first + wait) % k], Load())
            total += volume
            stock += problem.plant.stock_cost_per_pallet_day * volume.pallets * wait
        if not total.is_nothing:
            found.append(PickUp(day, total, stock))
    return found


def direct_price(problem: Problem, km: float, pallets: float) -> tuple[float, int] | None:
    """Return price and trucks of a direct shipment by rule (9); None where no row reaches."""
    rows = [row for row in problem.direct.tariff if row.max_km >= km]
    if not rows:
        return None
    largest = max(row.max_pallets for row in rows)

    def cheapest(size: float) -> float:
        return min(row.price for row in rows if row.max_pallets >= size - WHOLE)

    trucks = max(1, math.ceil(pallets / largest - WHOLE))
    rest = pallets - (trucks - 1) * largest
    return (trucks - 1) * cheapest(largest) + cheapest(rest), trucks


def direct_week(
    problem: Problem, ruler: Ruler, supplier: Supplier, pattern: Pattern
) -> tuple[float, float, float, float] | None:
    """Return price, stock cost, km and kg CO2e of a week of direct shipments; None if impossible.

    The price is without the CO2's.
    """
    km = ruler.km(supplier.id, problem.plant.id)
    price = stock = driven = co2 = 0.0
    for pick_up in pick_ups(problem, supplier, pattern):
        priced = direct_price(problem, km, pick_up.load.pallets)
        if priced is None:
            return None
        price += priced[0]
        driven += km * priced[1]
        co2 += problem.direct.co2e_kg_per_tkm * pick_up.load.kg / 1000 * km
        stock += pick_up.stock_cost
    return price, stock, driven, co2


def baseline_shares(
    problem: Problem, ruler: Ruler
) -> dict[str, tuple[float, Pattern, float, float] | None]:
    """Return by supplier cost, pattern, km and kg CO2e of its cheapest direct week by rule (11)."""
    found: dict[str, tuple[float, Pattern, float, float] | None] = {}
    for supplier in problem.suppliers:
        best: tuple[float, Pattern, float, float] | None = None
        for pattern in supplier.offered(problem.working_days):
            week = direct_week(problem, ruler, supplier, pattern)
            if week is None:
                continue
            price, stock, km, co2 = week
            cost = price + stock + problem.co2_price_per_t * co2 / 1000
            if best is None or cost < best[0] - WHOLE:
                best = (cost, pattern, km, co2)
        found[supplier.id] = best
    return found
