"""``engine route``: an instance file in, vehicle routes as JSON out."""

import argparse
import json
import logging
import math
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from transport.engine.routing.problem import RoutePlan, RoutingProblem
from transport.engine.routing.reader import read_instance
from transport.engine.routing.source import UnreadableInstance

BAD_INPUT = 2
MOST_SECONDS, MOST_THREADS, MOST_SEED = 86_400.0, 64, 2**31 - 1


class BadOption(ValueError):
    """An option is missing or wrong; the message is ``<what> (<option>)``."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadOption(f"{message} (options)")


def main(arguments: Sequence[str]) -> int:
    """Run the command; return 0 with a result, 2 with one line of error and no result."""
    logging.basicConfig(stream=sys.stderr)
    try:
        options = _options(arguments)
        problem = read_instance(options.instance)
    except (BadOption, UnreadableInstance) as wrong:
        return _fail(str(wrong))
    except OSError as wrong:
        return _fail(f"{wrong.strerror or 'cannot be read'} ({wrong.filename})")
    from transport.engine.routing.solve import solve  # the solver takes a while to import

    started = time.perf_counter()
    plan = solve(
        problem,
        seconds=options.seconds,
        seed=options.seed,
        threads=options.threads,
        iterations=options.iterations,
    )
    answer = _answer(problem, plan, time.perf_counter() - started)
    try:
        _write(answer, options.json)
    except OSError as wrong:
        return _fail(f"{wrong.strerror or 'cannot be written'} ({wrong.filename})")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="engine route", description="Plan vehicle routes.", allow_abbrev=False)
    parser.add_argument("--instance", type=Path, required=True, help="Solomon .txt or VRPLIB .vrp")
    parser.add_argument("--seconds", type=float, required=True, help="wall budget")
    parser.add_argument("--iterations", type=int, default=None, help="end after so many instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="searches side by side, best kept")
    parser.add_argument("--json", type=Path, default=None, help="write here instead of stdout")
    options = parser.parse_args(list(arguments))
    if not (math.isfinite(options.seconds) and 0 < options.seconds <= MOST_SECONDS):
        raise BadOption(f"expected seconds above 0, got {options.seconds} (--seconds)")
    if options.iterations is not None and options.iterations < 1:
        raise BadOption(f"expected at least one, got {options.iterations} (--iterations)")
    if not 0 <= options.seed <= MOST_SEED:
        raise BadOption(f"expected a seed from 0 to {MOST_SEED}, got {options.seed} (--seed)")
    if not 1 <= options.threads <= MOST_THREADS:
        raise BadOption(f"expected 1 to {MOST_THREADS} threads, got {options.threads} (--threads)")
    if options.json is not None and not options.json.parent.is_dir():
        raise BadOption(f"expected a folder that exists, got {options.json.parent} (--json)")
    return options


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


def _write(answer: dict[str, Any], path: Path | None) -> None:
    text = json.dumps(answer, allow_nan=False)
    if path is None:
        sys.stdout.write(f"{text}\n")
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _fail(message: str) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"error: {line}\n")
    return BAD_INPUT
