"""One process's fan-out: a frame comes in once from Redis and goes to every socket it is for."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import Error as DatabaseUnreachable

from collab.live.bus import Bus
from collab.live.entitlement import REVOKED, Standing, Ticket
from collab.live.order import Sequencer

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 256
REFILL_SECONDS = 5.0
LOOK_SECONDS = 2.0
IDLE_SECONDS = 15
LARGEST_FRAME = 64 * 1024
STUCK_SECONDS = 1.0

CLOSE_SIGNED_OUT, CLOSE_REVOKED, CLOSE_COME_BACK, CLOSE_TOO_SLOW = 4401, 4403, 4409, 1013
CONTROL = -1
"""Stands in the queue for "no number": such frames are always sent."""

Frame = tuple[int, str]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Look = Callable[[Collection[Ticket]], Awaitable[Standing]]


def control(kind: str, seq: int) -> str:
    """Return a frame without content: ``hello``, ``idle`` or ``resync``, with the head's number."""
    return f'{{"s":{seq},"k":"{kind}"}}'


def text_of(seq: int, data: bytes) -> str:
    """Return a frame as sent; one above 64 KB becomes the advice to read the regions again."""
    return data.decode() if len(data) <= LARGEST_FRAME else control("resync", seq)


class Socket:
    """One open socket: a bounded queue, and the number of the last frame sent."""

    __slots__ = ("_overflowed_at", "_waiter", "close_code", "name", "queue", "sent", "ticket")

    def __init__(self, ticket: Ticket, name: str) -> None:
        self.ticket = ticket
        self.name = name
        self.queue: deque[Frame] = deque()
        self.sent = 0
        self.close_code: int | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._overflowed_at = -REFILL_SECONDS

    def offer(self, frame: Frame) -> None:
        """Queue a frame; a full queue is emptied and the client told to read again."""
        if len(self.queue) >= QUEUE_LIMIT:
            self._overflow(frame[0])
        else:
            self.queue.append(frame)
        self._wake()

    def close(self, code: int) -> None:
        """Have the socket closed before anything else is sent on it."""
        if self.close_code is None:
            self.close_code = code
            self._wake()

    async def pump(self, send: Send) -> None:
        """Send what is queued until the socket is to close."""
        loop = asyncio.get_running_loop()
        while self.close_code is None:
            if self.queue:
                seq, text = self.queue.popleft()
                if seq != CONTROL:
                    if seq <= self.sent:
                        continue  # came by replay already
                    self.sent = seq
                await send({"type": "websocket.send", "text": text})
            else:
                self._waiter = loop.create_future()
                await self._waiter
                self._waiter = None

    async def closing(self) -> None:
        """Return once the socket is to close, even while a send is stuck."""
        while self.close_code is None:
            await asyncio.sleep(STUCK_SECONDS)
        await asyncio.sleep(STUCK_SECONDS)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _overflow(self, seq: int) -> None:
        now = time.monotonic()
        self.queue.clear()
        if now - self._overflowed_at < REFILL_SECONDS:
            self.close(CLOSE_TOO_SLOW)
            return
        self._overflowed_at = now
        self.queue.append((CONTROL, control("resync", max(seq, self.sent))))


class Channel:
    """The sockets of one viewer and language, and the order of their frames."""

    __slots__ = (
        *("heard", "is_new", "known_head", "narrowed_at", "order", "seen_head", "sockets"),
        "viewer_id",
    )

    def __init__(self, viewer_id: int) -> None:
        self.viewer_id = viewer_id
        self.sockets: set[Socket] = set()
        self.order = Sequencer()
        self.heard = 0  # newest number that came over Redis or by replay
        self.known_head = 0  # the database's head one look ago: its frame has come or is lost
        self.seen_head = 0
        self.narrowed_at: datetime | None = None  # what its screens know of
        self.is_new = True

    def push(self, frames: Iterable[Frame]) -> None:
        """Queue frames at every socket."""
        for frame in frames:
            self.heard = max(self.heard, frame[0])
            for socket in self.sockets:
                socket.offer(frame)

    def note_head(self, head: int, heard_before: int) -> None:
        """Take the database's head: behind us means restored, ahead of us twice means lost."""
        if head < heard_before:
            self.order, self.heard, self.known_head = Sequencer(), head, head
            self._tell("resync", head)
        elif self.seen_head > self.heard:
            self._tell("idle", self.seen_head)
            self.heard = self.seen_head
        self.known_head, self.seen_head = self.seen_head, head

    def note_replayed(self, head: int, narrowed_at: datetime | None) -> None:
        """Take what the first socket's screen was brought up to."""
        self.heard = max(self.heard, head)
        if self.is_new:
            self.is_new, self.narrowed_at = False, narrowed_at

    def note_narrowing(self, at: datetime | None) -> None:
        """Have the screens read anew if the viewer has been let see less since they did."""
        if at is not None and (self.narrowed_at is None or at > self.narrowed_at):
            self.narrowed_at = at
            self._tell("resync", max(self.heard, self.known_head))

    def _tell(self, kind: str, seq: int) -> None:
        frame = (CONTROL, control(kind, seq))
        for socket in self.sockets:
            socket.offer(frame)


