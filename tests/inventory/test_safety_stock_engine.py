"""Guaranteed-service placement: optima, bounds, an independent check, files and budgets."""

import json
import math
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from inventory.engine.safety_stock import bucketing
from inventory.engine.safety_stock.budget import Progress
from inventory.engine.safety_stock.command import main
from inventory.engine.safety_stock.evaluate import faults
from inventory.engine.safety_stock.placement import Placement
from inventory.engine.safety_stock.problem import Arc, Problem, Stage
from inventory.engine.safety_stock.reader import read_network
from inventory.engine.safety_stock.solve import solve
from tests.inventory.chains import chains, cheapest, document, shared

KEYS = {"status", "cost", "bound", "cost_decoupled", "saving_pct", "stages", "seconds"}


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    path = tmp_path / "chain.json"
    path.write_text(json.dumps(document()), encoding="utf-8")
    return path


@settings(max_examples=150)
@given(chains())
def test_no_placement_is_cheaper_than_the_proven_one(problem: Problem) -> None:
    found = solve(problem, seconds=20)
    assert found.status == "optimal"
    assert math.isclose(found.cost, cheapest(problem), rel_tol=1e-6, abs_tol=1e-6)
    assert faults(problem, found) == []


def test_the_published_instances_reach_their_known_cost() -> None:
    expected = {"chain_tiny": (10_511.297, 13_195.837), "chain_60": (5_564_839.87, 10_308_692.52)}
    for name, (cost, decoupled) in expected.items():
        problem = read_network(shared(name))
        found = solve(problem, seconds=20)
        assert (found.status, found.bound) == ("optimal", found.cost)
        assert found.cost == pytest.approx(cost, abs=0.01)
        assert found.cost_decoupled == pytest.approx(decoupled, abs=0.01)


def test_the_large_instance_beats_its_reference_within_the_budget() -> None:
    problem = read_network(shared("chain_150"))
    began = time.process_time()  # of the processor: a machine that is busy otherwise is no fault
    found = solve(problem, seconds=2)
    assert time.process_time() - began < 3
    assert found.bound <= found.cost
    for seed in (1, 2, 3):
        found = solve(problem, seconds=60, sweeps=150, seed=seed)
        assert faults(problem, found) == []
        assert found.cost <= 89_302_234
        assert found.bound >= 85_000_000  # the reference's bound is 82,540,272


def test_what_is_spoilt_is_found(chain: Path) -> None:
    problem = read_network(chain)
    good = solve(problem, seconds=5)
    assert faults(problem, good) == []
    raw, ship = good.stages["RAW"], good.stages["SHIP"]
    assert (raw.net_replenishment_time, ship.service_time) == (5, 2)
    changes: list[tuple[str, dict[str, Any]]] = [
        ("SHIP", {"service_time": 3, "inbound_service_time": ship.inbound_service_time + 1}),
        ("RAW", {"service_time": -1, "net_replenishment_time": 6}),
        ("SHIP", {"inbound_service_time": ship.inbound_service_time - 1}),
        ("RAW", {"inbound_service_time": 1, "net_replenishment_time": 6}),
        ("RAW", {"net_replenishment_time": 4}),
        ("RAW", {"safety_stock": raw.safety_stock * 1.001}),
        ("RAW", {"cost": raw.cost + 0.1}),
    ]
    spoilt: list[Placement] = [
        replace(good, stages={**good.stages, name: replace(good.stages[name], **change)})
        for name, change in changes
    ]
    spoilt += [
        replace(good, cost=good.cost + 1), replace(good, bound=good.cost - 1),
        replace(good, bound=good.cost + 1), replace(good, cost_decoupled=1.0),
        replace(good, stages={"SHIP": ship}),
    ]  # fmt: skip
    assert all(faults(problem, each) for each in spoilt)


