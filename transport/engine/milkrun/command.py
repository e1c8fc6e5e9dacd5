"""``engine milkrun``: a problem file in, a plan as JSON out."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collab.engine_command import MOST_SECONDS, EngineOptions, expect, run
from collab.engine_fields import UnreadableProblem
from transport.engine.milkrun.plan_json import to_json
from transport.engine.milkrun.problem import Problem
from transport.engine.milkrun.reader import read_problem
from transport.engine.milkrun.solver import solve

MOST_SEED = 2_145_483_647
MOST_STEPS = 10**9


def main(arguments: Sequence[str]) -> int:
    """Run the command; return 0 with a plan, 2 with one line of error and no plan."""
    return run(arguments, _options(), read=_read, solve=_solve, unreadable=UnreadableProblem)


def _options() -> EngineOptions:
    options = EngineOptions("milkrun", "Plan milk runs.", threads="from 2 on two processes search")
    options.add_argument("--problem", type=Path, required=True, help="JSON, version 1")
    options.add_argument("--seconds", type=float, default=60.0, help="wall time")
    options.add_argument("--iterations", type=int, default=None, help="steps instead of seconds")
    return options


def _read(given: argparse.Namespace) -> Problem:
    seconds, steps = given.seconds, given.iterations
    expect(0 < seconds <= MOST_SECONDS, f"0 to {MOST_SECONDS:g} s", seconds, "--seconds")
    expect(0 <= given.seed <= MOST_SEED, f"a seed from 0 to {MOST_SEED}", given.seed, "--seed")
    expect(steps is None or 1 <= steps <= MOST_STEPS, "1 to 10^9 steps", steps, "--iterations")
    return read_problem(given.problem)


def _solve(problem: Problem, given: argparse.Namespace) -> dict[str, Any]:
    plan = solve(
        problem,
        seconds=given.seconds,
        seed=given.seed,
        threads=given.threads,
        iterations=given.iterations,
    )
    return to_json(plan)
