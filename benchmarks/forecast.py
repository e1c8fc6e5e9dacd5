"""The forecast engine beside its peers, in one run: accuracy on car parts, and speed.

    python -m benchmarks.forecast                  # about three minutes
    python -m benchmarks.forecast --no-peers       # ours alone

Car parts are read from ENGINE_BENCHMARKS (default ../shared/data/engines). The peers live in an
environment of their own, .local/peers, which is made on the first run and never part of the
product; where their packages cannot be installed, the result says so. Ends with 1 if a goal is
missed or the measures do not reproduce their reference values.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.forecast_protocol import LEVELS, Protocol
from forecasting.engine.batch import DemandHistory, forecast
from forecasting.engine.methods import CHAMPION, TOOLBOX, Toolbox
from forecasting.engine.reader import read_demand

Floats = NDArray[np.float64]
Row = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "forecast.json"
FOLDER = ROOT / os.environ.get("ENGINE_BENCHMARKS", "../shared/data/engines")
PEERS = ROOT / ".local" / "peers"
PACKAGES = ("statsforecast==2.1.1", "statsmodels==0.15.0")
MODELS = ("AutoETS", "SBA_points", "Theta_points", "statsmodels_SES")
ORIGIN, HORIZON, SEASON = 27, 12, 12
OTHER_ORIGINS = (15, 18, 21, 24, 30, 33)
BATCH, REPEATS = 10_000, 3
REFERENCE = {"mase": 1.5568, "wql": 1.5660, "msse": 2.9526, "bias_pct": 6.3}
# the least and the most that each measure may be
GOALS: dict[str, tuple[float, float]] = {
    "wql": (0, 0.880),
    "msse": (0, 2.32),
    "bias_pct": (-6, 6),
    "spl_0.95": (0, 0.60),
    "cover_0.95": (0.95, 0.975),
    "cover_0.99": (0.985, 0.995),
}
LEAST_SPEED = 10_000
MOST_MEGABYTES = 400


def main() -> int:
    """Measure, print one table, store the figures; return the exit code."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=__doc__)
    arguments.add_argument("--no-peers", action="store_true", help="ours alone")
    arguments.add_argument("--speed-only", action="store_true", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    path = FOLDER / "carparts" / "demand.csv"
    if not path.exists():
        print(f"error: expected the benchmark file demand.csv ({path})", file=sys.stderr)
        return 2
    parts = read_demand(path, "M")
    if options.speed_only:
        print(json.dumps(own_speed(parts)))
        return 0
    result = measure(parts, with_peers=not options.no_peers)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(table(result))
    return 0 if result["passes"] else 1


def measure(parts: DemandHistory, *, with_peers: bool) -> dict[str, Any]:
    """Return everything: rows by method at the origin, other origins, speed, goals."""
    protocol = Protocol(parts.quantity, ORIGIN, HORIZON)
    naive = protocol.of_points(np.nan_to_num(protocol.known[:, -SEASON:]))
    check = {name: naive[name] for name in REFERENCE}
    reproduces = all(
        abs(check[name] - value) <= (0.05 if name == "bias_pct" else 5e-5)
        for name, value in REFERENCE.items()
    )
    ours = own_row(parts, ORIGIN, TOOLBOX)
    rows: dict[str, Row] = {
        "zero": protocol.of_points(np.zeros_like(protocol.actual)),
        "seasonal naive": naive,
        "ma12 (champion)": own_row(parts, ORIGIN, TOOLBOX.only(CHAMPION)),
        "Collab": ours,
    }
    peers, reason = peer_rows(protocol) if with_peers else ({}, "left out with --no-peers")
    rows.update(peers)
    speed = speed_in_a_process_of_its_own()
    goals = {name: low <= ours[name] <= high for name, (low, high) in GOALS.items()}
    goals["series_per_cpu_s"] = speed["series_per_cpu_s"] >= LEAST_SPEED
    goals["peak_mb"] = speed["peak_mb"] <= MOST_MEGABYTES
    return {
        "command": " ".join(["python -m benchmarks.forecast", *sys.argv[1:]]),
        "set": f"carparts, origin {ORIGIN}, horizon {HORIZON}",
        "check_of_the_measures": {**check, "reproduces": reproduces},
        "methods": rows,
        "peers_left_out": reason,
        "other_origins": {
            str(origin): {
                "Collab": own_row(parts, origin, TOOLBOX),
                "ma12 (champion)": own_row(parts, origin, TOOLBOX.only(CHAMPION)),
            }
            for origin in OTHER_ORIGINS
        },
        "speed": speed,
        "goals": {name: list(limits) for name, limits in GOALS.items()}
        | {"series_per_cpu_s": LEAST_SPEED, "peak_mb": MOST_MEGABYTES},
        "met": goals,
        "passes": reproduces and all(goals.values()),
    }


def own_row(parts: DemandHistory, origin: int, toolbox: Toolbox) -> Row:
    """Return our measures at one origin; what is behind it stays unseen."""
    protocol = Protocol(parts.quantity, origin, HORIZON)
    known = DemandHistory(parts.series, parts.periods[:origin], "M", protocol.known)
    started = time.process_time()
    answer = forecast(known, horizon=HORIZON, quantiles=list(LEVELS), toolbox=toolbox)
    seconds = time.process_time() - started
    row: Row = protocol.measure(answer.mean, answer.quantiles)
    row["series_per_cpu_s"] = round(len(parts.series) / seconds)
    return row


def peer_rows(protocol: Protocol) -> tuple[dict[str, Row], str]:
    """Return the measures of each peer, or none and why."""
    python = PEERS / "bin" / "python"
    if reason := installed(python):
        return {}, reason
    with tempfile.TemporaryDirectory() as folder:
        task, answer = Path(folder) / "task.npz", Path(folder) / "answer.npz"
        np.savez(
            task,
            quantity=np.nan_to_num(protocol.known),
            horizon=HORIZON,
            season=1,  # two years and a quarter are too few for a season of single parts
            models=np.array(MODELS),
        )
        script = ROOT / "benchmarks" / "forecast_peers.py"
        ended = subprocess.run(
            [str(python), "-P", str(script), str(task), str(answer)],
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            return {}, (ended.stderr.strip().splitlines() or ["ended without a word"])[-1]
        found = np.load(answer)
        rows: dict[str, Row] = {}
        for name in MODELS:
            mean = found[f"{name}_mean"]
            row: Row
            if f"{name}_quantiles" in found:
                row = protocol.measure(mean, found[f"{name}_quantiles"])
            else:
                row = protocol.of_mean(mean)
            row["series_per_cpu_s"] = round(mean.shape[0] / float(found[f"{name}_seconds"]))
            library = "" if name.startswith("statsmodels") else "statsforecast "
            rows[library + name.replace("_points", " (points)").replace("_", " ")] = row
    return rows, ""


def installed(python: Path) -> str:
    """Make the peers' environment unless it is there; return why that failed, else nothing."""
    probe = [str(python), "-c", "import statsforecast, statsmodels"]
    if python.exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return ""
    venv.create(PEERS, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:", *PACKAGES]
    ended = subprocess.run(install, capture_output=True, text=True, check=False)
    if ended.returncode == 0:
        return ""
    last = (ended.stderr.strip().splitlines() or ["no reason given"])[-1]
    return f"the peers' packages cannot be installed: {last}"


def own_speed(parts: DemandHistory) -> Row:
    """Return the speed over 10,000 series of 39 months with 11 quantiles, best of 3.

    CPU seconds of one thread, so that a busy machine changes little.
    """
    rows = np.arange(BATCH) % len(parts.series)
    batch = DemandHistory(
        tuple(f"s{row}" for row in range(BATCH)), parts.periods, "M", parts.quantity[rows]
    )
    times = []
    for _ in range(REPEATS):
        started = time.process_time()
        forecast(batch, horizon=HORIZON, quantiles=list(LEVELS))
        times.append(time.process_time() - started)
    return {
        "series": BATCH,
        "cpu_seconds": [round(each, 3) for each in times],
        "series_per_cpu_s": round(BATCH / min(times)),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def speed_in_a_process_of_its_own() -> Row:
    """Return the speed as a fresh process finds it, so that its memory is its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.forecast", "--speed-only"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    speed: Row = json.loads(ended.stdout)
    return speed


def table(result: dict[str, Any]) -> str:
    """Return the rows at the main origin as aligned columns, then speed and goals."""
    columns = list(result["methods"]["Collab"])
    lines = [["method", *columns]]
    for name, row in result["methods"].items():
        lines.append([name, *(f"{row[column]:g}" if column in row else "" for column in columns)])
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    text = "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    if result["peers_left_out"]:
        text += f"\npeers left out: {result['peers_left_out']}"
    speed = result["speed"]
    text += f"\n{speed['series_per_cpu_s']} series per CPU second in a batch of "
    text += f"{speed['series']}, {speed['peak_mb']} MB\n"
    met = [f"{name} {'yes' if fine else 'NO'}" for name, fine in result["met"].items()]
    return text + "goals met: " + ", ".join(met)


if __name__ == "__main__":
    sys.exit(main())
