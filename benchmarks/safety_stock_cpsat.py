"""A peer: the textbook constraint model of guaranteed service, solved by CP-SAT of OR-Tools.

Integer service times, SI >= S of each supplier, the square root as a table scaled to 10^7 of the
cost of buffers everywhere. One worker, no start, the solver's own ways.
"""

import math
from typing import Any

from ortools.sat.python import cp_model

from inventory.engine.safety_stock.network import Network

SCALE = 10**7


def solve(network: Network, seconds: float) -> dict[str, Any]:
    """Return status, cost and bound within ``seconds`` of wall time."""
    model = cp_model.CpModel()
    whole = sum(
        weight * math.sqrt(lead)
        for weight, lead in zip(network.weight, network.lead, strict=True)
    )  # fmt: skip
    out: list[Any] = []
    costs = []
    for at, lead in enumerate(network.lead):
        longest = network.longest_in[at]
        wait = model.new_int_var(0, longest, f"in{at}")
        for supplier in network.suppliers[at]:
            model.add(wait >= out[supplier])
        out.append(model.new_int_var(network.least[at], network.most[at], f"out{at}"))
        net = model.new_int_var(0, longest + lead, f"net{at}")
        model.add(net == wait + lead - out[at])
        table = [
            round(SCALE / whole * network.weight[at] * math.sqrt(each))
            for each in range(longest + lead + 1)
        ]
        cost = model.new_int_var(0, table[-1], f"cost{at}")
        model.add_element(net, table, cost)
        costs.append(cost)
    model.minimize(sum(costs))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    return {
        "status": solver.status_name(status).lower(),
        "cost": solver.objective_value * whole / SCALE,
        "bound": solver.best_objective_bound * whole / SCALE,
        "wall_s": round(solver.wall_time, 2),
        "cpu_s": round(solver.user_time, 2),
    }
