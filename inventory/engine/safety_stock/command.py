"""``engine safety-stock``: a chain as a file in, its cheapest placement as JSON out."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collab.engine_command import MOST_SECONDS, EngineOptions, expect, run
from collab.engine_fields import UnreadableProblem
from inventory.engine.safety_stock.placement import to_json
from inventory.engine.safety_stock.problem import Problem
from inventory.engine.safety_stock.reader import read_network
from inventory.engine.safety_stock.solve import solve

MOST_SEED = 2**63 - 1
MOST_SWEEPS = 10**9


def main(arguments: Sequence[str]) -> int:
    """Run the command; return 0 with a placement, 2 with one line of error and none."""
    return run(arguments, _options(), read=_read, solve=_solve, unreadable=UnreadableProblem)


def _options() -> EngineOptions:
    options = EngineOptions(
        "safety-stock", "Place safety stock in a chain of stages.", threads="one is used"
    )
    options.add_argument("--network", type=Path, required=True, help="JSON, version 1, or CSV")
    options.add_argument("--seconds", type=float, default=30.0, help="wall time")
    options.add_argument("--iterations", type=int, default=None, help="sweeps of messages")
    return options


def _read(given: argparse.Namespace) -> Problem:
    seconds, sweeps = given.seconds, given.iterations
    expect(0 < seconds <= MOST_SECONDS, f"0 to {MOST_SECONDS:g} s", seconds, "--seconds")
    expect(0 <= given.seed <= MOST_SEED, f"a seed from 0 to {MOST_SEED}", given.seed, "--seed")
    expect(sweeps is None or 1 <= sweeps <= MOST_SWEEPS, "1 to 10^9", sweeps, "--iterations")
    return read_network(given.network)


def _solve(problem: Problem, given: argparse.Namespace) -> dict[str, Any]:
    placement = solve(
        problem,
        seconds=given.seconds,
        seed=given.seed,
        threads=given.threads,
        sweeps=given.iterations,
    )
    return to_json(placement)
