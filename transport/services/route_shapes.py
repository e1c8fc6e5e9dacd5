"""From a solved week to fixed routes: the same stops at the same clock times on their weekdays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from transport.engine.milkrun.measures import Ruler, pick_ups
from transport.engine.milkrun.problem import Load, Problem

MERGED_WITHIN = 60.0
"""Minutes that the same stops may lie apart on different weekdays and still become one route."""
Trips = tuple[tuple[str, ...], ...]
Document = Mapping[str, Any]


@dataclass(slots=True)
class Halt:
    """A stop of a fixed route in whole minutes of the plant's day; ``amounts`` by weekday."""

    purpose: str
    place: str
    arrive: int
    start: int
    depart: int
    amounts: dict[int, Load] = field(default_factory=dict)


@dataclass(slots=True)
class Shape:
    """One vehicle's day as it repeats on ``days``; km, kg CO2e and cost of one occurrence."""

    vehicle_type: str
    trips: Trips
    days: list[int]
    halts: list[Halt]
    km: float
    kg_co2e: float
    cost: float
    fill: float

    @property
    def starts(self) -> list[int]:
        """When service begins at each stop."""
        return [each.start for each in self.halts]


def shapes_of(problem: Problem, plan: Document) -> list[Shape]:
    """Return the fixed routes that a plan's vehicle-days make, in their order of weekdays.

    Vehicle-days with the same vehicle type and the same stops in the same order become one where
    their times lie close together. Each time is the latest of them, so that drives, breaks and
    windows hold on every day: with the latest of each, no gap is shorter than the tightest one's.
    """
    amounts = amounts_of_plan(problem, plan)
    found: list[Shape] = []
    for route in plan["routes"]:
        shape = _shape(problem, route, amounts)
        twin = next((each for each in found if _alike(each, shape)), None)
        if twin is None:
            found.append(shape)
        else:
            _merge(twin, shape)
    return found


def amounts_of_plan(problem: Problem, plan: Document) -> dict[tuple[str, int], Load]:
    """Return what is picked up at each supplier on each weekday."""
    found = {}
    for name, choice in plan["suppliers"].items():
        supplier = problem.supplier(name)
        for each in pick_ups(problem, supplier, tuple(choice["pattern"])):
            found[name, each.day] = each.load
    return found


def fills(load: Load, capacity: Load) -> dict[str, float]:
    """Return how much of each dimension is used, 1 = full."""
    names = ("kg", "m3", "pallets", "ldm")
    pairs = zip(names, load.parts(), capacity.parts(), strict=True)
    return {name: used / limit for name, used, limit in pairs}


def _shape(problem: Problem, route: Document, amounts: Mapping[tuple[str, int], Load]) -> Shape:
    day, plant = route["day"], problem.plant.id
    vehicle = next(each for each in problem.fleet if each.id == route["vehicle_type"])
    ruler, fill = Ruler(problem), 0.0
    halts = [Halt("start", plant, round(route["start_min"]), round(route["start_min"]), 0)]
    for trip in route["trips"]:
        first, last = trip["stops"][0], trip["stops"][-1]
        leave = first["arrive"] - first["break_min"] - ruler.minutes(plant, first["supplier"])
        halts[-1].depart = max(halts[-1].arrive, round(leave))
        load = Load()
        for stop in trip["stops"]:
            taken = amounts[stop["supplier"], day]
            load += taken
            arrive, start, depart = (round(stop[name]) for name in ("arrive", "start", "depart"))
            halts.append(Halt("pickup", stop["supplier"], arrive, start, depart, {day: taken}))
        back = last["depart"] + trip["break_min"] + ruler.minutes(last["supplier"], plant)
        halts.append(Halt("delivery", plant, round(back), round(back), round(back), {day: load}))
        fill = max(fill, *fills(load, vehicle.capacity).values())
    halts[-1].depart = max(halts[-1].arrive, round(route["end_min"]))
    return Shape(
        vehicle_type=vehicle.id,
        trips=tuple(tuple(stop["supplier"] for stop in trip["stops"]) for trip in route["trips"]),
        days=[day],
        halts=halts,
        km=route["km"],
        kg_co2e=route["kg_co2e"],
        cost=route["cost"],
        fill=fill,
    )


def _alike(one: Shape, other: Shape) -> bool:
    return (
        (one.vehicle_type, one.trips) == (other.vehicle_type, other.trips)
        and not set(one.days) & set(other.days)
        and all(abs(a - b) <= MERGED_WITHIN for a, b in zip(one.starts, other.starts, strict=True))
    )


def _merge(into: Shape, other: Shape) -> None:
    n = len(into.days)
    for mine, theirs in zip(into.halts, other.halts, strict=True):
        mine.arrive = max(mine.arrive, theirs.arrive)
        mine.start = max(mine.start, theirs.start)
        mine.depart = max(mine.depart, theirs.depart)
        mine.amounts |= theirs.amounts
    into.km = (into.km * n + other.km) / (n + 1)
    into.kg_co2e = (into.kg_co2e * n + other.kg_co2e) / (n + 1)
    into.cost = (into.cost * n + other.cost) / (n + 1)
    into.fill = max(into.fill, other.fill)
    into.days = sorted([*into.days, *other.days])


def stops_told(shapes: Sequence[Shape]) -> dict[tuple[str, int], int]:
    """Return when vehicles come by supplier and weekday, in minutes of the plant's day."""
    found: dict[tuple[str, int], int] = {}
    for shape in shapes:
        for halt in shape.halts:
            if halt.purpose == "pickup":
                for day in shape.days:
                    key = (halt.place, day)
                    found[key] = min(halt.start, found.get(key, halt.start))
    return found
