"""Sockets of machines: whoever holds a key listens to a stream that another app reads for it."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from collab.live.bus import Bus

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 256
LARGEST_MESSAGE = 1024
ALWAYS = "collab:live:machines"
CLOSE_REVOKED, CLOSE_COME_BACK, CLOSE_TOO_SLOW, CLOSE_TOO_LARGE = 4403, 4409, 1013, 1009
BEARER = b"bearer "

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
InThread = Callable[[Callable[..., Any]], Callable[..., Awaitable[Any]]]


class Ended(PermissionError):
    """Who listens may no longer: the key was revoked, or what it listened to is gone."""


class Stream(Protocol):
    """What one socket listens to; both functions use the database and raise ``Ended``."""

    channel: str

    def begin(self) -> list[str]:
        """Return what is sent first; the channel is being heard already."""
        ...

    def read(self, message: bytes) -> list[str]:
        """Return what a message of the channel means to this listener."""
        ...


Opener = Callable[[str, str, str, str], Stream | None]
"""From the path behind the prefix, the query string, the token and the caller's address."""

_openers: dict[str, Opener] = {}


def register(prefix: str, opener: Opener) -> None:
    """Serve the paths that begin with ``prefix``; called from an app's ``ready``."""
    _openers[prefix] = opener


def is_for_machines(path: str) -> bool:
    """Say whether a socket's path is that of a stream."""
    return any(path.startswith(prefix) for prefix in _openers)


class Listener:
    """One open socket: messages that wait for it, and the code it is to be closed with."""

    def __init__(self) -> None:
        self.close_code: int | None = None
        self._messages: deque[bytes] = deque()
        self._news = asyncio.Event()

    def offer(self, message: bytes) -> None:
        """Queue a message; who does not keep up is closed and comes back with a time."""
        if len(self._messages) >= QUEUE_LIMIT:
            self.close(CLOSE_TOO_SLOW)
        self._messages.append(message)
        self._news.set()

    def close(self, code: int) -> None:
        """Have the socket closed."""
        self.close_code = self.close_code or code
        self._news.set()

    async def take(self) -> bytes | None:
        """Return the next message, ``None`` once the socket is to close."""
        while self.close_code is None:
            if self._messages:
                return self._messages.popleft()
            self._news.clear()
            await self._news.wait()
        return None


class MachineSockets:
    """The ASGI application of all streams of this process, over one Redis subscription."""

    def __init__(self, bus: Bus, in_thread: InThread) -> None:
        self._bus = bus
        self._in_thread = in_thread
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self.is_closing = False

    def start(self) -> None:
        """Begin to listen; needs the running loop."""
        self._bus.on_message = self._deliver
        self._bus.on_return = self.close_all  # what was sent meanwhile is lost: ask again
        self._task = asyncio.get_running_loop().create_task(self._bus.run())

    async def stop(self) -> None:
        """Close every socket and end; safe to repeat."""
        self.is_closing = True
        self.close_all()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self._bus.close()

    def close_all(self) -> None:
        """Have every client come back."""
        for listeners in self._listeners.values():
            for each in listeners:
                each.close(CLOSE_COME_BACK)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket; without a good key the handshake is answered 403."""
        if (await receive())["type"] != "websocket.connect":
            return
        stream = None if self.is_closing else await self._in_thread(_open)(scope)
        if stream is None:
            await send({"type": "websocket.close", "code": CLOSE_REVOKED})
            return
        await send({"type": "websocket.accept"})
        listener = Listener()
        self._listeners[stream.channel].add(listener)
        try:
            await self._bus.subscribe(stream.channel)
            await self._serve(stream, listener, receive, send)
        finally:
            self._listeners[stream.channel].discard(listener)
            if not self._listeners[stream.channel]:
                del self._listeners[stream.channel]
                self._bus.unsubscribe(stream.channel)

    async def _serve(
        self, stream: Stream, listener: Listener, receive: Receive, send: Send
    ) -> None:
        loop = asyncio.get_running_loop()
        tasks = {
            loop.create_task(self._pump(stream, listener, send)),
            loop.create_task(_until_gone(listener, receive)),
        }
        try:
            ended, _running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if listener.close_code is not None:
            await send({"type": "websocket.close", "code": listener.close_code})
        for task in ended:
            task.result()

    async def _pump(self, stream: Stream, listener: Listener, send: Send) -> None:
        try:
            texts = await self._in_thread(stream.begin)()
            while True:
                for text in texts:
                    await send({"type": "websocket.send", "text": text})
                message = await listener.take()
                if message is None:
                    return
                texts = await self._in_thread(stream.read)(message)
        except Ended as ended:
            logger.info("a stream ended: %s", ended)
            listener.close(CLOSE_REVOKED)

    def _deliver(self, name: str, data: bytes) -> None:
        for listener in self._listeners.get(name, ()):
            listener.offer(data)


def _open(scope: Scope) -> Stream | None:
    """Return the stream that a handshake asks for, ``None`` without one or without a key."""
    header = next((value for key, value in scope["headers"] if key == b"authorization"), b"")
    if not header.lower().startswith(BEARER):
        return None
    token = header[len(BEARER) :].decode("latin-1").strip()
    address = (scope.get("client") or ("",))[0]
    path: str = scope["path"]
    query = scope["query_string"].decode("latin-1")
    for prefix, opener in _openers.items():
        if path.startswith(prefix):
            return opener(path.removeprefix(prefix), query, token, address)
    return None


async def _until_gone(listener: Listener, receive: Receive) -> None:
    """Swallow what comes in until the client leaves; nothing that it says has an effect."""
    while (message := await receive())["type"] != "websocket.disconnect":
        if len(message.get("text") or message.get("bytes") or "") > LARGEST_MESSAGE:
            listener.close(CLOSE_TOO_LARGE)
