"""The problem as the solver sees it: numbered suppliers, ways and stops, all prices worked out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transport.engine.milkrun.problem import (
    CrossDock,
    Load,
    Matrix,
    Mode,
    Options,
    Pattern,
    Pin,
    Problem,
    Supplier,
    Window,
)

EARTH_KM = 6371.0088
_EPSILON = 1e-9
Amount = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class StopData:
    """A possible stop of a milk run: one supplier on one day, until the next pick-up's day."""

    supplier: int
    day: int
    load: Amount
    empties: Amount
    service_min: float
    windows: tuple[Window, ...]
    told_min: float | None
    pins: tuple[Pin, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A pattern and a way for a supplier.

    Attributes
    ----------
    stops
        Numbers of its milk run's stops, one a day; none for other ways.
    own_cost
        What it costs whatever the others do: stock, direct price with its CO2, penalties for
        published stops given up.
    direct, stock, km, kg_co2e
        The parts for the report.
    hub, hub_pallets
        The cross-dock it goes by, and pallets by day place.
    """

    mode: Mode
    pattern: Pattern
    stops: tuple[int, ...]
    own_cost: float
    direct: float = 0.0
    stock: float = 0.0
    km: float = 0.0
    kg_co2e: float = 0.0
    hub: int = -1
    hub_pallets: tuple[tuple[int, float], ...] = ()


def kilometres(problem: Problem) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return road km and minutes between all sites, plant first, shape (1 + n, 1 + n)."""
    names = [problem.plant.id, *(each.id for each in problem.suppliers)]
    if isinstance(problem.distances, Matrix):
        rows = [problem.distances.sites.index(name) for name in names]
        pick = np.ix_(rows, rows)
        return np.array(problem.distances.km)[pick], np.array(problem.distances.minutes)[pick]
    sites = np.radians(
        [[problem.plant.lat, problem.plant.lon], *([s.lat, s.lon] for s in problem.suppliers)]
    )
    phi, lam = sites[:, :1], sites[:, 1:]
    chord = (
        np.sin((phi - phi.T) / 2) ** 2
        + np.cos(phi) * np.cos(phi.T) * np.sin((lam - lam.T) / 2) ** 2
    )
    km = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(1.0, chord))) * problem.distances.detour
    return km, km / problem.distances.speed_kmh * 60


