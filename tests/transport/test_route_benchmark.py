"""The reader and the evaluator against the best known plans of the public sets."""

import csv
import os
import re
from pathlib import Path

import pytest

from transport.engine.routing.evaluator import account
from transport.engine.routing.feasibility import conflicts
from transport.engine.routing.problem import Found
from transport.engine.routing.reader import read_instance

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / os.environ.get("ENGINE_BENCHMARKS", "../shared/data/engines")
ROUTE = re.compile(r"Route #(\d+):(.*)")


@pytest.mark.parametrize("name", ["solomon", "mtvrptwr", "hfvrp", "homberger1000"])
def test_the_best_known_plans_cost_what_they_are_said_to(name: str) -> None:
    if not (FOLDER / name / "BKS.csv").exists():
        if os.environ.get("COLLAB_SHARED") == "required":
            pytest.fail(f"expected the benchmark folder {FOLDER / name}, got none")
        pytest.skip(f"benchmark folder {FOLDER / name} is absent")
    with (FOLDER / name / "BKS.csv").open(encoding="utf-8") as file:
        best = {row["instance"]: float(row["bks"]) for row in csv.DictReader(file)}
    for instance, expected in list(best.items())[:24]:
        path = FOLDER / name / f"{instance}.txt"
        problem = read_instance(path if path.exists() else path.with_suffix(".vrp"))
        lines = (FOLDER / name / f"{instance}.sol").read_text(encoding="utf-8").splitlines()
        routes = [match for line in lines if (match := ROUTE.match(line)) and match[2].split()]
        true = account(
            problem,
            Found(
                tuple(tuple(map(int, match[2].split())) for match in routes),
                tuple(int(match[1]) for match in routes),
            ),
        )
        assert (true.distance if true.cost is None else true.cost) == pytest.approx(expected)
        assert conflicts(problem) == ()
