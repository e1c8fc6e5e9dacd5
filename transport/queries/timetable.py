"""A plan's vehicles against the clock: what a timetable draws, and when trucks reach the plant."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from transport.engine.milkrun.measures import Ruler, direct_price, pick_ups
from transport.engine.milkrun.problem import Problem
from transport.rules.dock_peaks import Arrival, Bucket, profile
from transport.services.places import Place

Document = Mapping[str, Any]
DAY = 24 * 60
ANY = "any"
KINDS: Mapping[str, Promise] = {
    "load": _("Loading empties"),
    "drive": _("Driving"),
    "break": _("Break"),
    "wait": _("Waiting"),
    "stop": _("Pick-up"),
    "unload": _("Unloading"),
}
WEEKDAYS: Mapping[int, Promise] = {
    1: _("Mon"), 2: _("Tue"), 3: _("Wed"), 4: _("Thu"), 5: _("Fri"), 6: _("Sat"), 7: _("Sun"),
}  # fmt: skip
SERIES = 8
"""Colours that tell routes apart on map and timetable; they come round again."""
LANE_PX, TOP_PX = 34, 22
"""Height of a vehicle's lane, and of the hours above all lanes."""


def clock(minute: float) -> str:
    """Return a minute of the day as 07:35; the next day's as 02:10+1."""
    days, rest = divmod(round(minute), DAY)
    return f"{rest // 60:02}:{rest % 60:02}" + (f"+{days}" if days else "")


@dataclass(frozen=True, slots=True)
class Bar:
    """What a vehicle does from ``start`` to ``end`` [min]; ``left`` and ``wide`` in per cent."""

    kind: str
    start: float
    end: float
    left: float
    wide: float
    supplier: str = ""
    place: str = ""

    @property
    def x(self) -> str:
        """Where it begins, for SVG."""
        return f"{self.left:.3f}%"

    @property
    def width(self) -> str:
        """How wide it is, for SVG."""
        return f"{self.wide:.3f}%"

    @property
    def middle(self) -> str:
        """Where its label goes, for SVG."""
        return f"{self.left + self.wide / 2:.3f}%"

    @property
    def words(self) -> str:
        """What it is, in words."""
        what = f"{KINDS[self.kind]} {self.place}".strip()
        return f"{clock(self.start)}–{clock(self.end)} {what}"


@dataclass(frozen=True, slots=True)
class Lane:
    """One vehicle on one weekday; ``place`` counts lanes from 0."""

    place: int
    day: int
    vehicle: str
    route: int
    bars: Sequence[Bar]
    km: float
    kg: float

    @property
    def series(self) -> int:
        """Which colour its route has on the map, from 1."""
        return (self.route - 1) % SERIES + 1

    @property
    def top(self) -> int:
        """Distance from the top of the picture [px]."""
        return TOP_PX + self.place * LANE_PX

    @property
    def label(self) -> str:
        """Weekday and vehicle."""
        return f"{WEEKDAYS[self.day]} {self.vehicle}"


@dataclass(frozen=True, slots=True)
class Timetable:
    """Lanes in their order, and the hours under them as (label, x)."""

    lanes: Sequence[Lane] = ()
    hours: Sequence[tuple[str, str]] = field(default_factory=tuple)

    @property
    def tall(self) -> int:
        """Height of the picture [px]."""
        return TOP_PX + len(self.lanes) * LANE_PX + 4


