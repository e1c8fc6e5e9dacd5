"""One scenario as the milk-run studio shows it: figures, vehicles, suppliers, docks, curve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from transport.engine.milkrun.measures import Ruler
from transport.engine.milkrun.problem import Load, Problem
from transport.models import MilkRunScenario
from transport.queries.scenarios import MODES, cost_of, way_words
from transport.queries.timetable import (
    SERIES,
    WEEKDAYS,
    Lane,
    PlantArrivals,
    Timetable,
    arrivals_direct,
    arrivals_planned,
    timetable_of,
)
from transport.queries.words import DIMENSIONS
from transport.services.orders import travel_minutes
from transport.services.places import Place
from transport.services.route_shapes import amounts_of_plan, fills
from transport.services.scenario_problem import problem_in

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TripRow:
    """One trip of a vehicle: stops by name, fill by dimension [%], the one that runs out first."""

    route: int
    day: int
    vehicle: str
    stops: Sequence[str]
    codes: Sequence[str]
    fills: Sequence[tuple[str, int]]
    limiting: str
    percent: int
    km: float

    @property
    def day_label(self) -> str:
        """The weekday in short."""
        return str(WEEKDAYS[self.day])

    @property
    def series(self) -> int:
        """Which colour its route has on the map, from 1."""
        return (self.route - 1) % SERIES + 1


@dataclass(frozen=True, slots=True)
class SupplierLine:
    """How a supplier's goods come, why, and what it would cost otherwise; money a week."""

    code: str
    name: str
    mode: str
    way: str
    pickups: int
    pallets: float
    cost: float | None
    direct_cost: float | None
    stock_cost: float
    wait_min: float
    charged: float
    saving: float
    saving_percent: float
    km: float
    alternatives: Sequence[tuple[str, float]]

    @property
    def mode_label(self) -> str:
        """The way in words."""
        return str(MODES[self.mode])

    @property
    def tone(self) -> str:
        """The tone of the way's pill."""
        return "brand" if self.mode == "milkrun" else "info"


@dataclass(frozen=True, slots=True)
class Studio:
    """A solved scenario; ``doors`` 0 = not known."""

    problem: Problem
    plan: Document
    places: Mapping[str, Place]
    suppliers: Sequence[SupplierLine]
    trips: Sequence[TripRow]
    timetable: Timetable
    before: PlantArrivals
    after: PlantArrivals
    doors: int
    day: int

    @property
    def lanes(self) -> Sequence[Lane]:
        """The vehicles of the timetable."""
        return self.timetable.lanes

    @property
    def mean_fill(self) -> float:
        """Mean of the fullest dimension of all trips [%]."""
        return sum(each.percent for each in self.trips) / len(self.trips) if self.trips else 0.0

    @property
    def cost(self) -> float:
        """What the week costs."""
        return cost_of(self.plan)

    @property
    def by_milk_run(self) -> int:
        """How many suppliers are on a milk run."""
        return sum(each.mode == "milkrun" for each in self.suppliers)


def studio_of(scenario: MilkRunScenario, *, day: int = 0) -> Studio:
    """Return a solved scenario for one weekday, 0 for all; ``ValueError`` without a plan."""
    if not scenario.plan:
        raise ValueError(f"expected a plan of scenario {scenario.pk}")
    problem = problem_in(scenario.problem, scenario.options)
    plan, places = scenario.plan, scenario.problem["x_places"]
    rests = _rests(problem, places)
    limits = scenario.options.get("docks", ())
    doors = limits[0]["max_arrivals"] if limits else 0
    chosen = [
        (number, route)
        for number, route in enumerate(plan["routes"], start=1)
        if day in {0, route["day"]}
    ]
    chosen.sort(key=lambda pair: (pair[1]["day"], pair[1]["start_min"]))
    amounts = amounts_of_plan(problem, plan)
    return Studio(
        problem=problem,
        plan=plan,
        places=places,
        suppliers=_suppliers(problem, scenario, amounts),
        trips=[
            trip
            for number, route in chosen
            for trip in _trips(problem, number, route, amounts, places)
        ],
        timetable=timetable_of(problem, chosen, places),
        before=arrivals_direct(problem, plan, rests, doors),
        after=arrivals_planned(problem, plan, rests, doors),
        doors=doors,
        day=day,
    )  # fmt: skip