@settings(max_examples=60)
@given(chains(most=4, longest=6))
def test_coarse_periods_bound_from_below_and_hold_from_above(problem: Problem) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucketing, "MOST_PAIRS", 12)
        found = solve(problem, seconds=20)
    optimum = cheapest(problem)
    assert found.bound <= optimum * (1 + 1e-9) + 1e-6
    assert found.cost >= optimum * (1 - 1e-9) - 1e-6
    assert faults(problem, found) == []


def test_a_given_service_time_is_kept_and_never_pays(chain: Path) -> None:
    problem = read_network(chain)
    free = solve(problem, seconds=5)
    for place, stage in enumerate(problem.stages):
        for given_time in range(3):
            fixed: list[Stage] = list(problem.stages)
            fixed[place] = replace(stage, fixed_service_time=given_time)
            found = solve(replace(problem, stages=tuple(fixed)), seconds=5)
            assert found.stages[stage.id].service_time == given_time
            assert found.cost >= free.cost - 1e-9


def test_nobody_listening_any_more_ends_the_search() -> None:
    problem = read_network(shared("chain_150"))
    told: list[Progress] = []

    def hear(progress: Progress) -> bool:
        told.append(progress)
        return False

    began = time.process_time()
    found = solve(problem, seconds=60, listener=hear)
    assert time.process_time() - began < 10
    assert len(told) == 1
    assert told[0].bound <= found.bound <= found.cost <= told[0].cost


def test_one_stage_and_a_stage_without_demand() -> None:
    alone = Problem((Stage("A", 4, None, 10, 20, 5, 2), Stage("B", 4, None, 10)), ())
    found = solve(alone, seconds=5)
    assert found.cost == pytest.approx(10 * 2 * 5 * 2)
    assert found.stages["B"].cost == 0


def test_same_seed_and_sweeps_write_the_same_file(tmp_path: Path) -> None:
    path = shared("chain_150")
    answers = []
    for turn in range(2):
        target = tmp_path / f"{turn}.json"
        steps = ["--network", str(path), "--iterations", "40", "--seconds", "100"]
        assert main([*steps, "--json", str(target)]) == 0
        answers.append(json.loads(target.read_text(encoding="utf-8")))
        assert answers[-1].pop("seconds") > 0
    assert answers[0] == answers[1]
    assert answers[0].keys() | {"seconds"} == KEYS


def test_csv_says_the_same_chain(tmp_path: Path, chain: Path) -> None:
    path = tmp_path / "chain.csv"
    path.write_text(
        "\ufeffstage_id,lead_time,max_s_time,cost_rate,risk_pool,ext_demand_mean,ext_demand_std,z,up\n"
        'RAW,"[5, 2.5]",,4,2,,,\n'
        "MAKE,2.5000001,,6,2,,,,RAW,1\n"
        "SHIP,0.5000001,2.0,1,2,50,10,2,RAW,1,MAKE,1,,\n\n",
        encoding="utf-8",
    )
    assert read_network(path) == read_network(chain)


