"""The processes of one installation, and the command of each: for one machine and for many.

`make run` and docker-compose.yml start the same commands; only addresses, counts and the
folder for scratch files differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "web": (
        *("python", "-m", "collab.web", "--interface", "wsgi"),
        *("--host", "{host}", "--port", "{web_port}"),
        *("--workers", "{web_workers}", "--blocking-threads", "8", "--respawn-failed-workers"),
        "collab.wsgi:application",
    ),
    "live": (
        *("granian", "--interface", "asgi", "--host", "{host}", "--port", "{live_port}"),
        *("--workers", "1", "--respawn-failed-workers"),
        "collab.asgi:application",
    ),
    "worker": (
        *("celery", "-A", "collab.celery", "worker", "--concurrency", "{tasks}"),
        *("-Q", "default,solve,mail,intake", "--loglevel", "INFO"),
    ),
    "beat": (
        *("celery", "-A", "collab.celery", "beat", "--schedule", "{scratch}/beat-schedule"),
        *("--pidfile", "", "--loglevel", "INFO"),
    ),
    "relay": ("python", "manage.py", "relay"),
    "intake": ("python", "manage.py", "mqtt_intake"),
}
"""Command of each process, in the order of starting; placeholders as in `Figures`."""

STOP_ORDER: Final = (("web", "live", "intake"), ("worker", "beat", "relay"))
"""Which processes end together, first ones first; the servers follow."""


def wanted(environ: Mapping[str, str]) -> list[str]:
    """Return the processes to start: those of devices only where MQTT_URL names a broker."""
    has_broker = bool(environ.get("MQTT_URL", "").strip()) and environ.get("SILENT_MODE") != "1"
    return [name for name in COMMANDS if has_broker or name != "intake"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What differs between installations."""

    host: str
    web_port: int
    live_port: int
    scratch: str
    web_workers: int = 2
    tasks: int = 2

    def command(self, name: str) -> list[str]:
        """Return the complete command of the process ``name``."""
        fillings = {field: getattr(self, field) for field in self.__dataclass_fields__}
        return [word.format_map(fillings) for word in COMMANDS[name]]