def timetable_of(
    problem: Problem, routes: Iterable[tuple[int, Document]], places: Mapping[str, Place]
) -> Timetable:
    """Return the timetable of vehicle-days, each with its number in the plan."""
    chosen = list(routes)
    if not chosen:
        return Timetable()
    first = min(each["start_min"] for _number, each in chosen) // 60 * 60
    last = -(-max(each["end_min"] for _number, each in chosen) // 60) * 60
    ruler, span = Ruler(problem), max(60.0, last - first)
    lanes = []
    for place, (number, route) in enumerate(chosen):
        bars = [
            Bar(
                kind,
                start,
                end,
                (start - first) / span * 100,
                (end - start) / span * 100,
                supplier,
                str(places[supplier]["name"]) if supplier in places else "",
            )
            for kind, start, end, supplier in _steps(problem, ruler, route)
            if end > start
        ]
        vehicle = f"{route['vehicle_type']} {route['vehicle_index']}"
        lanes.append(
            Lane(place, route["day"], vehicle, number, bars, route["km"], route["kg_co2e"])
        )
    step = 60 if span <= 720 else 120
    hours = [
        (clock(minute), f"{(minute - first) / span * 100:.3f}%")
        for minute in range(int(first), int(last), step)
    ]
    return Timetable(lanes, hours)


def _steps(
    problem: Problem, ruler: Ruler, route: Document
) -> Iterator[tuple[str, float, float, str]]:
    """Yield what a vehicle does: kind, start, end, supplier. Breaks stand at the end of a leg."""
    plant, there = problem.plant.id, route["start_min"]
    for number, trip in enumerate(route["trips"]):
        begun, stops = trip.get("start_min", there), trip["stops"]
        before, left = plant, begun + problem.plant.load_min
        following = route["trips"][number + 1] if number + 1 < len(route["trips"]) else None
        yield "load", begun, left, ""
        for stop in stops:
            arrive, rest = stop["arrive"], stop["break_min"]
            go = arrive - rest - ruler.minutes(before, stop["supplier"])
            yield "wait", left, go, ""
            yield "drive", max(left, go), arrive - rest, ""
            yield "break", arrive - rest, arrive, ""
            yield "wait", arrive, stop["start"], stop["supplier"]
            yield "stop", stop["start"], stop["depart"], stop["supplier"]
            before, left = stop["supplier"], stop["depart"]
        back = left + ruler.minutes(before, plant) + trip["break_min"]
        yield "drive", left, back - trip["break_min"], ""
        yield "break", back - trip["break_min"], back, ""
        there = route["end_min"] if following is None else following.get("start_min", back)
        yield "unload", back, max(there, back), ""


@dataclass(frozen=True, slots=True)
class PlantArrivals:
    """Arrivals at the plant in one way of moving, by weekday."""

    by_day: Mapping[int, Sequence[Bucket]]

    @property
    def peak(self) -> int:
        """Most trucks in one quarter of an hour of the week."""
        return max((one.arrivals for each in self.by_day.values() for one in each), default=0)

    @property
    def trucks(self) -> int:
        """All trucks of the week."""
        return sum(one.arrivals for each in self.by_day.values() for one in each)

    def at(self, day: int, start: int) -> int:
        """Return the trucks of a quarter of an hour."""
        return next((b.arrivals for b in self.by_day.get(day, ()) if b.start_min == start), 0)


def arrivals_planned(
    problem: Problem, plan: Document, rests: Mapping[str, float], doors: int
) -> PlantArrivals:
    """Return when trucks come by a plan: milk runs as timed, direct ones as ``_direct`` guesses."""
    ruler, found = Ruler(problem), []
    for number, route in enumerate(plan["routes"], start=1):
        for turn, trip in enumerate(route["trips"], start=1):
            last = trip["stops"][-1]
            back = last["depart"] + ruler.minutes(last["supplier"], problem.plant.id)
            found.append((route["day"], back + trip["break_min"], f"{number}.{turn}"))
    for name, choice in plan["suppliers"].items():
        if choice["mode"] == "direct":
            found += _direct(problem, ruler, name, tuple(choice["pattern"]), rests)
    return _by_day(problem, found, doors)


def arrivals_direct(
    problem: Problem, plan: Document, rests: Mapping[str, float], doors: int
) -> PlantArrivals:
    """Return when trucks would come if every supplier shipped direct."""
    ruler, found = Ruler(problem), []
    for name, share in plan["baseline"]["per_supplier"].items():
        found += _direct(problem, ruler, name, tuple(share["pattern"]), rests)
    return _by_day(problem, found, doors)


def _direct(
    problem: Problem,
    ruler: Ruler,
    name: str,
    pattern: tuple[int, ...],
    rests: Mapping[str, float],
) -> list[tuple[int, float, str]]:
    """Return day, minute and name of direct trucks: they leave when the supplier has loaded them.

    ``rests`` are the minutes of breaks and daily rests on the way, by supplier.
    """
    supplier = problem.supplier(name)
    km = ruler.km(name, problem.plant.id)
    way = ruler.minutes(name, problem.plant.id) + rests.get(name, 0.0)
    found = []
    for each in pick_ups(problem, supplier, pattern):
        priced = direct_price(problem, km, each.load.pallets)
        trucks = priced[1] if priced else 1
        service = (
            supplier.service_fixed_min
            + supplier.service_per_pallet_min * each.load.pallets / trucks
        )
        for truck in range(trucks):
            minute = supplier.windows[0][0] + service * (truck + 1) + way
            found.append((each.day, minute, f"{name}/{truck + 1}"))
    return found


def _by_day(
    problem: Problem, arrivals: Iterable[tuple[int, float, str]], doors: int
) -> PlantArrivals:
    days = problem.working_days
    found: dict[int, list[Arrival]] = {}
    for day, minute, truck in arrivals:
        later = int(minute // DAY)
        place = (days.index(day) + later) % len(days)
        found.setdefault(days[place], []).append(Arrival(truck, minute % DAY, ANY))
    return PlantArrivals(
        {day: profile(each, {ANY: doors}) for day, each in sorted(found.items())}
    )  # fmt: skip
