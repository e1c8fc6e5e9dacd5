"""``engine forecast``: a demand file in, a forecast as JSON out."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collab.engine_command import BadOption, EngineOptions, expect, run
from forecasting.engine.batch import DEFAULT_LEVELS, MOST_HORIZON, Forecast, forecast
from forecasting.engine.problem import DemandHistory
from forecasting.engine.reader import UnreadableDemand, read_demand

DECIMALS = 6


def main(arguments: Sequence[str]) -> int:
    """Run the command; return 0 with a result, 2 with one line of error and no result."""
    return run(arguments, _options(), read=_read, solve=_solve, unreadable=UnreadableDemand)


def _options() -> EngineOptions:
    options = EngineOptions(
        "forecast", "Forecast demand series.", threads="at most; one is enough here"
    )
    options.add_argument("--demand", type=Path, required=True, help="CSV: series,period,quantity")
    options.add_argument("--horizon", type=int, required=True, help="buckets to forecast")
    options.add_argument("--freq", choices=["M", "W", "D"], required=True)
    options.add_argument("--quantiles", default=",".join(f"{level:g}" for level in DEFAULT_LEVELS))
    options.add_argument("--absent", choices=["missing", "zero"], default="missing")
    return options


def _read(given: argparse.Namespace) -> DemandHistory:
    fits = 1 <= given.horizon <= MOST_HORIZON
    expect(fits, f"1 to {MOST_HORIZON} buckets", given.horizon, "--horizon")
    given.levels = _levels(given.quantiles)
    return read_demand(given.demand, given.freq, absent=given.absent)


def _levels(text: str) -> list[tuple[str, float]]:
    """Return the probabilities with the text they were given as, in ascending order."""
    found = []
    for part in text.split(","):
        try:
            value = float(part)
        except ValueError:
            raise BadOption(f"expected a number, got {part!r} (--quantiles)") from None
        expect(0 < value < 1, "a probability in (0, 1)", repr(part), "--quantiles")
        found.append((part.strip(), value))
    found.sort(key=lambda pair: pair[1])
    if len({value for _text, value in found}) != len(found):
        raise BadOption("expected every probability once, got one twice (--quantiles)")
    return found


def _solve(history: DemandHistory, given: argparse.Namespace) -> dict[str, Any]:
    started = time.perf_counter()
    result = forecast(
        history,
        horizon=given.horizon,
        quantiles=[value for _text, value in given.levels],
        seed=given.seed,
    )
    seconds = time.perf_counter() - started
    return {"series": _series(result, [text for text, _value in given.levels]), "seconds": seconds}


def _series(result: Forecast, names: Sequence[str]) -> dict[str, Any]:
    return {
        series: {
            "mean": result.mean[row].round(DECIMALS).tolist(),
            "quantiles": {
                name: result.quantiles[row, :, place].round(DECIMALS).tolist()
                for place, name in enumerate(names)
            },
            "method": result.method[row],
        }
        for row, series in enumerate(result.series)
    }
