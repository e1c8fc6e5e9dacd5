"""The best combination of known routes: each customer in exactly one (set partitioning)."""

from collections.abc import Sequence

from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model
from pyvrp import Solution

from transport.engine.routing.pool import Column, Pool

MOST_COLUMNS = 5_000
HOPELESS = 0.03  # of the incumbent: a wider gap is not closed within a small effort
MOST_KEPT = 1_000


def best_combination(
    pool: Pool, incumbent: Solution, *, effort: float, seconds: float
) -> Solution | None:
    """Return a cheaper plan made of routes in ``pool``, or None where none is found.

    The linear relaxation (GLOP) gives a bound; a route whose reduced cost exceeds the gap to
    the incumbent cannot be part of a cheaper plan. CP-SAT chooses among the rest, the most
    promising first. ``effort`` is in CP-SAT's deterministic seconds, so that the answer does
    not hang on the machine's speed unless ``seconds`` of wall time end it before.
    """
    own = [pool.column(route) for route in incumbent.routes()]
    columns = {column.key: column for column in pool.columns(MOST_COLUMNS)}
    for column in own:
        known = columns.get(column.key)
        if known is None or column.cost < known.cost:
            columns[column.key] = column
    upper = sum(columns[column.key].cost for column in own)
    kept = _promising(pool, list(columns.values()), upper, seconds)
    if kept is None:
        return None
    chosen = _choose(pool, kept, {column.key for column in own}, effort, seconds)
    if chosen is None or sum(column.cost for column in chosen) >= sum(each.cost for each in own):
        return None
    return Solution(pool.data, [column.route for column in chosen])


def _promising(
    pool: Pool, columns: Sequence[Column], upper: int, seconds: float
) -> list[Column] | None:
    """Return the columns that may be part of a plan below ``upper``, best reduced cost first."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    solver.SetTimeLimit(max(1, int(seconds * 1000)))
    rows = [solver.Constraint(1, 1) for _ in range(pool.data.num_clients)]
    fleet = [
        solver.Constraint(-solver.infinity(), kind.num_available)
        for kind in pool.data.vehicle_types()
    ]
    objective = solver.Objective()
    objective.SetMinimization()
    variables = []
    for column in columns:
        variable = solver.NumVar(0, solver.infinity(), "")
        variables.append(variable)
        objective.SetCoefficient(variable, column.cost)
        fleet[column.key[0]].SetCoefficient(variable, 1)
        for stop in column.key[1]:
            rows[stop].SetCoefficient(variable, 1)
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    gap = upper - objective.Value()
    if not 1 <= gap <= HOPELESS * upper:
        return None
    priced = sorted(
        (variable.reduced_cost(), place)
        for place, variable in enumerate(variables)
        if variable.reduced_cost() <= gap
    )
    return [columns[place] for _, place in priced[:MOST_KEPT]]


def _choose(
    pool: Pool,
    columns: Sequence[Column],
    hinted: set[tuple[int, frozenset[int]]],
    effort: float,
    seconds: float,
) -> list[Column] | None:
    """Return the cheapest columns that cover each customer once, or None."""
    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in columns]
    covering: list[list[cp_model.IntVar]] = [[] for _ in range(pool.data.num_clients)]
    by_kind: list[list[cp_model.IntVar]] = [[] for _ in range(pool.data.num_vehicle_types)]
    for column, variable in zip(columns, taken, strict=True):
        for stop in column.key[1]:
            covering[stop].append(variable)
        by_kind[column.key[0]].append(variable)
        model.add_hint(variable, column.key in hinted)
    if not all(covering):
        return None
    for variables in covering:
        model.add_exactly_one(variables)
    for kind, variables in zip(pool.data.vehicle_types(), by_kind, strict=True):
        if len(variables) > kind.num_available:
            model.add(sum(variables) <= kind.num_available)
    model.minimize(sum(column.cost * each for column, each in zip(columns, taken, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = effort
    solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [
        column for column, each in zip(columns, taken, strict=True) if solver.boolean_value(each)
    ]
