"""The route engine beside its peers, in one run: gaps to the best known plans, by folder.

    python -m benchmarks.routing                                # a sample, about 13 minutes
    python -m benchmarks.routing --sets solomon --seconds 10    # one folder, whole
    python -m benchmarks.routing --whole                        # every instance, about an hour
    python -m benchmarks.routing --no-peers                     # ours alone

Instances are read from ENGINE_BENCHMARKS (default ../shared/data/engines). OR-Tools routing
runs on eight instances with the same seconds each; pyvroom lives in an environment of its own,
.local/peers, made on the first run and never part of the product, and stops by itself. Every
plan, ours or a peer's, is priced by the engine's evaluator. Ours counts CPU seconds of one
thread; OR-Tools knows wall seconds only, so give it a quiet machine. Ends with 1 if a goal is
missed.
"""

import argparse
import csv
import json
import os
import sys
import time
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.routing_peers import ortools_found, vroom_found
from transport.engine.routing.evaluator import PlanRejected, account, check
from transport.engine.routing.problem import Found, RoutingProblem
from transport.engine.routing.reader import read_instance
from transport.engine.routing.solve import solve

Row = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "routing.json"
FOLDER = ROOT / os.environ.get("ENGINE_BENCHMARKS", "../shared/data/engines")
BESIDE = ("C104", "C204", "R105", "R112", "R203", "R211", "RC105", "RC208")
SAMPLE = {
    "solomon": None,
    "hfvrp": (
        *("X101-FSMFD", "X153-FSMFD", "X106-FSMD", "X162-FSMD", "X110-HD", "X157-HD"),
        *("X115-HVRP", "X148-HVRP", "X120-FSMF", "X167-FSMF"),
    ),
    "mtvrptwr": (
        *("C201R0.25", "C207R0.5", "C2_2_07R0.5", "R203R0.75", "R211R0.75", "R2_2_08R0.75"),
        "R201R0.5",
    ),
    "generated": None,
    "homberger1000": ("R1_10_3", "RC2_10_2"),
}
SECONDS = {"homberger1000": 30.0}
GOALS = {
    "solomon": 0.3,
    "hfvrp": 0.9,
    "mtvrptwr": 2.0,
    "generated 200": 1.0,
    "generated 400": 2.0,
    "homberger1000": 3.7,
}
TIMES_SMALLER = 5


def main() -> int:
    """Measure, print the tables, store the figures; return the exit code."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.routing", description=__doc__)
    arguments.add_argument("--sets", nargs="*", choices=list(SAMPLE), default=list(SAMPLE))
    arguments.add_argument("--seconds", type=float, default=None, help="CPU seconds an instance")
    arguments.add_argument("--whole", action="store_true", help="every instance of the folders")
    arguments.add_argument("--no-peers", action="store_true", help="ours alone")
    options = arguments.parse_args()
    if not FOLDER.is_dir():
        print(f"error: expected the benchmark folder ({FOLDER})", file=sys.stderr)
        return 2
    rows = []
    for name in options.sets:
        for path, best in instances(name, whole=options.whole):
            seconds = options.seconds or SECONDS.get(name, 10.0)
            rows.append(own_row(name, path, best, seconds))
            print(f"{name} {path.stem} {rows[-1]['gap_pct']} %", file=sys.stderr, flush=True)
    peers: dict[str, list[Row]] = {}
    reasons = {"peers": "left out with --no-peers"}
    if not options.no_peers:
        peers, reasons = peer_rows(options.seconds or 10.0)
    result = summary(rows, peers, reasons)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(table(result))
    return 0 if result["passes"] else 1


def instances(name: str, *, whole: bool) -> list[tuple[Path, float]]:
    """Return the files of a set with their best known figure, smallest first."""
    if name == "generated":
        references = json.loads((FOLDER / name / "references.json").read_text(encoding="utf-8"))
        known = {
            key: float(value["best_distance"])
            for key, value in references.items()
            if "best_distance" in value
        }
    else:
        with (FOLDER / name / "BKS.csv").open(encoding="utf-8") as file:
            known = {row["instance"]: float(row["bks"]) for row in csv.DictReader(file)}
    chosen = None if whole else SAMPLE[name]
    paths = {
        path.stem: path for ending in ("txt", "vrp") for path in (FOLDER / name).glob(f"*.{ending}")
    }
    return [(paths[key], best) for key, best in known.items() if chosen is None or key in chosen]


def own_row(name: str, path: Path, best: float, seconds: float) -> Row:
    """Return what the engine finds on one instance; the gap is None without a plan."""
    problem = read_instance(path)
    started = time.perf_counter()
    plan = solve(problem, seconds=seconds, seed=1, clock=time.process_time)
    wall = time.perf_counter() - started
    row: Row = {
        "set": f"{name} {len(problem.customers)}" if name == "generated" else name,
        "instance": path.stem,
        "seconds": seconds,
        "wall_s": round(wall, 2),
        "iterations": plan.iterations,
        "vehicles": len(plan.routes),
        "figure": None,
        "gap_pct": None,
    }
    if plan.status == "feasible":
        check(problem, plan)
        price = plan.distance if plan.cost is None else plan.cost
        assert price is not None
        row |= {"figure": price, "gap_pct": round(100 * (price / best - 1), 3)}
    return row


def peer_rows(seconds: float) -> tuple[dict[str, list[Row]], dict[str, str]]:
    """Return the rows of each peer on eight instances, and why a peer has none."""
    known = {path.stem: (path, best) for path, best in instances("solomon", whole=True)}
    rows: dict[str, list[Row]] = {"OR-Tools": [], "pyvroom": []}
    reasons: dict[str, str] = {}
    for name in BESIDE:
        path, best = known[name]
        problem = read_instance(path)
        rows["OR-Tools"].append(priced(problem, name, best, ortools_found(problem, seconds)))
        found, reason = vroom_found(path, ROOT / ".local" / "peers")
        if reason:
            reasons["pyvroom"] = reason
        else:
            rows["pyvroom"].append(priced(problem, name, best, found))
        print(f"peers {name}", file=sys.stderr, flush=True)
    return {peer: own for peer, own in rows.items() if own}, reasons


def priced(problem: RoutingProblem, name: str, best: float, found: Found | None) -> Row:
    """Return a peer's row, priced and checked as ours are; no gap where it breaks a limit."""
    row: Row = {"instance": name, "figure": None, "gap_pct": None}
    if found is not None:
        try:
            distance = account(problem, found).distance
        except PlanRejected as broken:
            return row | {"rejected": str(broken)}
        row |= {"figure": distance, "gap_pct": round(100 * (distance / best - 1), 3)}
    return row


