"""Keeps a set of processes running until it is told to stop, then ends all of them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM

from collab.local.errors import StartError
from collab.local.processes import last_lines, signal_group, start_child, wait_for_exit

QUICK_DEATH_SECONDS = 10.0
MAX_QUICK_DEATHS = 5
PAUSES = (0.5, 0.0, 0.5, 1.0, 2.0)
"""Seconds before the next start, by the number of quick deaths so far."""
SHOWN_LINES = 20
STOP_SECONDS = 10.0
LARGEST_LOG = 10 * 1024 * 1024


@dataclass(slots=True)
class Child:
    """One process that should always run."""

    name: str
    command: Sequence[str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    quick_deaths: int = 0
    start_after: float = 0.0
    logged_before: int = 0


@dataclass(slots=True)
class Supervisor:
    """Starts children, starts them again when they end, stops them group by group."""

    env: Mapping[str, str]
    cwd: Path
    stop_order: Sequence[Sequence[str]]
    say: Callable[[str], None] = field(default=lambda line: print(line, file=sys.stderr))
    children: dict[str, Child] = field(default_factory=dict)

    def add(self, name: str, command: Sequence[str], log: Path) -> None:
        """Start a process now and keep it running; its former log is set aside when large."""
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        child = self.children[name] = Child(name, command, log)
        self._start(child)

    def look_after(self) -> None:
        """Start again what ended, later each time; call this a few times a second.

        Raises
        ------
        StartError
            If a process ended by itself five times in a row, each within 10 s of its start.
        """
        now = time.monotonic()
        for child in self.children.values():
            if child.process is None:
                if now >= child.start_after:
                    self._start(child)
            elif child.process.poll() is not None:
                self._note_end(child, now)

    def stop(self) -> None:
        """End all children in ``stop_order``: asked first, killed after 10 s a group."""
        for names in self.stop_order:
            group = [self.children[name] for name in names if name in self.children]
            for child in group:
                if child.process is not None and child.process.poll() is None:
                    child.process.send_signal(SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            for child in group:
                if child.process is not None:
                    wait_for_exit(child.process, max(0.0, deadline - time.monotonic()))
                    signal_group(child.process.pid, SIGKILL)
                    child.process.wait()
                    child.process = None
        self.children.clear()

    def _start(self, child: Child) -> None:
        child.logged_before = child.log.stat().st_size if child.log.exists() else 0
        child.process = start_child(child.command, log=child.log, env=self.env, cwd=self.cwd)
        child.started_at = time.monotonic()

    def _note_end(self, child: Child, now: float) -> None:
        process = child.process
        if process is None:
            return
        signal_group(process.pid, SIGKILL)  # its own children must not outlive it
        child.process = None
        lived = now - child.started_at
        if lived >= QUICK_DEATH_SECONDS:
            child.quick_deaths = 0
        if process.returncode != -SIGKILL:  # a kill from outside says nothing about the program
            child.quick_deaths += 1
        self.say(f"{child.name} ended with status {process.returncode} after {lived:.1f} s:")
        for line in last_lines(child.log, SHOWN_LINES, after=child.logged_before):
            self.say(f"  {child.name} | {line}")
        if child.quick_deaths >= MAX_QUICK_DEATHS:
            raise StartError(
                f"{child.name} ended {MAX_QUICK_DEATHS} times in a row right after its start: "
                f"see {os.path.relpath(child.log)}."
            )
        child.start_after = now + PAUSES[child.quick_deaths]
