"""The platform's one socket: frames go out, and nothing that comes in has any effect."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from collab.live.entitlement import Ticket
from collab.live.hub import (
    CLOSE_COME_BACK,
    CLOSE_SIGNED_OUT,
    CONTROL,
    Hub,
    Send,
    Socket,
    control,
    text_of,
)
from collab.live.replay import Missed

LARGEST_MESSAGE = 1024
MESSAGES_PER_SECOND = 10
CLOSE_TOO_LARGE, CLOSE_TOO_MANY = 1009, 1008

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Admit = Callable[[str | None], Awaitable[Ticket | None]]
FindMissed = Callable[[int, int | None], Awaitable[Missed]]
FindPage = Callable[[int, str, int, int], Awaitable[list[tuple[int, bytes]]]]
NameChannel = Callable[[int, str], str]


class LiveSocket:
    """The ASGI application of ``/ws/live/?since=<seq>``.

    The channel is built here from the web session's organisation, so no client can ask for
    another one's frames. What it needs to know from the database comes in as functions.
    """

    def __init__(
        self,
        *,
        hub: Callable[[], Hub],
        cookie_name: str,
        admit: Admit,
        find_missed: FindMissed,
        find_page: FindPage,
        name_channel: NameChannel,
    ) -> None:
        self._hub = hub
        self._cookie_name = cookie_name
        self._admit = admit
        self._find_missed = find_missed
        self._find_page = find_page
        self._name_channel = name_channel

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket from handshake to close."""
        if (await receive())["type"] != "websocket.connect":
            return
        hub = self._hub()
        ticket = await self._admit(cookie(scope, self._cookie_name))
        await send({"type": "websocket.accept"})
        if ticket is None or hub.is_closing:
            code = CLOSE_SIGNED_OUT if ticket is None else CLOSE_COME_BACK
            await send({"type": "websocket.close", "code": code})
            return
        name = self._name_channel(ticket.organisation_id, ticket.language)
        socket = Socket(ticket, name)
        try:
            await hub.join(socket)
            await self._serve(hub, socket, since(scope), receive, send)
        finally:
            hub.leave(socket)

    async def _serve(
        self, hub: Hub, socket: Socket, after: int | None, receive: Receive, send: Send
    ) -> None:
        """Run sender and listener until one of them ends, then close in an orderly way."""
        loop = asyncio.get_running_loop()
        tasks = {
            loop.create_task(self._send_all(hub, socket, after, send)),
            loop.create_task(listen(socket, receive)),
            loop.create_task(socket.closing()),
        }
        try:
            ended, _running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if socket.close_code is not None:
            await send({"type": "websocket.close", "code": socket.close_code})
        for task in ended:
            task.result()

    async def _send_all(self, hub: Hub, socket: Socket, after: int | None, send: Send) -> None:
        """Greet, send what was missed, then what comes; the subscription already stands."""
        ticket = socket.ticket
        missed = await self._find_missed(ticket.organisation_id, after)
        hub.note_replayed(socket, missed.head, missed.narrowed_at)
        await send({"type": "websocket.send", "text": control("hello", missed.head)})
        if missed.is_replayable:
            await self._replay(socket, missed, send)
        else:
            await send({"type": "websocket.send", "text": control("resync", missed.head)})
        socket.sent = max(socket.sent, missed.head)
        await socket.pump(send)

    async def _replay(self, socket: Socket, missed: Missed, send: Send) -> None:
        ticket, reached = socket.ticket, missed.after
        while reached < missed.head and socket.close_code is None:
            page = await self._find_page(
                ticket.organisation_id, ticket.language, reached, missed.head
            )
            if not page or page[0][0] != reached + 1:  # cleaned away under our hands
                socket.queue.appendleft((CONTROL, control("resync", missed.head)))
                return
            for seq, data in page:
                await send({"type": "websocket.send", "text": text_of(seq, data)})
            reached = page[-1][0]


async def listen(socket: Socket, receive: Receive) -> None:
    """Swallow what comes in until the client leaves; close on large or many messages."""
    recent: deque[float] = deque(maxlen=MESSAGES_PER_SECOND)
    while (message := await receive())["type"] != "websocket.disconnect":
        content = message.get("text") or message.get("bytes") or ""
        if len(content) > LARGEST_MESSAGE:
            socket.close(CLOSE_TOO_LARGE)
        now = time.monotonic()
        if len(recent) == MESSAGES_PER_SECOND and now - recent[0] < 1.0:
            socket.close(CLOSE_TOO_MANY)
        recent.append(now)


def cookie(scope: Scope, name: str) -> str | None:
    """Return a cookie of the handshake; a malformed header counts as none."""
    raw = b"; ".join(value for key, value in scope["headers"] if key == b"cookie")
    try:
        found = SimpleCookie(raw.decode("latin-1")).get(name)
    except CookieError:
        return None
    return found.value if found is not None else None


def since(scope: Scope) -> int | None:
    """Return the number the client has seen last, or ``None`` to start at the head."""
    text = parse_qs(scope["query_string"].decode("latin-1")).get("since", [""])[0]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
