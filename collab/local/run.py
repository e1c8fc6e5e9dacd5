"""Brings a whole Collab up on this machine with one command and takes it down again."""

import argparse
import os
import shlex
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from collab.local.beside import beside
from collab.local.commands import STOP_ORDER, Figures, wanted
from collab.local.errors import StartError
from collab.local.folder import LOOPBACK, Folder, is_free
from collab.local.health import answers
from collab.local.preparation import Preparation
from collab.local.servers import Servers, servers
from collab.local.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 300.0
"""A process that dies is noticed at once; slow alone is not broken."""
LOOK_SECONDS = 0.2
PORT_SECONDS = 2.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Installation:
    """One running Collab: where it keeps its files and where it answers."""

    folder: Folder
    port: int
    live_port: int

    @property
    def url(self) -> str:
        """Address for people and programs."""
        return f"http://{LOOPBACK}:{self.port}"

    def settings(self, running: Servers) -> dict[str, str]:
        """Return the variables of every process; the schema's owner is not among them."""
        return {
            "COLLAB_ENV": "local",
            "COLLAB_BASE_URL": self.url,
            "COLLAB_LIVE_URL": f"ws://{LOOPBACK}:{self.live_port}/ws/live/",
            "COLLAB_SECRET_KEY": self.folder.secret("key"),
            "COLLAB_FIELD_KEYS": f"{self.folder.secret('field')}=",
            "COLLAB_MEDIA": str(self.folder.base / "media"),
            "COLLAB_CHECKPOINTS": str(self.folder.base / "checkpoints"),
            "DATABASE_URL": running.database_url,
            "REDIS_URL": running.redis_url,
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; return the status of the process."""
    try:
        options = _options(arguments)
        run(Folder(options.folder.absolute()), options.port, after=options.after)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Collab has stopped.", flush=True)
    return 0


def run(folder: Folder, port: int, *, after: str = "") -> None:
    """Start everything, say when it is ready, and keep it running.

    The command ``after`` works while the database is prepared; the rest starts after it.

    Raises
    ------
    StartError
        If something does not start, or keeps ending.
    KeyboardInterrupt
        When asked to stop, after everything has ended.
    """
    _require_free(port)
    for number in _STOP_SIGNALS:
        signal.signal(number, _stop_once)
    began = time.monotonic()
    with (
        beside(after, log=folder.log / "setup.log", cwd=ROOT) as finished,
        servers(folder.base, durable=True) as running,
    ):
        folder.create()
        installation = Installation(folder, port, folder.port("live"))
        env = _without_owner(os.environ) | installation.settings(running)
        preparation = Preparation(ROOT, folder, running.database_owner_url, env)
        preparation.migrate()
        preparation.load_demo(installation.url)
        finished()
        owner = {"DATABASE_OWNER_URL": running.database_owner_url}
        _write_env_file(folder, installation.settings(running) | owner)
        figures = Figures(
            host=LOOPBACK,
            web_port=port,
            live_port=installation.live_port,
            scratch=str(folder.run),
        )
        supervisor = Supervisor(env=env, cwd=ROOT, stop_order=STOP_ORDER)
        try:
            for name in wanted(env):
                supervisor.add(
                    name, by_this_python(figures.command(name)), folder.log / f"{name}.log"
                )
            _wait_until_ready(installation, supervisor, running)
            print(f"Collab is ready: {installation.url}")
            print(preparation.logins_table())
            print(f"Started in {time.monotonic() - began:.1f} s; Ctrl-C stops it.", flush=True)
            while True:
                _look_after(supervisor, running)
        finally:
            supervisor.stop()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="collab.local.run", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".local", help="data, logs, secrets")
    parser.add_argument("--port", type=int, default=_port_from(os.environ), help="of the web pages")
    parser.add_argument("--after", default="", help="command that builds what pages need")
    options = parser.parse_args(arguments)
    if not 1 <= options.port <= 65535:
        raise StartError(f"expected a port from 1 to 65535, got {options.port}.")
    return options


def _port_from(environ: Mapping[str, str]) -> int:
    value = environ.get("PORT") or "8000"
    if not value.isdecimal():
        raise StartError(f"expected PORT from 1 to 65535, got {value!r}.")
    return int(value)


def _require_free(port: int) -> None:
    """Refuse a taken port, after a moment for a killed Collab to let go of it."""
    deadline = time.monotonic() + PORT_SECONDS
    while not is_free(port):
        if time.monotonic() > deadline:
            raise StartError(
                f"port {port} is taken: stop the program that uses it, or choose another port, "
                f"as in `make run PORT={port + 1 if port < 65535 else port - 1}`."
            )
        time.sleep(0.1)


def _stop_once(_number: int, _frame: FrameType | None) -> None:
    """Begin to stop; further requests are ignored, so that nothing is left half stopped."""
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _without_owner(environ: Mapping[str, str]) -> dict[str, str]:
    hidden = {"DATABASE_OWNER_URL", "COLLAB_DB_ROLE"}
    return {name: value for name, value in environ.items() if name not in hidden} | {
        "PYTHONUNBUFFERED": "1"
    }


def by_this_python(command: Sequence[str]) -> list[str]:
    """Return ``command`` run by this interpreter: scripts break when their folder is moved."""
    program, *rest = command
    return [sys.executable, *rest] if program == "python" else [sys.executable, "-m", *command]


def _write_env_file(folder: Folder, settings: Mapping[str, str]) -> None:
    """Keep the settings for commands by hand: ``set -a; . .local/run/env``."""
    lines = (f"{name}={shlex.quote(value)}\n" for name, value in sorted(settings.items()))
    folder.write_private(folder.run / "env", "".join(lines))


def _look_after(supervisor: Supervisor, running: Servers) -> None:
    for name in running.restart_dead():
        print(f"{name} ended by itself and was started again.", file=sys.stderr)
    supervisor.look_after()
    time.sleep(LOOK_SECONDS)


def _wait_until_ready(installation: Installation, supervisor: Supervisor, running: Servers) -> None:
    waiting = [
        f"{installation.url}/health/ready",
        f"http://{LOOPBACK}:{installation.live_port}/health/live",
    ]
    deadline = time.monotonic() + READY_SECONDS
    while waiting := [url for url in waiting if not answers(url)]:
        if time.monotonic() > deadline:
            raise StartError(
                f"{waiting[0]} did not answer 200 within {READY_SECONDS:.0f} s: "
                f"see {os.path.relpath(installation.folder.log)}."
            )
        _look_after(supervisor, running)


if __name__ == "__main__":
    sys.exit(main())
