"""A whole Collab as ``make run`` brings it up, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collab.local.folder import unused_port
from tests.harness.servers import ROOT

PLAIN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("COLLAB_", "DATABASE_", "REDIS_", "DJANGO_"))
}
"""The environment of somebody who has just cloned the project."""
STOP_SECONDS = 60
HEALTH = ("/health/ready", "/health/live")


@dataclass(slots=True)
class Installation:
    """What lies in ``folder`` and answers at ``port``."""

    folder: Path
    port: int = field(default_factory=unused_port)
    process: "subprocess.Popen[str] | None" = None

    @property
    def url(self) -> str:
        """Address of its pages."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> list[str]:
        """Bring it up; return what the command said until all was ready."""
        command = [sys.executable, "-m", "collab.local.run"]
        self.process = subprocess.Popen(
            [*command, "--folder", str(self.folder), "--port", str(self.port)],
            cwd=ROOT,
            env=PLAIN,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line.rstrip())
            if line.startswith("Started in"):
                return lines
        raise AssertionError(f"it ended before it was ready: {self.process.stderr.read()}")

    def stop(self, number: signal.Signals) -> int:
        """Ask it to end; return the status of the command."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def demo(self) -> dict[str, Any]:
        """Return who may sign in, as it was written down for programs."""
        told: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return told

    def processes(self) -> list[int]:
        """Return the processes whose command or environment names the folder."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(self.folder).encode() in text:
                found.append(int(entry.name))
        return found


@dataclass(frozen=True, slots=True)
class FirstDay:
    """What was seen of an installation between its first start and its first end."""

    told: list[str]  # lines
    demo: dict[str, Any]
    health: dict[str, int]  # path → status
    modes: dict[str, int]  # file → permissions
    status: int  # of the command, at its end
    left: list[int]  # processes that outlived it


def first_day(installation: Installation) -> FirstDay:
    """Start it, look at what is there, and end it while its first forecasts are being made."""
    told = installation.start()
    health = {path: _status(f"{installation.url}{path}") for path in HEALTH}
    modes = {
        name: (installation.folder / name).stat().st_mode & 0o777 for name in ("demo.json", "run")
    }
    demo = installation.demo()
    status = installation.stop(signal.SIGTERM)
    return FirstDay(told, demo, health, modes, status, installation.processes())


def _status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(answer.status)