def network_of(view: Studio, href: str) -> dict[str, Any]:
    """Return sites and flows for the map: each route a colour, direct ways thin."""
    plant = view.problem.plant.id
    used = {code for trip in view.trips for code in trip.codes}
    sites = [
        {
            "id": code,
            "name": str(place["name"]),
            "lat": place["latitude"],
            "lon": place["longitude"],
            "own": code == plant,
            "status": "ok",
            "href": href if code == plant else f"{href}#supplier-{code.replace('/', '')}",
        }
        for code, place in view.places.items()
    ]
    flows: list[dict[str, Any]] = []
    for trip in view.trips:
        ways = [plant, *trip.codes, plant]
        for origin, target in pairwise(ways):
            flows.append(
                {
                    "from": origin,
                    "to": target,
                    "status": "ok",
                    "series": trip.series,
                    "label": f"{trip.day_label} {trip.vehicle}: {' → '.join(trip.stops)}",
                }
            )
    flows += [
        {"from": line.code, "to": plant, "status": "ok", "label": f"{line.name}: {line.way}"}
        for line in view.suppliers
        if line.mode == "direct" and line.code not in used
    ]
    return {"sites": sites, "flows": flows}


def _rests(problem: Problem, places: Mapping[str, Place]) -> dict[str, float]:
    """Return the minutes of breaks and daily rests on the direct way, by supplier."""
    ruler, plant = Ruler(problem), problem.plant.id
    return {
        each.id: max(
            0.0, travel_minutes(places[each.id], places[plant]) - ruler.minutes(each.id, plant)
        )
        for each in problem.suppliers
    }


def _suppliers(
    problem: Problem, scenario: MilkRunScenario, amounts: Mapping[tuple[str, int], Load]
) -> list[SupplierLine]:
    plan: Document = scenario.plan or {}
    shares = {each["supplier"]: each for each in plan["allocation"]}
    ruler = Ruler(problem)
    found = []
    for code, choice in plan["suppliers"].items():
        why, share = scenario.explanation.get(code, {}), shares[code]
        found.append(
            SupplierLine(
                code=code,
                name=str(scenario.problem["x_places"][code]["name"]),
                mode=choice["mode"],
                way=way_words(choice),
                pickups=sum(name == code for name, _day in amounts),
                pallets=sum(load.pallets for (name, _day), load in amounts.items() if name == code),
                cost=why.get("cost"),
                direct_cost=why.get("direct_cost"),
                stock_cost=why.get("stock_cost", 0.0),
                wait_min=why.get("wait_min", 0.0),
                charged=share["allocated_cost"],
                saving=share["saving"],
                saving_percent=share["saving_pct"],
                km=ruler.km(code, problem.plant.id),
                alternatives=[
                    (way_words(each), each["cost"]) for each in why.get("alternatives", ())[:3]
                ],
            )
        )  # fmt: skip
    return sorted(found, key=lambda each: (each.mode != "milkrun", -each.saving, each.name))


def _trips(
    problem: Problem,
    number: int,
    route: Document,
    amounts: Mapping[tuple[str, int], Load],
    places: Mapping[str, Place],
) -> list[TripRow]:
    vehicle = next(each for each in problem.fleet if each.id == route["vehicle_type"])
    ruler, plant, found = Ruler(problem), problem.plant.id, []
    for trip in route["trips"]:
        codes = [stop["supplier"] for stop in trip["stops"]]
        load = sum((amounts[code, route["day"]] for code in codes), Load())
        used = fills(load, vehicle.capacity)
        ways = [plant, *codes, plant]
        limiting = max(used, key=lambda name: used[name])
        found.append(
            TripRow(
                route=number,
                day=route["day"],
                vehicle=f"{route['vehicle_type']} {route['vehicle_index']}",
                stops=[str(places[code]["name"]) for code in codes],
                codes=codes,
                fills=[(str(DIMENSIONS[name]), round(100 * share)) for name, share in used.items()],
                limiting=str(DIMENSIONS[limiting]),
                percent=round(100 * used[limiting]),
                km=sum(ruler.km(a, b) for a, b in pairwise(ways)),
            )
        )  # fmt: skip
    return found
