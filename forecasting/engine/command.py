"""``engine forecast``: a demand file in, a forecast as JSON out."""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from forecasting.engine.batch import DEFAULT_LEVELS, MOST_HORIZON, Forecast, forecast
from forecasting.engine.reader import UnreadableDemand, read_demand

BAD_INPUT = 2
DECIMALS = 6


class BadOption(ValueError):
    """An option is missing or wrong; the message is ``<what> (<option>)``."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadOption(f"{message} (options)")


def main(arguments: Sequence[str]) -> int:
    """Run the command; return 0 with a result, 2 with one line of error and no result."""
    logging.basicConfig(stream=sys.stderr)
    try:
        options = _options(arguments)
        levels = _levels(options.quantiles)
        history = read_demand(options.demand, options.freq, absent=options.absent)
        started = time.perf_counter()
        result = forecast(
            history,
            horizon=options.horizon,
            quantiles=[value for _text, value in levels],
            seed=options.seed,
        )
        seconds = time.perf_counter() - started
    except (BadOption, UnreadableDemand) as wrong:
        return _fail(str(wrong))
    except OSError as wrong:
        return _fail(f"{wrong.strerror or 'cannot be read'} ({wrong.filename})")
    except ValueError as wrong:
        return _fail(f"{wrong} (options)")
    answer = {"series": _series(result, [text for text, _value in levels]), "seconds": seconds}
    try:
        _write(answer, options.json)
    except OSError as wrong:
        return _fail(f"{wrong.strerror or 'cannot be written'} ({wrong.filename})")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="engine forecast", description="Forecast demand series.", allow_abbrev=False
    )
    parser.add_argument("--demand", type=Path, required=True, help="CSV: series,period,quantity")
    parser.add_argument("--horizon", type=int, required=True, help="buckets to forecast")
    parser.add_argument("--freq", choices=["M", "W", "D"], required=True)
    parser.add_argument("--quantiles", default=",".join(f"{level:g}" for level in DEFAULT_LEVELS))
    parser.add_argument("--absent", choices=["missing", "zero"], default="missing")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="at most; one is enough here")
    parser.add_argument("--json", type=Path, default=None, help="write here instead of stdout")
    options = parser.parse_args(list(arguments))
    if options.threads < 1:
        raise BadOption(f"expected at least one thread, got {options.threads} (--threads)")
    if not 1 <= options.horizon <= MOST_HORIZON:
        raise BadOption(f"expected 1 to {MOST_HORIZON} buckets, got {options.horizon} (--horizon)")
    if options.json is not None and not options.json.parent.is_dir():
        raise BadOption(f"expected a folder that exists, got {options.json.parent} (--json)")
    return options


def _levels(text: str) -> list[tuple[str, float]]:
    """Return the probabilities with the text they were given as, in ascending order."""
    found = []
    for part in text.split(","):
        try:
            value = float(part)
        except ValueError:
            raise BadOption(f"expected a number, got {part!r} (--quantiles)") from None
        if not 0 < value < 1:
            raise BadOption(f"expected a probability in (0, 1), got {part!r} (--quantiles)")
        found.append((part.strip(), value))
    found.sort(key=lambda pair: pair[1])
    if len({value for _text, value in found}) != len(found):
        raise BadOption("expected every probability once, got one twice (--quantiles)")
    return found


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


def _write(answer: dict[str, Any], path: Path | None) -> None:
    text = json.dumps(answer, allow_nan=False)
    if path is None:
        sys.stdout.write(f"{text}\n")
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _fail(message: str) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"error: {line}\n")
    return BAD_INPUT
