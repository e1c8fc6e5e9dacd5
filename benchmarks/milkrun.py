"""The milk-run engine against references, its own ten-minute result, the clock and the memory.

Every instance runs in a process of its own with two threads; the evaluator recomputes each plan.
The instance of 150 suppliers is ours (``benchmarks.milkrun_instance``), the others are read from
``ENGINE_BENCHMARKS``.

    python -m benchmarks.milkrun            # about three minutes
    python -m benchmarks.milkrun --long     # and ten more for the 150 suppliers
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.milkrun_instance import instance

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "milkrun.json"
FOLDER = ROOT / os.environ.get("ENGINE_BENCHMARKS", "../shared/data/engines") / "generated"
OWN, LONG_S = "own_150", 600.0
SECONDS = {"milkrun_tiny": 5.0, "milkrun_15": 20.0, "milkrun_60": 58.0, OWN: 60.0}
BELOW = {"milkrun_tiny": 1.0, "milkrun_15": 1.0, "milkrun_60": 0.97}
GOALS = {"first_s": 5.0, "wall_60_s": 60.0, "of_long": 1.01, "memory_mb": 1024}


def main() -> None:
    """Run every instance, print and keep the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--long", action="store_true", help="also run the 150 for ten minutes")
    arguments.add_argument("--one", metavar="NAME", help=argparse.SUPPRESS)
    arguments.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.seconds)))
        return
    found = {name: in_a_process(name, seconds) for name, seconds in SECONDS.items()}
    references = json.loads((FOLDER / "references.json").read_text(encoding="utf-8"))
    for name in BELOW:
        found[name]["reference"] = references[name]["cost"]
    found[OWN]["long_cost"] = long_cost(again=options.long)
    result = {
        "command": "python -m benchmarks.milkrun",
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load_before": round(os.getloadavg()[2], 1),
        "goals": GOALS | {f"{name}_of_reference": share for name, share in BELOW.items()},
        "instances": found,
        "met": met(found),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def long_cost(*, again: bool) -> float | None:
    """Return the cost after ten minutes: measured now, or as kept from the last time."""
    if again:
        return float(in_a_process(OWN, LONG_S)["cost"])
    if not RESULT.exists():
        return None
    kept = json.loads(RESULT.read_text(encoding="utf-8"))["instances"][OWN]["long_cost"]
    return None if kept is None else float(kept)


def in_a_process(name: str, seconds: float) -> dict[str, Any]:
    """Return the figures of one instance, measured in a new process."""
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.milkrun", "--one", name, "--seconds", str(seconds)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, Any] = json.loads(ended.stdout)
    return figures


def measure(name: str, seconds: float) -> dict[str, Any]:
    """Solve one instance and return its figures."""
    from collab.engine_fields import Field, load
    from transport.engine.milkrun.evaluator import evaluate
    from transport.engine.milkrun.reader import problem_of
    from transport.engine.milkrun.solver import solve

    root = Field(instance(), name) if name == OWN else load(FOLDER / f"{name}.json")
    problem = problem_of(root)
    reports: list[dict[str, float]] = []
    began = time.perf_counter()
    cpu = time.process_time()
    plan = solve(problem, seconds=seconds, threads=2, progress=reports.append)
    wall = time.perf_counter() - began
    cpu = time.process_time() - cpu
    memory = sum(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "suppliers": len(problem.suppliers),
        "cost": round(plan.cost.total, 2),
        "baseline": None if plan.baseline.cost is None else round(plan.baseline.cost, 2),
        "kg_co2e": round(plan.kg_co2e, 1),
        "baseline_kg_co2e": round(plan.baseline.kg_co2e, 1),
        "vehicle_days": plan.vehicle_days,
        "first_s": round(reports[0]["elapsed"], 2),
        "wall_s": round(wall, 2),
        "cpu_s": round(cpu, 2),
        "memory_mb": round(memory / 1024),
        "violations": len(evaluate(problem, plan).violations),
    }


def met(found: dict[str, dict[str, Any]]) -> dict[str, bool]:
    """Return each goal with whether it is met; without a long run that goal is left out."""
    verdicts = {
        f"{name} ≤ {share} × reference": found[name]["cost"]
        <= share * found[name]["reference"] + 0.005
        for name, share in BELOW.items()
    }
    verdicts["60 suppliers in 60 s"] = found["milkrun_60"]["wall_s"] <= GOALS["wall_60_s"]
    verdicts["150 suppliers, first plan in 5 s"] = found[OWN]["first_s"] <= GOALS["first_s"]
    if found[OWN]["long_cost"] is not None:
        most = GOALS["of_long"] * found[OWN]["long_cost"]
        verdicts["150 suppliers within 1 % of ten minutes"] = found[OWN]["cost"] <= most
    verdicts["memory"] = all(each["memory_mb"] <= GOALS["memory_mb"] for each in found.values())
    verdicts["no violation"] = not any(each["violations"] for each in found.values())
    return verdicts


if __name__ == "__main__":
    main()