def of(rows: list[Row]) -> Row:
    """Return mean and worst gap of the rows with a plan, and how many have none."""
    gaps = [row["gap_pct"] for row in rows if row["gap_pct"] is not None]
    return {
        "instances": len(rows),
        "without_plan": len(rows) - len(gaps),
        "mean_gap_pct": round(fmean(gaps), 3) if gaps else None,
        "worst_gap_pct": max(gaps, default=None),
    }


def summary(rows: list[Row], peers: dict[str, list[Row]], reasons: dict[str, str]) -> Row:
    """Return everything measured, and which goals are met."""
    by_set: dict[str, list[Row]] = {}
    for row in rows:
        by_set.setdefault(row["set"], []).append(row)
    sets = {name: of(own) for name, own in by_set.items()}
    met = {
        name: own["without_plan"] == 0 and own["mean_gap_pct"] <= GOALS[name]
        for name, own in sets.items()
    }
    beside = {"Collab": of([row for row in rows if row["instance"] in BESIDE])}
    beside |= {peer: of(own) for peer, own in peers.items()}
    if "OR-Tools" in beside and beside["Collab"]["instances"]:
        theirs, ours = beside["OR-Tools"], beside["Collab"]
        met[f"gap {TIMES_SMALLER} x smaller than OR-Tools"] = bool(
            theirs["without_plan"] or theirs["mean_gap_pct"] >= TIMES_SMALLER * ours["mean_gap_pct"]
        )
    return {
        "command": " ".join(["python -m benchmarks.routing", *sys.argv[1:]]),
        "sets": sets,
        "beside": beside,
        "peers_left_out": reasons,
        "goals": GOALS,
        "met": met,
        "passes": all(met.values()),
        "rows": rows,
        "peer_rows": peers,
    }


def table(result: Row) -> str:
    """Return the sets, then ours beside the peers, as aligned columns."""
    columns = ("instances", "mean_gap_pct", "worst_gap_pct", "without_plan")
    lines = [["", *columns, "goal"]]
    for group in ("sets", "beside"):
        for name, own in result[group].items():
            goal = result["goals"].get(name, "")
            lines.append([name, *(str(own[column]) for column in columns), str(goal)])
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    text = "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    for peer, reason in result["peers_left_out"].items():
        text += f"\n{peer}: {reason}"
    met = [f"{name} {'yes' if fine else 'NO'}" for name, fine in result["met"].items()]
    return f"{text}\ngoals met: " + ", ".join(met)


if __name__ == "__main__":
    sys.exit(main())
