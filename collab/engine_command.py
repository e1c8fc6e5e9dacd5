"""What every engine's command line shares: strict options, one line of error, whole files.

An engine declares its options on an `EngineOptions`, reads its problem, solves it, and leaves the
rest to `run`. Nothing of Django is needed here.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

BAD_INPUT = 2
MOST_THREADS = 64
MOST_SECONDS = 86_400.0

Problem = TypeVar("Problem")


class BadOption(ValueError):
    """An option is missing or wrong; the message is ``<what> (<option>)``."""


class EngineOptions(argparse.ArgumentParser):
    """Options of ``engine <name>``, with those every engine has: seed, threads and the target."""

    def __init__(self, name: str, description: str, *, threads: str) -> None:
        """Begin with ``--seed``, ``--threads`` (whose help is ``threads``) and ``--json``."""
        super().__init__(prog=f"engine {name}", description=description, allow_abbrev=False)
        self.add_argument("--seed", type=int, default=1)
        self.add_argument("--threads", type=int, default=1, help=threads)
        self.add_argument("--json", type=Path, default=None, help="write here instead of stdout")

    def error(self, message: str) -> NoReturn:
        """Refuse what cannot be parsed; the caller says it in one line."""
        raise BadOption(f"{message} (options)")


def expect(fits: bool, what: str, got: object, option: str) -> None:
    """Raise `BadOption` ``expected <what>, got <got> (<option>)`` unless the value ``fits``."""
    if not fits:
        raise BadOption(f"expected {what}, got {got} ({option})")


def run(
    arguments: Sequence[str],
    options: EngineOptions,
    *,
    read: Callable[[argparse.Namespace], Problem],
    solve: Callable[[Problem, argparse.Namespace], object],
    unreadable: type[ValueError],
) -> int:
    """Answer one call; return 0 with a result, 2 with one line of error and no result.

    ``read`` checks the options and reads the file they name; ``solve`` returns what is written as
    JSON. `BadOption`, ``unreadable`` and files that cannot be opened are the caller's faults; any
    other exception is the engine's own and is not caught.
    """
    logging.basicConfig(stream=sys.stderr)
    try:
        given = options.parse_args(list(arguments))
        expect(1 <= given.threads <= MOST_THREADS, f"1 to {MOST_THREADS} threads", given.threads,
               "--threads")  # fmt: skip
        target: Path | None = given.json
        if target is not None:
            expect(target.parent.is_dir(), "a folder that exists", target.parent, "--json")
        problem = read(given)
    except (BadOption, unreadable) as wrong:
        return _fail(str(wrong))
    except OSError as wrong:
        return _fail(f"{wrong.strerror or 'cannot be read'} ({wrong.filename})")
    text = json.dumps(solve(problem, given), allow_nan=False)
    try:
        _write(text, target)
    except OSError as wrong:
        return _fail(f"{wrong.strerror or 'cannot be written'} ({wrong.filename})")
    return 0


def _write(text: str, target: Path | None) -> None:
    """Print the text, or replace the file ``target`` by it at once: nobody reads half a file."""
    if target is None:
        sys.stdout.write(f"{text}\n")
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _fail(message: str) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"error: {line}\n")
    return BAD_INPUT
