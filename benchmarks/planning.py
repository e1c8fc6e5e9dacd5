"""Reconciliation, BOM explosion and version comparison at full size, beside the plain way.

    python -m benchmarks.planning [--repeats 7]      # under a minute

Peers: the dense normal equations (on a smaller tree: at full size their matrix takes a
gigabyte), the explosion line by line and week by week (over a few weeks), and
the comparison cell by cell (of some series). Each peer's answer is checked against ours, and its
time is taken per unit of work, so ratios compare like with like.
"""

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.explosion import Structure, explode, structure
from forecasting.engine.reconciliation import Hierarchy, hierarchy, reconcile
from forecasting.rules.corridor import Corridor, SubHorizon, compare, compare_cumulative

ROOT = Path(__file__).resolve().parents[1]
Floats = NDArray[np.float64]
WEEKS = 104
CORRIDOR = Corridor(
    starts_on=date(2026, 11, 2),
    sub_horizons=(
        SubHorizon(weeks=12, relative_up=0.1, relative_down=0.1, absolute_up=300),
        SubHorizon(weeks=26, relative_up=0.2, relative_down=0.3, absolute_up=150),
        SubHorizon(weeks=66, relative_up=0.4),
    ),
)  # fmt: skip


def main() -> None:
    """Measure all three, print and store the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--repeats", type=int, default=7)
    repeats = arguments.parse_args().repeats
    result = {
        "command": " ".join(["python -m benchmarks.planning", *sys.argv[1:]]),
        "goal": {"reconciliation_ms": 50, "explosion_ms": 1000, "comparison_ms": 1000},
        "machine": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scipy")},
        },
        "reconciliation": measure_reconciliation(repeats),
        "explosion": measure_explosion(repeats),
        "comparison": measure_comparison(repeats),
    }
    target = ROOT / "benchmarks" / "results" / "planning.json"
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def milliseconds(call: Callable[[], Any], repeats: int) -> dict[str, float]:
    """Return the wall and CPU time of ``call`` [ms]: medians after one warm-up."""
    call()
    wall, cpu = [], []
    for _ in range(repeats):
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        call()
        wall.append(time.perf_counter() - wall_start)
        cpu.append(time.process_time() - cpu_start)
    return {
        "ms": round(statistics.median(wall) * 1e3, 2),
        "cpu_ms": round(statistics.median(cpu) * 1e3, 2),
        "worst_ms": round(max(wall) * 1e3, 2),
    }


def random_tree(n_bottom: int, seed: int = 1) -> Hierarchy:
    """Return a total, 10 programmes, n/20 assemblies and 8 plants over ``n_bottom`` parts."""
    random = np.random.default_rng(seed)
    groups: dict[str, list[int]] = {"total": list(range(n_bottom))}
    n_assemblies = n_bottom // 20
    assembly = random.integers(0, n_assemblies, n_bottom)
    kinds = {
        "programme": random.integers(0, 10, n_assemblies)[assembly],
        "assembly": assembly,
        "plant": random.integers(0, 8, n_bottom),
    }
    for kind, of_node in kinds.items():
        for group in range(int(of_node.max()) + 1):
            groups[f"{kind} {group}"] = np.flatnonzero(of_node == group).tolist()
    return hierarchy(groups, n_bottom)


def forecasts(tree: Hierarchy, n_buckets: int = 12, seed: int = 2) -> tuple[Floats, Floats]:
    """Return gamma demand of the parts, and aggregates that miss their sums by a fifth at most."""
    random = np.random.default_rng(seed)
    bottom = random.gamma(0.8, 40, (tree.n_bottom, n_buckets))
    aggregates = tree.sums(bottom) * random.uniform(0.8, 1.2, (len(tree.names), n_buckets))
    return aggregates, bottom


def dense_reconcile(tree: Hierarchy, aggregates: Floats, bottom: Floats) -> Floats:
    """Return the bottom of the plain solution: the full summing matrix, normal equations."""
    summing = np.vstack([tree.summing.toarray(), np.eye(tree.n_bottom)])
    weighted = summing.T / summing.sum(axis=1)
    return np.linalg.solve(weighted @ summing, weighted @ np.vstack([aggregates, bottom]))


def measure_reconciliation(repeats: int) -> dict[str, Any]:
    """Measure 10,000 parts x 12 buckets, and both ways on 2,000."""
    tree = random_tree(10_000)
    small = random_tree(2_000)
    wanted, given = forecasts(tree), forecasts(small)
    large = milliseconds(lambda: reconcile(tree, *wanted), repeats)
    ours = milliseconds(lambda: reconcile(small, *given), repeats)
    peer = milliseconds(lambda: dense_reconcile(small, *given), 3)
    # Clipping comes after the least squares: compare with it taken on both sides.
    difference = np.abs(
        reconcile(small, *given).bottom - np.maximum(dense_reconcile(small, *given), 0)
    ).max()
    return {
        "bottom_nodes": 10_000,
        "buckets": 12,
        "aggregates": len(tree.names),
        **large,
        "beside_dense": {
            "bottom_nodes": 2_000,
            "ours_ms": ours["ms"],
            "dense_ms": peer["ms"],
            "ratio": round(peer["ms"] / ours["ms"], 1),
            "largest_difference": float(difference),
        },
    }


def random_structure(seed: int = 3) -> tuple[Structure, Floats]:
    """Return 1,000 assemblies, 2,000 sub-assemblies and 18,000 parts with engineering changes."""
    random = np.random.default_rng(seed)
    n_top, n_middle, n_parts = 1_000, 2_000, 18_000
    first_part = n_top + n_middle
    parent = np.concatenate(
        [
            np.repeat(np.arange(n_top), 40),
            np.repeat(np.arange(n_top, first_part), 12),
        ]
    )
    component = np.concatenate([
        np.where(
            random.random(n_top * 40) < 0.2,
            random.integers(n_top, first_part, n_top * 40),
            random.integers(first_part, first_part + n_parts, n_top * 40),
        ),
        random.integers(first_part, first_part + n_parts, n_middle * 12),
    ])  # fmt: skip
    n_lines = len(parent)
    changes = np.sort(random.choice(np.arange(4, 100), 6, replace=False))
    is_changed = random.random(n_lines) < 0.1
    week = random.choice(changes, n_lines)
    is_new = random.random(n_lines) < 0.5
    bom = structure(
        [f"N{at}" for at in range(first_part + n_parts)],
        n_weeks=WEEKS,
        parent=parent,
        component=component,
        quantity=random.integers(1, 5, n_lines)
        * random.choice([1.0, 0.25, 0.6], n_lines)  # take rates
        * random.choice([1.0, 1.02], n_lines),  # scrap
        first_week=np.where(is_changed & is_new, week, 0),
        end_week=np.where(is_changed & ~is_new, week, WEEKS),
        lead_weeks=random.integers(0, 4, first_part + n_parts),
    )
    demand = np.zeros((len(bom.nodes), WEEKS))
    demand[:n_top] = random.gamma(2, 100, (n_top, WEEKS))
    return bom, demand


def plain_explode(bom: Structure, demand: Floats, weeks: int) -> Floats:
    """Return the need of the first ``weeks`` weeks' builds, line by line, week by week."""
    need = np.zeros_like(demand)
    need[:, :weeks] = demand[:, :weeks]
    order = np.argsort(bom.level[bom.component], kind="stable")
    lines = list(
        zip(
            *(column[order].tolist()
              for column in (bom.parent, bom.component, bom.quantity,
                             bom.first_week, bom.end_week)),
            bom.lead_weeks[bom.component][order].tolist(),
            strict=True,
        )
    )  # fmt: skip
    for parent, component, quantity, first, end, lead in lines:
        for week in range(first, min(end, weeks)):
            need[component, max(0, week - lead)] += quantity * need[parent, week]
    return need