class Model:
    """All that the search asks for, in lists by number.

    Sites: 0 is the plant, supplier ``s`` is site ``s + 1``. Days are places in the working days.
    """

    def __init__(self, problem: Problem, options: Options) -> None:
        self.problem, self.options = problem, options
        km, minutes = kilometres(problem)
        self.km: list[list[float]] = km.tolist()
        self.minutes: list[list[float]] = minutes.tolist()
        self.days = problem.working_days
        self.number = {each.id: place for place, each in enumerate(problem.suppliers)}
        self.stops: list[StopData] = []
        self._stop_numbers: dict[tuple[int, int, int], int] = {}
        stability = options.stability
        self._told = {
            (self.number[each.supplier], self.days.index(each.day)): each.start_min
            for each in (stability.stops if stability else ())
        }
        self.penalty = stability.penalty_per_stop if stability else 0.0
        self.tolerance = stability.tolerance_min if stability else 0.0
        self._hubs = {
            name: place for place, hub in enumerate(options.cross_docks) for name in hub.suppliers
        }
        self.active = [s for s, each in enumerate(problem.suppliers) if each.has_volume]
        self.baseline_ways = [self._all_direct(each) for each in problem.suppliers]
        self.ways = [self._ways(place) for place in range(len(problem.suppliers))]
        self.forbidden = {
            frozenset((self.number[a], self.number[b])) for a, b in options.forbidden_pairs
        }

    def _all_direct(self, supplier: Supplier) -> list[Way]:
        """Return the direct ways of all patterns offered, without any option."""
        found = []
        for pattern in supplier.offered(self.days):
            way = self._direct(self.number[supplier.id], pattern, penalised=False)
            if way is not None:
                found.append(way)
        return found

    def _ways(self, place: int) -> list[Way]:
        """Return the ways that the options leave to a supplier."""
        supplier, options = self.problem.suppliers[place], self.options
        pins = [pin for pin in options.pins if pin.supplier == supplier.id]
        modes = {pin.mode for pin in pins if pin.mode is not None}
        days = {pin.day for pin in pins if pin.day is not None}
        found: list[Way] = []
        for pattern in supplier.offered(self.days):
            fixed = options.patterns.get(supplier.id)
            times = len(pattern)
            if (
                (fixed is not None and pattern not in fixed)
                or times != options.frequencies.get(supplier.id, times)
                or times < options.min_frequencies.get(supplier.id, 0)
                or not days <= set(pattern)
            ):
                continue
            candidates = (
                self._milk_run(place, pattern),
                self._direct(place, pattern),
                self._by_hub(place, pattern),
            )
            found += [
                way for way in candidates if way is not None and (not modes or modes == {way.mode})
            ]
        return found

    def pick_ups(self, place: int, pattern: Pattern) -> list[tuple[int, int, Load, float]]:
        """Return by pick-up: place of the day, days covered, load, stock cost; by rule (2)."""
        supplier, plant = self.problem.suppliers[place], self.problem.plant
        k, at = len(self.days), [self.days.index(day) for day in pattern]
        found = []
        for turn, day in enumerate(at):
            covered = (at[(turn + 1) % len(at)] - day) % k or k
            volumes = [
                supplier.volume.get(self.days[(day + plant.transit_days + wait) % k], Load())
                for wait in range(covered)
            ]
            load = sum(volumes, Load())
            waits = sum(wait * volume.pallets for wait, volume in enumerate(volumes))
            if not load.is_nothing:
                found.append((day, covered, load, waits * plant.stock_cost_per_pallet_day))
        return found

    def _milk_run(self, place: int, pattern: Pattern) -> Way:
        stops, stock = [], 0.0
        for day, covered, load, cost in self.pick_ups(place, pattern):
            stops.append(self._stop(place, day, covered, load))
            stock += cost
        given_up = self._given_up(place, {self.stops[stop].day for stop in stops})
        return Way("milkrun", pattern, tuple(stops), stock + given_up, stock=stock)

    def _given_up(self, place: int, kept: set[int]) -> float:
        """Return the penalty for the published stops that are not ``kept``."""
        lost = sum(supplier == place and day not in kept for supplier, day in self._told)
        return lost * self.penalty

    def _stop(self, place: int, day: int, covered: int, load: Load) -> int:
        key = (place, day, covered)
        if key not in self._stop_numbers:
            supplier = self.problem.suppliers[place]
            self._stop_numbers[key] = len(self.stops)
            self.stops.append(
                StopData(
                    supplier=place,
                    day=day,
                    load=load.parts(),
                    empties=supplier.empties_per_pallet.times(load.pallets).parts(),
                    service_min=supplier.service_fixed_min
                    + supplier.service_per_pallet_min * load.pallets,
                    windows=supplier.windows,
                    told_min=self._told.get((place, day)),
                    pins=tuple(
                        pin
                        for pin in self.options.pins
                        if pin.supplier == supplier.id and pin.day == self.days[day]
                    ),
                )
            )
        return self._stop_numbers[key]

    def price(self, km: float, pallets: float) -> tuple[float, int] | None:
        """Return price and trucks of a direct shipment; None where no tariff row reaches."""
        rows = [row for row in self.problem.direct.tariff if km <= row.max_km]
        if not rows:
            return None
        full = max(row.max_pallets for row in rows)
        trucks = max(1, math.ceil(pallets / full - _EPSILON))
        rest = pallets - (trucks - 1) * full
        prices = [
            min(row.price for row in rows if row.max_pallets >= size - _EPSILON)
            for size in (full, rest)
        ]
        return (trucks - 1) * prices[0] + prices[1], trucks

    def _direct(self, place: int, pattern: Pattern, *, penalised: bool = True) -> Way | None:
        """Return the way of direct shipments; None where no tariff row reaches."""
        one_way = self.km[place + 1][0]
        cost = stock = km = kg = 0.0
        for _day, _covered, load, waiting in self.pick_ups(place, pattern):
            priced = self.price(one_way, load.pallets)
            if priced is None:
                return None
            cost += priced[0]
            km += priced[1] * one_way
            kg += self.problem.direct.co2e_kg_per_tkm * load.kg / 1000 * one_way
            stock += waiting
        own = cost + stock + self.problem.co2_price_per_t * kg / 1000
        own += self._given_up(place, set()) if penalised else 0.0
        return Way("direct", pattern, (), own, cost, stock, km, kg)

    def _by_hub(self, place: int, pattern: Pattern) -> Way | None:
        """Return the way by the supplier's cross-dock; None without one or without a tariff.

        The line-haul trucks are shared, so they are not in the own cost.
        """
        supplier = self.problem.suppliers[place]
        if supplier.id not in self._hubs:
            return None
        hub = self.options.cross_docks[self._hubs[supplier.id]]
        one_way = self._hub_km(supplier, hub)
        cost = stock = km = kg = 0.0
        pallets: list[tuple[int, float]] = []
        for day, _covered, load, waiting in self.pick_ups(place, pattern):
            priced = self.price(one_way, load.pallets)
            if priced is None:
                return None
            cost += priced[0]
            km += priced[1] * one_way
            kg += load.kg / 1000 * (
                one_way * self.problem.direct.co2e_kg_per_tkm
                + hub.linehaul_km * hub.co2e_kg_per_tkm
            )  # fmt: skip
            stock += waiting
            pallets.append((day, load.pallets))
        handling = hub.handling_per_pallet * sum(amount for _day, amount in pallets)
        own = cost + stock + handling + self.problem.co2_price_per_t * kg / 1000
        return Way(
            "cross-dock", pattern, (), own + self._given_up(place, set()), cost, stock, km, kg,
            self._hubs[supplier.id], tuple(pallets),
        )  # fmt: skip

    def _hub_km(self, supplier: Supplier, hub: CrossDock) -> float:
        detour = getattr(self.problem.distances, "detour", 1.0)
        a, b = np.radians([supplier.lat, supplier.lon]), np.radians([hub.lat, hub.lon])
        half = (b - a) / 2
        chord = np.sin(half[0]) ** 2 + np.cos(a[0]) * np.cos(b[0]) * np.sin(half[1]) ** 2
        return float(2 * EARTH_KM * np.arcsin(min(1.0, float(np.sqrt(chord)))) * detour)

    def linehaul(self, ways: Sequence[Way]) -> tuple[float, float]:
        """Return price and km of the line-haul trucks that these ways share."""
        pallets: dict[tuple[int, int], float] = {}
        for way in ways:
            for day, amount in way.hub_pallets:
                pallets[way.hub, day] = pallets.get((way.hub, day), 0.0) + amount
        price = km = 0.0
        for (place, _day), amount in pallets.items():
            hub = self.options.cross_docks[place]
            trucks = math.ceil(amount / hub.truck_pallets - _EPSILON)
            price += trucks * hub.linehaul_per_truck
            km += trucks * hub.linehaul_km
        return price, km
