"""``engine milkrun``: a problem file in, a plan as JSON out."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from transport.engine.milkrun.fields import UnreadableProblem
from transport.engine.milkrun.plan_json import to_json
from transport.engine.milkrun.reader import read_problem
from transport.engine.milkrun.solver import solve

BAD_INPUT = 2
MOST_SECONDS = 86_400.0
MOST_THREADS = 64


class BadOption(ValueError):
    """An option is missing or wrong; the message is ``<what> (<option>)``."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadOption(f"{message} (options)")


def main(arguments: Sequence[str]) -> int:
    """Run the command; return 0 with a plan, 2 with one line of error and no plan."""
    logging.basicConfig(stream=sys.stderr)
    try:
        options = _options(arguments)
        problem = read_problem(options.problem)
        plan = solve(
            problem,
            seconds=options.seconds,
            seed=options.seed,
            threads=options.threads,
            iterations=options.iterations,
        )
        _write(json.dumps(to_json(plan), allow_nan=False), options.json)
    except (BadOption, UnreadableProblem) as wrong:
        return _fail(str(wrong))
    except OSError as wrong:
        return _fail(f"{wrong.strerror or 'cannot be read'} ({wrong.filename})")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="engine milkrun", description="Plan milk runs.", allow_abbrev=False)
    parser.add_argument("--problem", type=Path, required=True, help="JSON, version 1")
    parser.add_argument("--seconds", type=float, default=60.0, help="wall time")
    parser.add_argument("--iterations", type=int, default=None, help="steps instead of seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="from 2 on two processes search")
    parser.add_argument("--json", type=Path, default=None, help="write here instead of stdout")
    options = parser.parse_args(list(arguments))
    if not 0 < options.seconds <= MOST_SECONDS:
        raise BadOption(f"expected 0 to {MOST_SECONDS:g} s, got {options.seconds} (--seconds)")
    if not 1 <= options.threads <= MOST_THREADS:
        raise BadOption(f"expected 1 to {MOST_THREADS}, got {options.threads} (--threads)")
    if not 0 <= options.seed < 2**31 - 2_000_000:
        raise BadOption(f"expected a seed from 0 to 2145483647, got {options.seed} (--seed)")
    if options.iterations is not None and not 1 <= options.iterations <= 10**9:
        raise BadOption(f"expected 1 to 10^9 steps, got {options.iterations} (--iterations)")
    if options.json is not None and not options.json.parent.is_dir():
        raise BadOption(f"expected a folder that exists, got {options.json.parent} (--json)")
    return options


def _write(text: str, path: Path | None) -> None:
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
