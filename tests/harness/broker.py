"""A real Mosquitto on a free port, with the settings of deploy/mosquitto."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
needs_mosquitto = pytest.mark.skipif(
    PROGRAM is None, reason="needs Debian's package mosquitto: `make browser` as root installs it"
)
STARTING_SECONDS = 10


@dataclass(slots=True)
class RunningBroker:
    """The broker and its files; accounts lie in ``folder``."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        assert PROGRAM is not None
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "-c", str(self.folder / "mosquitto.conf")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + STARTING_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(10)
            self.process = None

    def reload(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)


def settings_for(folder: Path, port: int, *, tls: bool = False) -> str:
    """Return the deployed settings with paths and ports of this machine."""
    text = (ROOT / "deploy" / "mosquitto" / "mosquitto.conf").read_text()
    for name in ("passwords", "acl"):
        text = text.replace(f"/tmp/{name}", str(folder / name))
    text = text.replace("/mosquitto/data/", f"{folder}/data/").replace("/tls/", f"{folder}/tls/")
    head, plain, secure = text.partition("listener 1883\n")
    listener = secure.replace("listener 8883", f"listener {port} 127.0.0.1") if tls else ""
    listener = listener or plain.replace("1883", f"{port} 127.0.0.1")
    return f"{head}{listener}\n" + ("user root\n" if os.geteuid() == 0 else "")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running_broker(folder: Path, *, tls: bool = False) -> Iterator[RunningBroker]:
    """Start a broker in ``folder``, which holds ``passwords`` and ``acl`` already; end it after."""
    port = free_port()
    (folder / "data").mkdir(exist_ok=True)
    (folder / "mosquitto.conf").write_text(settings_for(folder, port, tls=tls))
    broker = RunningBroker(folder, port)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill(signal.SIGTERM)
