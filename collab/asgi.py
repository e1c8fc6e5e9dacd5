"""The ASGI application: sockets, and a health answer; pages and REST are in ``collab.wsgi``."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, ParamSpec, TypeVar

from collab.heap import freeze_heap, pause_collections

pause_collections()

import django  # noqa: E402 - loads what nobody collects

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collab.settings")
django.setup()

from channels.routing import ProtocolTypeRouter  # noqa: E402 - needs the apps loaded
from channels.security.websocket import OriginValidator, WebsocketDenier  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import close_old_connections  # noqa: E402

from collab.live import entitlement, replay  # noqa: E402
from collab.live.bus import Bus  # noqa: E402
from collab.live.consumers import LiveSocket  # noqa: E402
from collab.live.feed import channel  # noqa: E402
from collab.live.hub import Hub  # noqa: E402
from collab.live.machines import ALWAYS, MachineSockets, is_for_machines  # noqa: E402
from collab.organisations.role import refuse_unsafe_role  # noqa: E402

P = ParamSpec("P")
R = TypeVar("R")
Scope = dict[str, Any]
PATH = "/ws/live/"
DATABASE_THREADS = 4

threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="live-database")
threads.submit(refuse_unsafe_role).result()


def in_thread(work: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Return ``work``, which uses the database, as something to await."""

    def fresh(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        return work(*args, **kwargs)

    async def awaited(*args: P.args, **kwargs: P.kwargs) -> R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, partial(fresh, *args, **kwargs))

    return awaited


@cache
def hub() -> Hub:
    """Return this process's hub, started in the running loop."""
    made = Hub(Bus(settings.REDIS_URL, entitlement.REVOKED), in_thread(entitlement.look_again))
    made.start()
    return made


@cache
def machines() -> MachineSockets:
    """Return this process's sockets of machines, started in the running loop."""
    made = MachineSockets(Bus(settings.REDIS_URL, ALWAYS), in_thread)
    made.start()
    return made


live = LiveSocket(
    hub=hub,
    cookie_name=settings.SESSION_COOKIE_NAME,
    admit=in_thread(entitlement.admit),
    find_missed=in_thread(replay.missed_by),
    find_page=in_thread(replay.page_for),
    name_channel=channel,
)


class OwnOrigin(OriginValidator):  # type: ignore[misc]
    """Admits pages of ours; an origin that cannot be read is a foreign one."""

    def valid_origin(self, parsed_origin: Any) -> bool:
        """Say whether the page that opens the socket is ours."""
        try:
            return bool(super().valid_origin(parsed_origin))
        except ValueError:
            return False


async def websocket(scope: Scope, receive: Any, send: Any) -> None:
    """Lead to the one socket that pages have."""
    serve = live if scope["path"] == PATH else WebsocketDenier()
    await serve(scope, receive, send)


_from_pages = OwnOrigin(websocket, [settings.BASE_URL])


async def by_client(scope: Scope, receive: Any, send: Any) -> None:
    """Lead machines, who show a key and no origin, to their streams, and pages to their socket."""
    serve = machines() if is_for_machines(scope["path"]) else _from_pages
    await serve(scope, receive, send)


async def health(scope: Scope, receive: Any, send: Any) -> None:
    """Answer 200 at ``/health/live`` while the process runs, 404 anywhere else."""
    found = scope["path"] == "/health/live" and scope["method"] in {"GET", "HEAD"}
    status, body = (200, b"live\n") if found else (404, b"not found\n")
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})


async def lifespan(scope: Scope, receive: Any, send: Any) -> None:
    """Start the hub with the server; tell the clients to come back when it ends."""
    while (event := (await receive())["type"]) == "lifespan.startup":
        hub()
        machines()
        _say_goodbye_first()
        await send({"type": "lifespan.startup.complete"})
    if event == "lifespan.shutdown":
        await _stop()
        await send({"type": "lifespan.shutdown.complete"})


async def _stop() -> None:
    """Close all sockets with the code that has their clients come back."""
    await asyncio.gather(hub().stop(), machines().stop())


def _say_goodbye_first() -> None:
    """On SIGTERM close the sockets with their code, then let the server end.

    Servers cut sockets before they announce the end to the application. They all end on SIGINT
    as well, so that one is raised when the clients have been told.
    """
    loop = asyncio.get_running_loop()
    leaving: list[asyncio.Task[None]] = []

    async def leave() -> None:
        await _stop()
        signal.raise_signal(signal.SIGINT)

    def begin() -> None:
        if not leaving:
            leaving.append(loop.create_task(leave()))

    loop.add_signal_handler(signal.SIGTERM, begin)


application = ProtocolTypeRouter(
    {
        "http": health,
        "websocket": by_client,
        "lifespan": lifespan,
    }
)
freeze_heap()
