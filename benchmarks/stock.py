"""Stock and fill rate on car parts: allocation by marginal value beside one level for all.

    python -m benchmarks.stock        # about a minute

Months 28 to 39 of the file; every month is decided with what was known before it. Order-up-to
each month over two months of protection; see ``forecasting.engine.order_up_to``. Whoever reads
the lead time harder (an order serves only the month after the next) finds that in
``late_orders``. Car parts are read from ENGINE_BENCHMARKS (default ../shared/data/engines).
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.allocation import allocate, curves
from forecasting.engine.dispersion import residuals, shrinkage
from forecasting.engine.negative_binomial import negative_binomial_quantiles
from forecasting.engine.order_up_to import simulate, stock_at
from forecasting.engine.paths import exponential_smoothing, moving_average, syntetos_boylan
from forecasting.engine.protection import Protection
from forecasting.engine.reader import read_demand

Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "stock.json"
FOLDER = ROOT / os.environ.get("ENGINE_BENCHMARKS", "../shared/data/engines")
FIRST, LAST, INTERVAL = 27, 39, 2
LEVELS = np.array([0.8, 0.9, 0.95, 0.98, 0.99])
WORTHS = np.exp(np.linspace(np.log(2.5), np.log(0.004), 26))
FINE_LEVELS = 1 / (1 + WORTHS)  # the chances that have these odds
UNITS = 200
LEAST_KNOWN = 6
GOALS = {"0.9": 2.7, "0.95": 4.5}
Policy = Callable[[int], Floats]


def main() -> int:
    """Measure, print and keep the figures; return the exit code."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    path = FOLDER / "carparts" / "demand.csv"
    if not path.exists():
        print(f"error: expected the benchmark file demand.csv ({path})", file=sys.stderr)
        return 2
    started = time.process_time()
    quantity = read_demand(path, "M").quantity
    active = quantity[np.isfinite(quantity).all(axis=1)]
    choices = policies(active)
    levels = {
        name: np.stack([choose(origin) for origin in range(FIRST, LAST)], axis=2)
        for name, choose in choices.items()
    }
    rows = {name: row(each, active) for name, each in levels.items()}
    ours = rows["Collab"]["stock_at"]
    met = {fill: ours[fill] is not None and ours[fill] <= most for fill, most in GOALS.items()}
    result = {
        "command": "python -m benchmarks.stock",
        "set": f"carparts, months {FIRST + 1} to {LAST}, {active.shape[0]} active parts",
        "policies": rows,
        "late_orders": {name: row(each, active, late=True) for name, each in levels.items()},
        "cpu_seconds": round(time.process_time() - started, 1),
        "goals": GOALS,
        "met": met,
        "passes": all(met.values()),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for name, each in rows.items():
        print(f"{name:28s}", each["stock_at"], "best fill", each["highest_fill"])
    return 0 if result["passes"] else 1


def policies(demand: Floats) -> dict[str, Policy]:
    """Return what decides the order-up-to levels, ``(n_parts, n_choices)``, from an origin."""
    paths = {
        "SES .1": exponential_smoothing(demand),
        "MA12": moving_average(demand, 12),
        "SBA .1": syntetos_boylan(demand),
    }
    ours = Protection(demand, "M")

    def normal(path: Floats) -> Policy:
        def choose(origin: int) -> Floats:
            from scipy import special

            error = demand[:, LEAST_KNOWN:origin] - path[:, LEAST_KNOWN:origin]
            spread = np.sqrt(INTERVAL * (error**2).mean(axis=1))
            bounds = INTERVAL * path[:, origin, None] + spread[:, None] * special.ndtri(LEVELS)
            return np.ceil(np.maximum(bounds, 0.0))

        return choose

    def average(origin: int) -> Floats:
        path = paths["MA12"]
        scatter = residuals(demand[:, :origin], path[:, :origin])
        phi = shrinkage(scatter).dispersion(scatter)
        return negative_binomial_quantiles(INTERVAL * path[:, origin], phi, LEVELS)

    def uniform(origin: int) -> Floats:
        mean, phi = ours.interval(origin, INTERVAL)[-1]
        return negative_binomial_quantiles(mean, phi, FINE_LEVELS)

    def collab(origin: int) -> Floats:
        found = curves(ours.interval(origin, INTERVAL), units=UNITS)
        return np.stack([allocate(found, float(worth)) for worth in WORTHS], axis=1)

    plain = {f"{name} + normal": normal(path) for name, path in paths.items()}
    return {
        **plain,
        "MA12 + NB": average,
        "Collab, one level for all": uniform,
        "Collab": collab,
    }


def row(levels: Floats, demand: Floats, *, late: bool = False) -> dict[str, Any]:
    """Return the stock at the fill rates asked for, and the highest fill reached."""
    fills, stocks = simulate(levels, demand[:, FIRST:LAST], late=late)
    found = {fill: stock_at(float(fill), fills, stocks) for fill in GOALS}
    return {
        "stock_at": {k: None if each is None else round(each, 3) for k, each in found.items()},
        "highest_fill": round(float(fills.max()), 4),
    }


if __name__ == "__main__":
    sys.exit(main())
