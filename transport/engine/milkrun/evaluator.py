"""A second look at every plan, with code of its own: all figures again from the raw problem."""

from dataclasses import dataclass, field

from transport.engine.milkrun.measures import Ruler, baseline_shares, direct_week, pick_ups
from transport.engine.milkrun.options_check import check_options
from transport.engine.milkrun.plan import Choice, Cost, Plan, Route
from transport.engine.milkrun.problem import Load, Options, Problem, Supplier
from transport.engine.milkrun.route_check import (
    MONEY_TOLERANCE,
    RouteCheck,
    RouteFigures,
    differs,
)

HALF_CENT = 0.0051


class PlanRejected(ValueError):
    """A plan that must not be stored; the message lists the violations."""


@dataclass(slots=True)
class Evaluation:
    """What a plan comes to by the rules, and every violation in words."""

    cost: Cost = field(default_factory=Cost)
    km: float = 0.0
    kg_co2e: float = 0.0
    extra: dict[str, float] = field(default_factory=dict)
    changed_stops: int = 0
    peak_arrivals: int = 0
    routes: list[tuple[Route, RouteFigures]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations


def check(problem: Problem, plan: Plan, options: Options | None = None) -> None:
    """Raise ``PlanRejected`` unless ``plan`` keeps every rule and reports every figure right."""
    found = evaluate(problem, plan, options)
    if not found.is_valid:
        raise PlanRejected("; ".join(found.violations))


def evaluate(problem: Problem, plan: Plan, options: Options | None = None) -> Evaluation:
    """Return the figures of ``plan`` by rules (1) to (11), and what is wrong with it.

    Tolerances: money 0.02 and 1e-5 of it, times 0.01 min, km and kg 1e-5 of them. Without
    ``options`` those of the problem count.
    """
    options = options or problem.options or Options()
    found, ruler = Evaluation(), Ruler(problem)
    _choices(problem, plan, found)
    loads = _wanted(problem, plan)
    _routes(problem, plan, ruler, loads, found)
    _served(plan, loads, found)
    _sent(problem, plan, ruler, found)
    check_options(problem, plan, options, ruler, found)
    kg = found.kg_co2e
    found.cost += Cost(co2=problem.co2_price_per_t * kg / 1000)
    _reported(plan, found)
    _baseline(problem, plan, ruler, found)
    _allocation(problem, plan, found)
    return found


def _choices(problem: Problem, plan: Plan, found: Evaluation) -> None:
    """Every supplier with volume is answered by one of its patterns."""
    for supplier in problem.suppliers:
        choice = plan.choices.get(supplier.id)
        if choice is None:
            if supplier.has_volume:
                found.violations.append(f"{supplier.id}: no way and pattern")
        elif choice.pattern not in supplier.offered(problem.working_days):
            found.violations.append(f"{supplier.id}: pattern {choice.pattern} is not offered")
    known = {each.id for each in problem.suppliers}
    found.violations += [f"{name}: unknown supplier" for name in plan.choices if name not in known]


def _chosen(problem: Problem, plan: Plan) -> list[tuple[Supplier, Choice]]:
    """Return the suppliers with a choice whose weekdays are working days."""
    days = set(problem.working_days)
    return [
        (each, choice)
        for each in problem.suppliers
        if (choice := plan.choices.get(each.id)) is not None and set(choice.pattern) <= days
    ]


def _wanted(problem: Problem, plan: Plan) -> dict[tuple[int, str], Load]:
    """Return what milk runs have to pick up, by weekday and supplier."""
    return {
        (pick_up.day, supplier.id): pick_up.load
        for supplier, choice in _chosen(problem, plan)
        if choice.mode == "milkrun"
        for pick_up in pick_ups(problem, supplier, choice.pattern)
    }


def _routes(
    problem: Problem,
    plan: Plan,
    ruler: Ruler,
    loads: dict[tuple[int, str], Load],
    found: Evaluation,
) -> None:
    """Walk through every vehicle-day; vehicles within their number, each once a day."""
    types = {each.id: each for each in problem.fleet}
    suppliers = {each.id for each in problem.suppliers}
    seen: set[tuple[int, str, int]] = set()
    for route in plan.routes:
        name = f"{route.vehicle_type} {route.vehicle_index} on day {route.day}"
        vehicle = types.get(route.vehicle_type)
        strangers = [
            s.supplier for t in route.trips for s in t.stops if s.supplier not in suppliers
        ]
        if vehicle is None or strangers or route.day not in problem.working_days:
            found.violations.append(f"{name}: unknown day, vehicle type or supplier {strangers}")
            continue
        key = (route.day, route.vehicle_type, route.vehicle_index)
        if key in seen:
            found.violations.append(f"{name}: used twice")
        seen.add(key)
        if route.vehicle_index < 1 or (vehicle.count is not None
                                       and route.vehicle_index > vehicle.count):  # fmt: skip
            found.violations.append(f"{name}: only {vehicle.count} of them a day")
        of_day = {supplier: load for (day, supplier), load in loads.items() if day == route.day}
        figures = RouteCheck(problem, ruler, route, vehicle, of_day).run()
        found.violations += figures.violations
        found.routes.append((route, figures))
        found.km += figures.km
        found.kg_co2e += figures.kg_co2e
        found.cost += Cost(
            fleet_fixed=vehicle.fixed_per_day,
            distance=vehicle.per_km * figures.km,
            time=vehicle.per_hour * figures.hours(),
        )


def _served(plan: Plan, loads: dict[tuple[int, str], Load], found: Evaluation) -> None:
    """Every pick-up is one stop of one vehicle, and there are no others."""
    stops: dict[tuple[int, str], int] = {}
    for route in plan.routes:
        for trip in route.trips:
            for stop in trip.stops:
                key = (route.day, stop.supplier)
                stops[key] = stops.get(key, 0) + 1
    for day, supplier in sorted(set(stops) | set(loads)):
        wanted, times = (day, supplier) in loads, stops.get((day, supplier), 0)
        if wanted and times != 1:
            found.violations.append(f"{supplier}: {times} stops on day {day}, expected 1")
        elif not wanted:
            found.violations.append(f"{supplier}: a stop on day {day} without a pick-up")


def _sent(problem: Problem, plan: Plan, ruler: Ruler, found: Evaluation) -> None:
    """Add direct shipments, and the stock of every choice."""
    for supplier, choice in _chosen(problem, plan):
        if choice.mode == "direct":
            week = direct_week(problem, ruler, supplier, choice.pattern)
            if week is None:
                found.violations.append(f"{supplier.id}: no direct tariff for this distance")
                continue
            price, stock, km, co2 = week
            found.km += km
            found.kg_co2e += co2
            found.cost += Cost(direct=price, stock=stock)
        else:
            found.cost += Cost(
                stock=sum(p.stock_cost for p in pick_ups(problem, supplier, choice.pattern))
            )


def _reported(plan: Plan, found: Evaluation) -> None:
    for kind in ("fleet_fixed", "distance", "time", "direct", "stock", "co2", "total"):
        reported, own = getattr(plan.cost, kind), getattr(found.cost, kind)
        # A total read from a file is the sum of six rounded parts.
        if differs(reported, own, MONEY_TOLERANCE + (6 * HALF_CENT if kind == "total" else 0)):
            found.violations.append(f"cost: {kind} is {own:.2f}, reported {reported:.2f}")
    for name in ("km", "kg_co2e"):
        if differs(getattr(plan, name), getattr(found, name), 1e-4):
            found.violations.append(
                f"{name} is {getattr(found, name):.4f}, reported {getattr(plan, name):.4f}"
            )


def _baseline(problem: Problem, plan: Plan, ruler: Ruler, found: Evaluation) -> None:
    """The baseline by rule (11): per supplier, and its sums."""
    shares = baseline_shares(problem, ruler)
    for name, best in shares.items():
        reported = plan.baseline.per_supplier.get(name)
        cost = None if reported is None else reported.cost
        if best is None or cost is None:
            if (best is None) != (cost is None):
                found.violations.append(f"baseline: {name} reported {cost}")
        elif differs(cost, best[0], MONEY_TOLERANCE):
            found.violations.append(f"baseline: {name} is {best[0]:.2f}, reported {cost:.2f}")
    known = [each for each in shares.values() if each is not None]
    total = sum(each[0] for each in known) if len(known) == len(shares) else None
    sums = [("km", plan.baseline.km, sum(each[2] for each in known), 1e-4),
            ("kg_co2e", plan.baseline.kg_co2e, sum(each[3] for each in known), 1e-4)]  # fmt: skip
    if (total is None) != (plan.baseline.cost is None):
        found.violations.append(f"baseline: cost reported {plan.baseline.cost}")
    elif total is not None and plan.baseline.cost is not None:
        sums.append(("cost", plan.baseline.cost, total, MONEY_TOLERANCE))
    for what, reported_sum, own, absolute in sums:
        if differs(reported_sum, own, absolute):
            found.violations.append(f"baseline: {what} is {own:.4f}, reported {reported_sum:.4f}")


def _allocation(problem: Problem, plan: Plan, found: Evaluation) -> None:
    """Every supplier is charged once, in total the plan's cost, none more than alone."""
    names = [each.supplier for each in plan.allocation]
    if sorted(names) != sorted(each.id for each in problem.suppliers):
        found.violations.append("allocation: expected every supplier once")
        return
    charged = sum(each.allocated_cost for each in plan.allocation)
    if differs(charged, found.cost.total, MONEY_TOLERANCE):
        found.violations.append(
            f"allocation: {charged:.2f} in total, cost {found.cost.total:.2f}"
        )  # fmt: skip
    alone = plan.baseline.per_supplier
    pays_more = plan.baseline.cost is None or found.cost.total > plan.baseline.cost
    for each in plan.allocation:
        share = alone.get(each.supplier)
        if share is None or share.cost is None:
            continue
        if each.baseline_cost is None or differs(each.baseline_cost, share.cost, MONEY_TOLERANCE):
            found.violations.append(f"allocation: baseline of {each.supplier} is {share.cost:.2f}")
        if not pays_more and each.allocated_cost > share.cost + MONEY_TOLERANCE:
            found.violations.append(
                f"allocation: {each.supplier} pays {each.allocated_cost:.2f},"
                f" alone {share.cost:.2f}"
            )
