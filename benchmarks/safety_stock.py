"""Guaranteed-service placement beside its references and peers: cost, proof and the clock.

    python -m benchmarks.safety_stock             # about two minutes
    python -m benchmarks.safety_stock --no-peers  # ours alone

Chains are read from ENGINE_BENCHMARKS (default ../shared/data/engines). Peers: CP-SAT of OR-Tools
with the textbook model on the same chains and the same seconds, and stockpyl (MIT), which solves
trees only, on a tree made here; it lives in the peers' own environment, .local/peers.
"""

import argparse
import json
import os
import platform
import random
import subprocess
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

from inventory.engine.safety_stock.evaluate import faults
from inventory.engine.safety_stock.network import network_of
from inventory.engine.safety_stock.problem import Arc, Problem, Stage
from inventory.engine.safety_stock.reader import read_network
from inventory.engine.safety_stock.solve import solve

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "safety_stock.json"
FOLDER = ROOT / os.environ.get("ENGINE_BENCHMARKS", "../shared/data/engines") / "generated"
PEERS = ROOT / ".local" / "peers"
STOCKPYL = ("stockpyl==1.0.2", "networkx", "tabulate", "jsonpickle", "numpy", "scipy", "tqdm")
SECONDS = {"chain_tiny": 5.0, "chain_60": 5.0, "chain_150": 30.0}
GOALS = {"chain_60_s": 2.0, "chain_150_cost": 89_302_234, "chain_150_s": 30.0}
TREE_STAGES, TREE_LEAD, TREE_Z = 60, 6, 2.0


def main() -> None:
    """Solve every chain, print and keep the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--no-peers", action="store_true", help="ours alone")
    with_peers = not arguments.parse_args().no_peers
    references = json.loads((FOLDER / "references.json").read_text(encoding="utf-8"))
    found = {name: measured(name, seconds, with_peers) for name, seconds in SECONDS.items()}
    for name, own in found.items():
        own["reference"] = {key: references[name][key] for key in ("cost", "bound")}
    result = {
        "command": "python -m benchmarks.safety_stock",
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load_before": round(os.getloadavg()[2], 1),
        "goals": GOALS,
        "chains": found,
        "tree": on_a_tree() if with_peers else {},
        "met": met(found),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def measured(name: str, seconds: float, with_peers: bool) -> dict[str, Any]:
    """Return what we and the constraint model reach on one chain."""
    problem = read_network(FOLDER / f"{name}.json")
    cpu = time.process_time()
    ours = solve(problem, seconds=seconds)
    own: dict[str, Any] = {
        "stages": len(problem.stages),
        "arcs": len(problem.arcs),
        "seconds": seconds,
        "status": ours.status,
        "cost": round(ours.cost, 3),
        "bound": round(ours.bound, 3),
        "cost_decoupled": round(ours.cost_decoupled, 3),
        "saving_pct": round(ours.saving_pct, 3),
        "wall_s": round(ours.seconds, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "faults": len(faults(problem, ours)),
    }
    if with_peers:
        from benchmarks import safety_stock_cpsat

        own["CP-SAT, textbook model"] = safety_stock_cpsat.solve(network_of(problem), seconds)
    return own


def on_a_tree() -> dict[str, Any]:
    """Return cost and seconds of ours and of stockpyl on a tree of our own making."""
    problem, document = _tree(random.Random(5))
    ours = solve(problem, seconds=20)
    own: dict[str, Any] = {
        "stages": TREE_STAGES,
        "Collab": {"cost": ours.cost, "status": ours.status, "wall_s": round(ours.seconds, 3)},
    }
    python = PEERS / "bin" / "python"
    if reason := _installed(python):
        return own | {"stockpyl": reason}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tree.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        script = Path(__file__).with_name("safety_stock_stockpyl.py")
        ended = subprocess.run(
            [str(python), "-P", str(script), str(path)], capture_output=True, text=True, check=False
        )
    if ended.returncode:
        return own | {"stockpyl": (ended.stderr.strip().splitlines() or ["no word"])[-1]}
    return own | {"stockpyl": json.loads(ended.stdout.splitlines()[-1])}


def _tree(draw: random.Random) -> tuple[Problem, dict[str, Any]]:
    """Return a random tree as our problem and as the peer's document; arcs need one unit each."""
    arcs = [(draw.randrange(at), at) for at in range(1, TREE_STAGES)]
    ends = set(range(TREE_STAGES)) - {one for one, _two in arcs}
    stages = tuple(
        Stage(
            id=str(at),
            lead_time=draw.randint(1, TREE_LEAD),
            max_service_time=0 if at in ends else None,
            cost_added=round(draw.uniform(1, 20), 2),
            demand_std=float(draw.randint(5, 60)) if at in ends else 0.0,
            z=TREE_Z if at in ends else None,
        )
        for at in range(TREE_STAGES)
    )
    problem = Problem(stages, tuple(Arc(str(one), str(two), 1.0) for one, two in arcs))
    holding = [0.0] * TREE_STAGES
    for at in range(TREE_STAGES):
        holding[at] = stages[at].cost_added + sum(holding[one] for one, two in arcs if two == at)
    told = [
        {"lead_time": stage.lead_time, "holding": held, "std": stage.demand_std}
        for stage, held in zip(stages, holding, strict=True)
    ]
    return problem, {"stages": told, "arcs": arcs, "z": TREE_Z}


def _installed(python: Path) -> str:
    """Install stockpyl unless it is there; return why that failed, else nothing."""
    probe = [str(python), "-c", "import stockpyl.gsm_tree"]
    if python.exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return ""
    if not python.exists():
        venv.create(PEERS, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", *STOCKPYL]
    ended = subprocess.run(install, capture_output=True, text=True, check=False)
    if ended.returncode == 0:
        return ""
    return f"stockpyl cannot be installed: {(ended.stderr.strip().splitlines() or ['?'])[-1]}"


def met(found: dict[str, dict[str, Any]]) -> dict[str, bool]:
    """Return each goal with whether it is met."""
    tiny, middle, large = (found[name] for name in SECONDS)
    return {
        "chain_tiny at its optimum": tiny["status"] == "optimal"
        and abs(tiny["cost"] - tiny["reference"]["cost"]) < 0.01,
        "chain_60 proven in 2 s": middle["status"] == "optimal"
        and middle["wall_s"] <= GOALS["chain_60_s"]
        and abs(middle["cost"] - middle["reference"]["cost"]) < 1,
        "chain_150 at or below its reference in 30 s": large["cost"] <= GOALS["chain_150_cost"]
        and large["wall_s"] <= GOALS["chain_150_s"] + 3,
        "no fault": not any(each["faults"] for each in found.values()),
    }


if __name__ == "__main__":
    main()