class Hub:
    """All sockets of this process, one Redis subscription, and one look at the rights of all."""

    def __init__(self, bus: Bus, look: Look) -> None:
        self.is_closing = False
        self.failed_looks = 0
        self._bus = bus
        self._look = look
        self._channels: dict[str, Channel] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._look_now = asyncio.Event()
        self._idle_slots: list[set[Socket]] = [set() for _ in range(IDLE_SECONDS)]
        self._joined = 0

    def start(self) -> None:
        """Begin to listen and to look; needs the running loop."""
        self._bus.on_message = self._deliver
        self._bus.on_return = self._look_now.set
        loop = asyncio.get_running_loop()
        for work in (self._bus.run(), self._keep_looking(), self._keep_ticking()):
            self._tasks.append(loop.create_task(work))

    async def stop(self, code: int = CLOSE_COME_BACK) -> None:
        """Close every socket with ``code``, give them a moment, and end; safe to repeat."""
        self.close_all(code)
        deadline = time.monotonic() + 2 * STUCK_SECONDS
        while self._channels and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self._bus.close()

    def close_all(self, code: int = CLOSE_COME_BACK) -> None:
        """Close every socket and refuse new ones."""
        self.is_closing = True
        for socket in self.sockets():
            socket.close(code)

    def sockets(self) -> list[Socket]:
        """Return the open sockets."""
        return [each for channel in self._channels.values() for each in channel.sockets]

    async def join(self, socket: Socket) -> None:
        """Let the socket hear its channel; returns once Redis has confirmed the subscription."""
        channel = self._channels.get(socket.name)
        if channel is None:
            channel = self._channels[socket.name] = Channel(socket.ticket.organisation_id)
        channel.sockets.add(socket)
        self._joined += 1
        self._idle_slots[self._joined % IDLE_SECONDS].add(socket)
        await self._bus.subscribe(socket.name)

    def leave(self, socket: Socket) -> None:
        """Forget the socket, and its channel with the last one."""
        for slot in self._idle_slots:
            slot.discard(socket)
        channel = self._channels.get(socket.name)
        if channel is None:
            return
        channel.sockets.discard(socket)
        if not channel.sockets:
            del self._channels[socket.name]
            self._bus.unsubscribe(socket.name)

    def note_replayed(self, socket: Socket, head: int, narrowed_at: datetime | None = None) -> None:
        """Take the head that a socket was brought up to, and the rights it was shown by."""
        if (channel := self._channels.get(socket.name)) is not None:
            channel.note_replayed(head, narrowed_at)

    def _deliver(self, name: str, data: bytes) -> None:
        """Take one message from Redis; a frame begins with ``{"s":<number>,``."""
        if name == REVOKED:
            self._look_now.set()
            return
        channel = self._channels.get(name)
        if channel is None:
            return
        try:
            seq = int(data[5 : data.index(b",", 5)])
        except ValueError:
            logger.error("expected a frame that begins with its number, got %r", data[:20])
            return
        ready = channel.order.take(seq, text_of(seq, data), time.monotonic())
        channel.push(ready)

    async def _keep_looking(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._look_now.wait(), LOOK_SECONDS)
            self._look_now.clear()
            try:
                await self._look_once()
            except (DatabaseUnreachable, OSError):
                # Without PostgreSQL no new frame exists either, so the sockets may stay.
                self.failed_looks += 1
                logger.exception("look %d failed at who may hold a socket", self.failed_looks)
            except Exception:
                # This loop alone takes sockets from those who lost their rights, so no mistake
                # may end it; nobody knows who may stay, so all have to ask for a socket anew.
                self.failed_looks += 1
                logger.exception("look %d broke, closing all sockets", self.failed_looks)
                for socket in self.sockets():
                    socket.close(CLOSE_COME_BACK)

    async def _look_once(self) -> None:
        sockets = self.sockets()
        if not sockets:
            return
        heard = {name: channel.heard for name, channel in self._channels.items()}
        standing = await self._look({socket.ticket for socket in sockets})
        for socket in sockets:
            if socket.ticket not in standing.valid:
                socket.close(CLOSE_REVOKED)
        for name, before in heard.items():
            channel = self._channels.get(name)
            if channel is not None and channel.viewer_id in standing.heads:
                channel.note_head(standing.heads[channel.viewer_id], before)
                channel.note_narrowing(standing.narrowed.get(channel.viewer_id))

    async def _keep_ticking(self) -> None:
        """Every 0.1 s free frames that waited too long; every second tell a fifteenth of all."""
        ticks = 0
        while True:
            await asyncio.sleep(0.1)
            ticks += 1
            now = time.monotonic()
            for channel in self._channels.values():
                channel.push(channel.order.overdue(now))
            if ticks % 10 == 0:
                for socket in self._idle_slots[ticks // 10 % IDLE_SECONDS]:
                    if (found := self._channels.get(socket.name)) is not None:
                        head = max(found.known_head, found.heard)
                        socket.offer((CONTROL, control("idle", head)))
