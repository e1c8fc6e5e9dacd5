"""A second process that searches beside the first: ``python -m transport.engine.milkrun.partner``.

Not ``multiprocessing``: a worker of the task queue may not have children of that kind.
"""

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple

from transport.engine.milkrun.model import Model
from transport.engine.milkrun.pricing import Pricing, Trips
from transport.engine.milkrun.problem import Options, Problem
from transport.engine.milkrun.search import Search, until
from transport.engine.milkrun.solution import Solution

ROOT = Path(__file__).resolve().parents[3]


class Task(NamedTuple):
    """Search from ``start`` for ``seconds``; the whole search goes from ``warm`` to ``cold``.

    With ``days`` these are routed afresh instead, ``seconds`` for each.
    """

    start: Solution
    seconds: float
    warm: float = 1.0
    cold: float = 0.0
    days: tuple[int, ...] = ()


class Answer(NamedTuple):
    """The best week found, and the vehicle-days seen on the way."""

    best: Solution
    pool: list[Trips]


class Partner:
    """The other process; used as a context so that it never outlives the search."""

    def __init__(self, problem: Problem, options: Options, seed: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "transport.engine.milkrun.partner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )
        self._alive = self._send((problem, options, seed))

    def __enter__(self) -> "Partner":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def begin(self, task: Task) -> None:
        """Start a task; its answer is due when its seconds are over."""
        self._alive = self._alive and self._send(task)

    def answer(self) -> Answer | None:
        """Wait for the answer to the task begun; None if the process is gone."""
        if not self._alive or self._process.stdout is None:
            return None
        try:
            found = pickle.load(self._process.stdout)  # noqa: S301  # our own process wrote it
        except (EOFError, OSError, pickle.UnpicklingError):
            self._alive = False
            return None
        return found if isinstance(found, Answer) else None

    def _send(self, message: object) -> bool:
        if self._process.stdin is None:
            return False
        try:
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()
        except OSError:
            return False
        return True


def serve(read: BinaryIO, write: BinaryIO) -> None:
    """Answer tasks until there are no more."""
    problem, options, seed = _next(read)
    search = Search(Pricing(Model(problem, options)), seed)
    while (task := _next(read)) is not None:
        search.pool.clear()
        if task.days:
            best = search.polished(task.start, task.days, task.seconds)
            _write(write, Answer(best, list(search.pool)))
            continue
        began = time.monotonic()
        length = task.seconds / max(1e-9, task.warm - task.cold)
        origin = began - (1 - task.warm) * length
        clock = until(began + task.seconds, origin, origin + length)
        best = search.run(task.start, warmth=clock)
        _write(write, Answer(best, list(search.pool)))


def _write(write: BinaryIO, answer: Answer) -> None:
    pickle.dump(answer, write)
    write.flush()


def _next(read: BinaryIO) -> Any:
    try:
        return pickle.load(read)  # noqa: S301  # our own parent wrote it
    except EOFError:
        return None


if __name__ == "__main__":
    # By its full name, so that what is pickled here can be read there.
    from importlib import import_module

    import_module("transport.engine.milkrun.partner").serve(sys.stdin.buffer, sys.stdout.buffer)
