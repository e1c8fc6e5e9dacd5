"""``engine route``: an instance file in, vehicle routes as JSON out."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collab.engine_command import MOST_SECONDS, EngineOptions, expect, run
from transport.engine.routing.problem import RoutePlan, RoutingProblem
from transport.engine.routing.reader import read_instance
from transport.engine.routing.source import UnreadableInstance

MOST_SEED = 2**31 - 1


def main(arguments: Sequence[str]) -> int:
    """Run the command; return 0 with a result, 2 with one line of error and no result."""
    return run(arguments, _options(), read=_read, solve=_solve, unreadable=UnreadableInstance)


def _options() -> EngineOptions:
    options = EngineOptions(
        "route", "Plan vehicle routes.", threads="searches side by side, best kept"
    )
    options.add_argument("--instance", type=Path, required=True, help="Solomon .txt or VRPLIB .vrp")
    options.add_argument("--seconds", type=float, required=True, help="wall budget")
    options.add_argument("--iterations", type=int, default=None, help="end after so many instead")
    return options


def _read(given: argparse.Namespace) -> RoutingProblem:
    seconds, steps = given.seconds, given.iterations
    expect(0 < seconds <= MOST_SECONDS, "seconds above 0", seconds, "--seconds")
    expect(steps is None or steps >= 1, "at least one", steps, "--iterations")
    expect(0 <= given.seed <= MOST_SEED, f"a seed from 0 to {MOST_SEED}", given.seed, "--seed")
    return read_instance(given.instance)


def _solve(problem: RoutingProblem, given: argparse.Namespace) -> dict[str, Any]:
    from transport.engine.routing.solve import solve  # the solver takes a while to import

    started = time.perf_counter()
    plan = solve(
        problem,
        seconds=given.seconds,
        seed=given.seed,
        threads=given.threads,
        iterations=given.iterations,
    )
    return _answer(problem, plan, time.perf_counter() - started)


def _answer(problem: RoutingProblem, plan: RoutePlan, seconds: float) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "status": plan.status,
        "distance": plan.distance,
        "vehicles": len(plan.routes),
        "routes": [list(route) for route in plan.routes],
        "seconds": seconds,
    }
    if problem.is_mixed:
        answer["cost"] = plan.cost
        answer["route_vehicles"] = list(plan.vehicles)
    if plan.status != "feasible":
        answer["conflicts"] = [
            {"constraint": each.constraint, "stops": list(each.stops), "reason": each.reason}
            for each in plan.conflicts
        ]
    return answer