HEADER = "stage_id,lead_time,max_s_time,cost_rate,risk_pool,ext_demand_mean,ext_demand_std,z\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected one column stage_id (chain.csv:1)"),
        ("stage_id,lead\nA,1", "expected one column lead_time (chain.csv:1)"),
        (HEADER, "expected a stage below the header (chain.csv:2)"),
        (f"{HEADER}A,1,,5", "expected at least 8 cells, got 4 (chain.csv:2)"),
        (
            f"{HEADER}A,soon,,5,2,,,",
            'lead_time as a number or a list of numbers, got "soon" (chain',
        ),
        (f"{HEADER}A,1,,5,2,,4,", "expected z or a service level for this demand, got none (chain"),
        (f"{HEADER}A,1,,-5,2,,,", 'cost_rate as a number from 0 to 1e+12, got "-5" (chain.csv:2)'),
        (f"{HEADER}A,1,,5,2,,,,B,1", 'expected the id of a stage, got "B" (chain.csv:2)'),
        (f"{HEADER}A,1,,5,2,,,,B,1\nB,1,,1,2,,,,A,1", "without a circle, got "),
        (f"{HEADER}A,1,,5,2,,,,A", 'quantity as a number from 0 to 1e+12, got "" (chain.csv:2)'),
        (f"{HEADER}A,1,,5,2,,,\nA,1,,5,2,,,", 'expected every stage once, got "A" twice (chain.c'),
    ],
)
def test_bad_csv_is_one_line_of_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    path = tmp_path / "chain.csv"
    path.write_text(text, encoding="utf-8")
    assert main(["--network", str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1
    assert complaint in told.err


def spoil(*way: Any, value: Any = ...) -> str:
    whole: Any = document()
    inner = whole
    for key in way[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[way[-1]]
    else:
        inner[way[-1]] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "(chain.json:1)"),
        ("{}", "expected this key, got none (chain.json:version)"),
        (spoil("version", value=2), "a whole number from 1 to 1, got 2 (chain.json:version)"),
        (spoil("stages", 0, "lead_time"), "got none (chain.json:stages[0].lead_time)"),
        (spoil("stages", 0, "lead_time", value="5"), 'got "5" (chain.json:stages[0].lead_time)'),
        (spoil("stages", 0, "lead_time", value=2.5), "got 2.5 (chain.json:stages[0].lead_time)"),
        (spoil("stages", 2, "demand_std", value=-1), "got -1 (chain.json:stages[2].demand_std)"),
        (spoil("stages", 2, "z", value=None), "got none (chain.json:stages[2])"),
        (spoil("stages", 2, "service_level", value=0.9), "either z or service_level, got 0.9"),
        (spoil("stages", 0, "colour", value=1), "no such key (chain.json:stages[0].colour)"),
        (spoil("stages", 1, "id", value="RAW"), '"RAW" twice (chain.json:stages[1])'),
        (spoil("arcs", 0, "to", value="X"), 'id of a stage, got "X" (chain.json:arcs[0])'),
        (spoil("arcs", 0, "qty", value=0), "a number above 0 to 1e+12, got 0"),
        (spoil("arcs", 2, "to", value="RAW"), "got MAKE > RAW > MAKE (chain.json:arcs[2])"),
        (spoil("stages", value=[]), "a list of at least 1, got [] (chain.json:stages)"),
    ],
)
def test_bad_json_is_one_line_of_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    path = tmp_path / "chain.json"
    path.write_text(text, encoding="utf-8")
    assert main(["--network", str(path)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert complaint in told.err


def test_bad_options_are_one_line_of_error(chain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in (["--seconds", "0"], ["--seed", "-1"], ["--iterations", "0"], ["--threads", "0"]):
        assert main(["--network", str(chain), *more]) == 2
        told = capsys.readouterr()
        assert (told.out, told.err.count("\n")) == ("", 1)
        assert f"({more[0]})" in told.err


def test_a_common_service_level_stands_in_for_z(tmp_path: Path, chain: Path) -> None:
    path = tmp_path / "level.json"
    text = json.loads(spoil("stages", 2, "z"))
    path.write_text(json.dumps(text | {"service_level": 0.9772498680518208}), encoding="utf-8")
    assert solve(read_network(path), seconds=5).cost == pytest.approx(
        solve(read_network(chain), seconds=5).cost
    )


def test_chains_of_one_plant_are_proven_one_by_one() -> None:
    """A few hundred short chains side by side, as a planner's own parts are."""
    draw = random.Random(4)
    stages: list[Stage] = []
    arcs: list[Arc] = []
    for chain_number in range(100):
        names = [f"{chain_number}-{at}" for at in range(draw.randint(2, 5))]
        for at, name in enumerate(names):
            spread = draw.uniform(1, 30) if at == len(names) - 1 else 0.0
            stages.append(
                Stage(name, draw.randint(1, 12), None, draw.uniform(1, 20), spread, spread, 2.0)
            )
            arcs += [Arc(one, name, 1.0) for one in draw.sample(names[:at], min(at, 2))]
    found = solve(Problem(tuple(stages), tuple(arcs)), seconds=60)
    assert found.status == "optimal"
