"""Plan a posed day again: outside of any transaction, in slices, so that it can be stopped."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from transport.engine.milkrun.live_answer import Replanned
from transport.engine.milkrun.live_day import DayPlan, UrgentCall
from transport.engine.milkrun.live_hold import Held, hold
from transport.engine.milkrun.live_search import Lateness
from transport.engine.milkrun.plan import Route, Stop, Trip
from transport.engine.milkrun.problem import Load as Amount
from transport.engine.milkrun.problem import Problem
from transport.engine.milkrun.replan import replan
from transport.services.scenario_problem import problem_in

LATE_PRICE_PER_MIN = 1.0
"""What a minute of one supplier's goods behind their due time counts in the search."""
SLICE_S = 2.0
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """A posed day in the engine's terms: as it should be planned, and as it stands."""

    problem: Problem
    plan: DayPlan
    held: DayPlan
    now_min: float
    staying: frozenset[str]
    delays: Mapping[tuple[str, int], float]
    urgent: tuple[UrgentCall, ...]
    due: Mapping[str, float]


def task_of(document: Document, day: Document) -> Task:
    """Return the engine's task from what is kept of a re-plan; ``day`` as ``replan`` keeps it."""
    problem = problem_in(document, {})
    weekday = problem.working_days[0]
    amounts = {each.id: each.volume[weekday] for each in problem.suppliers}
    cancelled = set(day["cancelled"])
    return Task(
        problem=problem,
        plan=_plan(day, weekday, amounts, cancelled),
        held=_plan(day, weekday, amounts, set()),
        now_min=day["now_min"],
        staying=frozenset(day["staying"]) - cancelled,
        delays={(each["id"], 1): each["delay_min"] for each in day["vehicles"]},
        urgent=tuple(UrgentCall(key, amounts[key]) for key in day["loose"] if key not in cancelled),
        due={key: each["due_min"] for key, each in day["halts"].items()},
    )


def slices(task: Task, seconds: float) -> Iterator[Replanned]:
    """Yield an answer, then better ones; between two of them the search can be stopped."""
    count = max(1, round(seconds / SLICE_S))
    best: Replanned | None = None
    for seed in range(1, count + 1):
        found = replan(
            task.problem,
            task.plan,
            now_min=task.now_min,
            driven=task.staying,
            delays=task.delays,
            urgent=task.urgent,
            seconds=seconds / count,
            seed=seed,
            lateness=Lateness(task.due, LATE_PRICE_PER_MIN),
        )
        if best is None or found.price < best.price:
            best = found
        yield best
        if found.conflicts:
            return


def held_of(task: Task) -> Held:
    """Return the day as it goes on if nobody changes it."""
    return hold(
        task.problem, task.held, now_min=task.now_min, staying=task.staying, delays=task.delays
    )


def answer_document(task: Task, found: Replanned, held: Held, day: Document) -> dict[str, Any]:
    """Return the answer as it is kept: vehicles' days, each stop before and after, its price."""
    starts = {
        stop.supplier: stop for route in found.routes for trip in route.trips for stop in trip.stops
    }
    vehicle = {
        stop.supplier: [route.vehicle_type, route.vehicle_index]
        for route in found.routes
        for trip in route.trips
        for stop in trip.stops
    }
    costs = {each.supplier: round(each.cost, 2) for each in found.changes}
    stops = {}
    for key in day["halts"]:
        now = starts.get(key)
        stops[key] = {
            "held_min": _rounded(held.starts.get(key)),
            "held_at_plant_min": _rounded(held.arrivals.get(key)),
            "is_missed": key in held.missed or key in day["loose"],
            "vehicle": vehicle.get(key),
            "is_direct": key in found.direct,
            "arrive_min": _rounded(now.arrive) if now else None,
            "start_min": _rounded(now.start) if now else None,
            "at_plant_min": _rounded(found.arrivals.get(key)),
            "cost": costs.get(key),
        }
    return {
        "routes": [asdict(each) for each in found.routes],
        "direct": list(found.direct),
        "stops": stops,
        "faults": held.faults,
    }


def figures_of(task: Task, found: Replanned, held: Held, day: Document) -> dict[str, Any]:
    """Return cost, km, kg CO2e, minutes late and stops missed, without and with the re-plan."""
    direct_km = sum(_direct_km(task.problem, key) for key in found.direct)
    direct_kg = sum(_direct_kg(task, key) for key in found.direct)
    missed = held.missed | (set(day["loose"]) - set(day["urgent"]))
    held_late = _late(held.arrivals, task.due, missed | set(day["cancelled"]))
    late = _late(found.arrivals, task.due, set())
    return {
        "before": {
            "cost": round(held.cost, 2),
            "km": round(held.km, 1),
            "kg_co2e": round(held.kg_co2e, 2),
            "late_min": round(sum(held_late.values())),
            "late_stops": len(held_late),
            "missed": len(missed - set(day["cancelled"])),
        },
        "after": {
            "cost": round(found.cost, 2),
            "km": round(sum(each.km for each in found.routes) + direct_km, 1),
            "kg_co2e": round(sum(each.kg_co2e for each in found.routes) + direct_kg, 2),
            "late_min": round(sum(late.values())),
            "late_stops": len(late),
            "missed": 0,
        },
    }


def _plan(
    day: Document, weekday: int, amounts: Mapping[str, Amount], without: set[str]
) -> DayPlan:  # fmt: skip
    routes = []
    for each in day["vehicles"]:
        trips = [
            Trip(tuple(_told(key, day, each) for key in trip if key not in without))
            for trip in each["trips"]
        ]
        trips = [trip for trip in trips if trip.stops]
        if trips:
            routes.append(
                Route(weekday, each["id"], 1, each["start_min"], 0, 0, 0, 0, tuple(trips))
            )
    served = {stop.supplier for one in routes for trip in one.trips for stop in trip.stops}
    return DayPlan(weekday, tuple(routes), {key: amounts[key] for key in served})


def _told(key: str, day: Document, vehicle: Document) -> Stop:
    at = day["halts"][key]["told_min"]
    return Stop(key, at, at, at, day["pause_min"] if key in vehicle["pauses"] else 0.0)


def _late(
    arrivals: Mapping[str, float], due: Mapping[str, float], without: set[str]
) -> dict[str, float]:
    """Return by how many minutes goods come late, full minutes only."""
    found = {
        key: at - due[key] for key, at in arrivals.items() if key in due and key not in without
    }
    return {key: minutes for key, minutes in found.items() if minutes >= 1}


def _direct_km(problem: Problem, key: str) -> float:
    distances: Any = problem.distances
    return float(distances.km[distances.sites.index(key)][distances.sites.index(problem.plant.id)])


def _direct_kg(task: Task, key: str) -> float:
    weekday = task.problem.working_days[0]
    tonnes = task.problem.supplier(key).volume[weekday].kg / 1000
    km = _direct_km(task.problem, key)
    return task.problem.direct.co2e_kg_per_tkm * tonnes * km


def _rounded(minute: float | None) -> float | None:
    return None if minute is None else round(minute, 1)
