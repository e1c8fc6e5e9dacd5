"""How honest arrival estimates are: share of arrivals in P10..P90 on days not used to fit.

Networks are simulated (``transport.engine.days``) by another process than the model's formula.
Each is fitted on its first days and judged on later ones; weather lies over whole days, so single
networks scatter more than all of them together.

    python -m benchmarks.eta [--networks 8] [--past 120] [--unseen 60]
"""

import argparse
import json
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from transport.engine.days import history, lanes, simulate
from transport.rules.eta import estimate
from transport.rules.eta_accuracy import accuracy
from transport.rules.eta_fit import fit
from transport.rules.eta_model import Eta

RESULT = Path(__file__).resolve().parent / "results" / "eta.json"
Judged = list[tuple[Eta, datetime]]
GOAL = (0.75, 0.85)
LANES = 6
EVERY_PING = 6  # of this many pings one is judged: neighbours say nearly the same
EVERY_FIT = 12


def main() -> None:
    """Fit and judge every network, print and keep the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--networks", type=int, default=8)
    arguments.add_argument("--past", type=int, default=120, help="days to fit on")
    arguments.add_argument("--unseen", type=int, default=60, help="days to judge on")
    options = arguments.parse_args()

    began = time.perf_counter()
    seeds = range(1, options.networks + 1)
    networks = [judge(seed, options.past, options.unseen) for seed in seeds]
    pairs = [pair for each in networks for pair in each]
    share = within(pairs)
    found: dict[str, Any] = {
        "networks": len(networks),
        "days_fitted": options.past,
        "days_judged": options.unseen,
        "estimates": len(pairs),
        "within_p10_p90": round(share, 4),
        "by_network": [round(within(each), 4) for each in networks],
        "by_hours_out": [asdict(band) for band in accuracy(pairs)],
        "goal": GOAL,
        "passes": GOAL[0] <= share <= GOAL[1],
        "seconds": round(time.perf_counter() - began, 1),
    }
    RESULT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))


def judge(seed: int, past: int, unseen: int) -> Judged:
    """Return (estimate, arrival) of one network on its unseen days."""
    runs = lanes(seed, LANES)
    model = fit(history(simulate(runs, seed=seed, days=past), EVERY_FIT), f"network {seed}")
    return [
        (estimate(each.remaining, model), each.arrived_at)
        for trip in simulate(runs, seed=seed, days=unseen, first_day=past)
        for each in trip.observations[::EVERY_PING]
    ]


def within(pairs: Judged) -> float:
    """Return the share of arrivals between P10 and P90."""
    return sum(eta.p10 <= arrived <= eta.p90 for eta, arrived in pairs) / len(pairs)


if __name__ == "__main__":
    main()
