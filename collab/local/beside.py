"""A command that works beside a start and must have ended well before pages are served."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL, SIGTERM

from collab.local.errors import StartError
from collab.local.processes import last_lines, signal_group, start_child, wait_for_exit

SHOWN_LINES = 20
STOP_SECONDS = 5.0


@contextmanager
def beside(command: str, *, log: Path, cwd: Path) -> Iterator[Callable[[], None]]:
    """Start ``command`` and yield a function that waits for its good end; none if it is empty.

    Its output goes to ``log``. What of it still runs at the end of the block is stopped.

    Raises
    ------
    StartError
        From the yielded function, if the command fails.
    """
    if not command:
        yield lambda: None
        return
    written_before = log.stat().st_size if log.exists() else 0
    process = start_child(shlex.split(command), log=log, cwd=cwd)

    def wait() -> None:
        status = process.wait()
        if status != 0:
            for line in last_lines(log, SHOWN_LINES, after=written_before):
                print(f"  {log.stem} | {line}", file=sys.stderr)
            raise StartError(
                f"`{command}` failed with status {status}: see {os.path.relpath(log)}."
            )

    try:
        yield wait
    finally:
        if process.poll() is None:
            signal_group(process.pid, SIGTERM)
            if not wait_for_exit(process, STOP_SECONDS):
                signal_group(process.pid, SIGKILL)
                process.wait()