def measure_explosion(repeats: int) -> dict[str, Any]:
    """Measure 104 weeks of it, and the plain way over 4."""
    bom, demand = random_structure()
    few, weeks = demand.copy(), 4
    few[:, weeks:] = 0
    ours = milliseconds(lambda: explode(bom, demand), repeats)
    peer = milliseconds(lambda: plain_explode(bom, few, weeks), 1)
    found, expected = explode(bom, few), plain_explode(bom, few, weeks)
    per_week = ours["ms"] / WEEKS
    return {
        "assemblies": 1_000,
        "nodes": len(bom.nodes),
        "lines": len(bom.parent),
        "weeks": WEEKS,
        **ours,
        "beside_plain": {
            "weeks": weeks,
            "plain_ms": peer["ms"],
            "ratio_per_week": round(peer["ms"] / weeks / per_week, 1),
            "largest_relative_difference": float(
                (np.abs(found - expected) / np.maximum(expected, 1)).max()
            ),
        },
    }


def plain_compare(reference: Floats, current: Floats) -> list[list[int]]:
    """Return the states cell by cell, as a spreadsheet would."""
    limits = [each for each in CORRIDOR.sub_horizons for _ in range(each.weeks)]
    found: list[list[int]] = []
    for old_row, new_row in zip(reference.tolist(), current.tolist(), strict=True):
        row: list[int] = []
        for limit, old, new in zip(limits, old_row, new_row, strict=True):
            ups = [old * limit.relative_up if limit.relative_up is not None else None,
                   limit.absolute_up]  # fmt: skip
            downs = [old * limit.relative_down if limit.relative_down is not None else None,
                     limit.absolute_down]  # fmt: skip
            up = min((each for each in ups if each is not None), default=float("inf"))
            down = min((each for each in downs if each is not None), default=float("inf"))
            row.append(1 if new > old + up else 2 if new < max(old - down, 0.0) else 0)
        found.append(row)
    return found


def measure_comparison(repeats: int) -> dict[str, Any]:
    """Measure 10,000 series x 104 weeks x 2 versions, weekly and cumulative."""
    random = np.random.default_rng(4)
    reference = random.gamma(2, 300, (10_000, WEEKS))
    current = reference * random.uniform(0.5, 1.6, reference.shape)
    some = 200
    ours = milliseconds(lambda: compare(reference, current, CORRIDOR), repeats)
    running = milliseconds(
        lambda: compare_cumulative(reference, current, CORRIDOR, firm_weeks=4), repeats
    )
    peer = milliseconds(lambda: plain_compare(reference[:some], current[:some]), 3)
    states = compare(reference[:some], current[:some], CORRIDOR).state
    return {
        "series": 10_000,
        "weeks": WEEKS,
        "versions": 2,
        **ours,
        "cumulative_ms": running["ms"],
        "beside_plain": {
            "series": some,
            "plain_ms": peer["ms"],
            "ratio_per_series": round(peer["ms"] / some / (ours["ms"] / 10_000), 1),
            "different_states": int(
                (states != np.array(plain_compare(reference[:some], current[:some]))).sum()
            ),
        },
    }


if __name__ == "__main__":
    main()
