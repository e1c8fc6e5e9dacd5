"""The plan as JSON and back: the published format, own additions behind ``x_``."""

from typing import Any

from collab.engine_fields import Field
from transport.engine.milkrun.plan import (
    Allocation,
    Baseline,
    BaselineShare,
    Choice,
    Cost,
    Plan,
    Route,
    Stop,
    Trip,
)

KINDS = ("fleet_fixed", "distance", "time", "direct", "stock", "co2")
MODES = ("milkrun", "direct", "cross-dock")


def to_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as JSON values: money with 2 digits, times, km and kg with 4."""
    if plan.status == "infeasible":
        return {
            "status": plan.status,
            "seconds": round(plan.seconds, 3),
            "x_conflicts": [
                {"suppliers": list(each.suppliers), "constraint": each.constraint}
                for each in plan.conflicts
            ],
        }
    answer: dict[str, Any] = {
        "status": plan.status,
        "seconds": round(plan.seconds, 3),
        "cost": {kind: _money(getattr(plan.cost, kind)) for kind in (*KINDS, "total")},
        "km": _figure(plan.km),
        "kg_co2e": _figure(plan.kg_co2e),
        "baseline": {
            "cost": _money(plan.baseline.cost),
            "km": _figure(plan.baseline.km),
            "kg_co2e": _figure(plan.baseline.kg_co2e),
            "per_supplier": {
                name: {"cost": _money(each.cost), "pattern": list(each.pattern)}
                for name, each in plan.baseline.per_supplier.items()
            },
        },
        "suppliers": {
            name: {"mode": each.mode, "pattern": list(each.pattern)}
            for name, each in plan.choices.items()
        },
        "routes": [_route(each) for each in plan.routes],
        "allocation": [
            {
                "supplier": each.supplier,
                "baseline_cost": _money(each.baseline_cost),
                "allocated_cost": _money(each.allocated_cost),
                "saving": _money(each.saving),
                "saving_pct": round(each.saving_pct, 2),
            }
            for each in plan.allocation
        ],
        "method": plan.method,
    }
    return answer | _additions(plan)


def _additions(plan: Plan) -> dict[str, Any]:
    """Return what goes beyond the published format."""
    found: dict[str, Any] = {}
    if plan.explanations:
        found["x_explanations"] = [
            {
                "supplier": each.supplier,
                "mode": each.mode,
                "pattern": list(each.pattern),
                "cost": _money(each.cost),
                "direct_cost": _money(each.direct_cost),
                "stock_cost": _money(each.stock_cost),
                "wait_min": _figure(each.wait_min),
                "alternatives": [
                    {"mode": one.mode, "pattern": list(one.pattern), "cost": _money(one.cost)}
                    for one in each.alternatives
                ],
            }
            for each in plan.explanations
        ]
    if plan.extra:
        found["x_extra"] = {name: _money(value) for name, value in plan.extra.items()}
        found["x_changed_stops"] = plan.changed_stops
        found["x_peak_arrivals"] = plan.peak_arrivals
    return found


def _route(route: Route) -> dict[str, Any]:
    return {
        "day": route.day,
        "vehicle_type": route.vehicle_type,
        "vehicle_index": route.vehicle_index,
        "start_min": _figure(route.start_min),
        "end_min": _figure(route.end_min),
        "km": _figure(route.km),
        "kg_co2e": _figure(route.kg_co2e),
        "cost": _money(route.cost),
        "trips": [
            ({} if trip.start_min is None else {"start_min": _figure(trip.start_min)})
            | {
                "stops": [
                    {
                        "supplier": stop.supplier,
                        "arrive": _figure(stop.arrive),
                        "start": _figure(stop.start),
                        "depart": _figure(stop.depart),
                        "break_min": stop.break_min,
                    }
                    for stop in trip.stops
                ],
                "break_min": trip.break_min,
            }
            for trip in route.trips
        ],
    }


def plan_of(root: Field) -> Plan:
    """Return the plan in a JSON value of a status other than infeasible.

    Raises ``UnreadableProblem`` with the key that is missing, unknown or of the wrong type.
    """
    top = root.members(
        "status seconds cost km kg_co2e baseline suppliers routes allocation method"
    )  # fmt: skip
    costs = top["cost"].members(" ".join((*KINDS, "total")))
    choices = {}
    for name, each in top["suppliers"].free_members().items():
        found = each.members("mode pattern")
        pattern = tuple(day.integer(1, 7) for day in found["pattern"].items())
        choices[name] = Choice(found["mode"].one_of(*MODES), pattern)  # type: ignore[arg-type]
    return Plan(
        status=top["status"].one_of("optimal", "feasible"),  # type: ignore[arg-type]
        seconds=top["seconds"].number(),
        cost=Cost(*(costs[kind].number() for kind in KINDS)),
        km=top["km"].number(),
        kg_co2e=top["kg_co2e"].number(),
        baseline=_baseline_of(top["baseline"]),
        choices=choices,
        routes=tuple(_route_of(each) for each in top["routes"].items()),
        allocation=tuple(_allocation_of(each) for each in top["allocation"].items()),
        method=top["method"].text(),
    )


def _baseline_of(field: Field) -> Baseline:
    found = field.members("cost km kg_co2e per_supplier")
    shares = {}
    for name, each in found["per_supplier"].free_members().items():
        share = each.members("cost pattern")
        pattern = tuple(day.integer(1, 7) for day in share["pattern"].items())
        shares[name] = BaselineShare(_optional(share["cost"]), pattern)
    return Baseline(
        _optional(found["cost"]), found["km"].number(), found["kg_co2e"].number(), shares
    )


def _allocation_of(field: Field) -> Allocation:
    found = field.members("supplier baseline_cost allocated_cost saving saving_pct")
    return Allocation(
        found["supplier"].text(),
        _optional(found["baseline_cost"]),
        found["allocated_cost"].number(least=-1e12),
    )


def _route_of(field: Field) -> Route:
    found = field.members(
        "day vehicle_type vehicle_index start_min end_min km kg_co2e cost trips"
    )  # fmt: skip
    return Route(
        day=found["day"].integer(1, 7),
        vehicle_type=found["vehicle_type"].text(),
        vehicle_index=found["vehicle_index"].integer(1),
        start_min=found["start_min"].number(),
        end_min=found["end_min"].number(),
        km=found["km"].number(),
        kg_co2e=found["kg_co2e"].number(),
        cost=found["cost"].number(),
        trips=tuple(_trip_of(each) for each in found["trips"].items(least=1)),
    )


def _trip_of(field: Field) -> Trip:
    found = field.members("stops break_min", "start_min")
    stops = []
    for each in found["stops"].items(least=1):
        stop = each.members("supplier arrive start depart break_min")
        times = (stop[name].number() for name in ("arrive", "start", "depart", "break_min"))
        stops.append(Stop(stop["supplier"].text(), *times))
    start = found["start_min"].number() if "start_min" in found else None
    return Trip(tuple(stops), found["break_min"].number(), start)


def _optional(field: Field) -> float | None:
    return None if field.is_null else field.number()


def _money(value: float | None) -> float | None:
    return None if value is None else round(value, 2) + 0.0


def _figure(value: float) -> float:
    return round(value, 4) + 0.0
