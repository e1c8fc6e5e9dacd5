"""Chains for the tests of safety stock: a worked one, random small ones, and their optimum."""

import itertools
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from inventory.engine.safety_stock.problem import Arc, Problem, Stage

GENERATED = (
    Path(os.environ.get("ENGINE_BENCHMARKS", "../shared/data/engines")).resolve() / "generated"
)


def shared(name: str) -> Path:
    """Return a benchmark chain; skip where the set is absent unless it is required."""
    path = GENERATED / f"{name}.json"
    if not path.exists():
        if os.environ.get("COLLAB_SHARED") == "required":
            pytest.fail(f"expected the benchmark file {path}")
        pytest.skip(f"{path} is not here: set ENGINE_BENCHMARKS to the set's folder")
    return path


# Two harness lines share one wire: RAW -> MAKE -> SHIP, RAW -> SHIP.
DOCUMENT: dict[str, Any] = {
    "version": 1,
    "stages": [
        {"id": "RAW", "lead_time": 5, "max_service_time": None, "cost_added": 4},
        {"id": "MAKE", "lead_time": 3, "max_service_time": None, "cost_added": 6},
        {"id": "SHIP", "lead_time": 1, "max_service_time": 2, "cost_added": 1,
         "demand_mean": 50, "demand_std": 10, "z": 2},
    ],
    "arcs": [
        {"from": "RAW", "to": "MAKE", "qty": 1},
        {"from": "RAW", "to": "SHIP", "qty": 1},
        {"from": "MAKE", "to": "SHIP", "qty": 1},
    ],
}  # fmt: skip


def document(**more: Any) -> dict[str, Any]:
    """Return a fresh copy of the worked chain's document."""
    return {**json.loads(json.dumps(DOCUMENT)), **more}


@st.composite
def chains(draw: Any, most: int = 5, longest: int = 3) -> Problem:
    """Draw chains of up to ``most`` stages, arcs from earlier to later ones."""
    count = draw(st.integers(1, most))
    names = [f"S{number}" for number in range(count)]
    pairs = list(itertools.combinations(names, 2))
    linked = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    stages = []
    for name in names:
        spread = draw(st.sampled_from([0.0, 3.0, 10.0]))
        stages.append(
            Stage(
                id=name,
                lead_time=draw(st.integers(0, longest)),
                max_service_time=draw(st.sampled_from([None, None, 0, 2])),
                cost_added=draw(st.sampled_from([0.0, 1.0, 2.5, 20.0])),
                demand_mean=spread,
                demand_std=spread,
                z=draw(st.sampled_from([1.0, 2.0])) if spread else None,
            )
        )
    order = draw(st.permutations(stages))
    quantity = st.sampled_from([1.0, 2.0])
    arcs = tuple(Arc(one, two, draw(quantity)) for one, two in linked)
    return Problem(tuple(order), arcs, draw(st.sampled_from([1.0, 0.2])))


def cheapest(problem: Problem) -> float:
    """Return the least cost over all service times, by the definitions and by counting."""
    stages = {stage.id: stage for stage in problem.stages}
    inputs = {
        n: [(a.supplier, a.quantity) for a in problem.arcs if a.customer == n] for n in stages
    }
    outputs = {
        n: [(a.customer, a.quantity) for a in problem.arcs if a.supplier == n] for n in stages
    }

    def unit(name: str) -> float:
        return stages[name].cost_added + sum(q * unit(each) for each, q in inputs[name])

    def variance(name: str) -> float:
        own = stages[name].demand_std ** 2
        return own + sum(q * q * variance(each) for each, q in outputs[name])

    def z(name: str) -> float:
        return max([stages[name].z or 0.0] + [z(each) for each, _ in outputs[name]])

    def longest(name: str) -> int:
        return stages[name].lead_time + max([longest(each) for each, _ in inputs[name]] or [0])

    def latest(name: str) -> int:
        stage = stages[name]
        if stage.max_service_time is not None:
            return min(longest(name), stage.max_service_time)
        return 0 if not outputs[name] and stage.demand_std else longest(name)

    weights = {n: problem.holding_rate * unit(n) * z(n) * math.sqrt(variance(n)) for n in stages}
    best = math.inf
    for times in itertools.product(*(range(latest(name) + 1) for name in stages)):
        service = dict(zip(stages, times, strict=True))
        nets = [
            max([service[each] for each, _ in inputs[n]] or [0]) + stages[n].lead_time - service[n]
            for n in stages
        ]
        if min(nets) >= 0:
            total = sum(weights[n] * math.sqrt(net) for n, net in zip(stages, nets, strict=True))
            best = min(best, total)
    return best
