"""The routes met during a search, remembered for a better combination of them."""

from dataclasses import dataclass, field

from pyvrp import CostEvaluator, ProblemData, Route, Solution

MOST_ROUTES = 60_000

Key = tuple[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Column:
    """A route that keeps all limits, with its cost in the solver's unit."""

    key: Key
    cost: int
    route: Route


@dataclass(slots=True)
class Pool:
    """Routes by vehicle type and order of stops, each with the best plan it was seen in."""

    data: ProblemData
    _seen: dict[tuple[int, str], tuple[int, Route] | None] = field(default_factory=dict)

    def add(self, solution: Solution, costs: CostEvaluator) -> None:
        """Remember the routes of ``solution`` that break no limit."""
        value = costs.penalised_cost(solution)
        seen = self._seen
        for route in solution.routes():
            key = (route.vehicle_type(), str(route))
            if key in seen:
                known = seen[key]
                if known is not None and value < known[0]:
                    seen[key] = (value, route)
            else:
                seen[key] = (value, route) if route.is_feasible() else None
        if len(seen) > MOST_ROUTES:
            self._forget()

    def columns(self, most: int) -> list[Column]:
        """Return at most ``most`` routes, those of the best plans, one per set of stops."""
        kept: dict[Key, Column] = {}
        for _, route in self._ranked()[:most]:
            column = self.column(route)
            known = kept.get(column.key)
            if known is None or column.cost < known.cost:
                kept[column.key] = column
        return list(kept.values())

    def column(self, route: Route) -> Column:
        """Return a route with its set of customers and its cost."""
        kind = self.data.vehicle_type(route.vehicle_type())
        stops = frozenset(each.idx for each in route if each.is_client())
        cost = kind.fixed_cost + kind.unit_distance_cost * route.distance()
        return Column((route.vehicle_type(), stops), cost, route)

    def _ranked(self) -> list[tuple[int, Route]]:
        known = [entry for entry in self._seen.values() if entry is not None]
        return sorted(known, key=lambda entry: entry[0])

    def _forget(self) -> None:
        """Keep the half of the routes that the best plans had."""
        limit = self._ranked()[: MOST_ROUTES // 2]
        worst = limit[-1][0] if limit else 0
        self._seen = {
            key: entry
            for key, entry in self._seen.items()
            if entry is not None and entry[0] <= worst
        }
