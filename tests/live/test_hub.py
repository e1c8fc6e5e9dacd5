"""The fan-out of one process: bounded queues, order, revocation, and what a lost frame costs."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError

from collab.live import hub as hubs
from collab.live.entitlement import REVOKED, Standing, Ticket
from collab.live.hub import (
    CLOSE_COME_BACK,
    CLOSE_REVOKED,
    CLOSE_TOO_SLOW,
    QUEUE_LIMIT,
    Channel,
    Hub,
    Socket,
)


class SilentBus:
    """Stands in for Redis: the test calls ``say``."""

    def __init__(self) -> None:
        self.on_message: Callable[[str, bytes], None] = lambda _name, _data: None
        self.on_return: Callable[[], None] = lambda: None
        self.names: set[str] = set()

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def subscribe(self, name: str) -> None:
        self.names.add(name)

    def unsubscribe(self, name: str) -> None:
        self.names.discard(name)

    async def close(self) -> None:
        self.names.clear()

    def say(self, name: str, seq: int) -> None:
        self.on_message(name, b'{"s":%d,"t":"x","k":"data"}' % seq)


def ticket(person: int = 1, organisation: int = 1) -> Ticket:
    return Ticket(f"session-{person}", "hash", person, organisation, "en")


async def all_hold(tickets: Collection[Ticket]) -> Standing:
    return Standing(frozenset(tickets), {each.organisation_id: 0 for each in tickets})


class Wire:
    """The client's end: remembers what was sent; may stall."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.may_go = asyncio.Event()
        self.may_go.set()

    async def send(self, message: dict[str, Any]) -> None:
        await self.may_go.wait()
        self.sent.append(message)

    @property
    def numbers(self) -> list[int]:
        return [int(each["text"][5:].split(",")[0]) for each in self.sent]

    @property
    def kinds(self) -> list[str]:
        return [each["text"].rsplit('"k":"', 1)[1].split('"')[0] for each in self.sent]


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 20))


async def joined(hub: Hub, name: str = "a", person: int = 1) -> tuple[Socket, Wire]:
    socket, wire = Socket(ticket(person), name), Wire()
    await hub.join(socket)
    wire.task = asyncio.create_task(socket.pump(wire.send))  # type: ignore[attr-defined]
    return socket, wire


def test_one_frame_reaches_every_socket_of_its_channel_and_no_other() -> None:
    async def story() -> None:
        bus = SilentBus()
        hub = Hub(bus, all_hold)  # type: ignore[arg-type]
        hub.start()
        (_, first), (_, second), (_, rival) = [
            await joined(hub, "a"), await joined(hub, "a", 2), await joined(hub, "b", 3)
        ]  # fmt: skip
        bus.say("a", 1)
        bus.say("a", 2)
        await asyncio.sleep(0.01)
        assert first.numbers == second.numbers == [1, 2]
        assert first.sent[0]["text"] is second.sent[0]["text"]  # the same object, made once
        assert rival.sent == []
        await hub.stop()

    run(story)


def test_frames_that_came_by_replay_are_not_sent_twice() -> None:
    async def story() -> None:
        bus = SilentBus()
        hub = Hub(bus, all_hold)  # type: ignore[arg-type]
        hub.start()
        socket, wire = Socket(ticket(), "a"), Wire()
        await hub.join(socket)
        for seq in (3, 4, 5, 6):
            bus.say("a", seq)
        socket.sent = 4  # replay went up to 4
        pump = asyncio.create_task(socket.pump(wire.send))
        await asyncio.sleep(0.01)
        assert wire.numbers == [5, 6]
        pump.cancel()
        await hub.stop()

    run(story)


def test_a_full_queue_becomes_one_resync_and_filling_it_again_closes() -> None:
    async def story() -> None:
        bus = SilentBus()
        hub = Hub(bus, all_hold)  # type: ignore[arg-type]
        hub.start()
        socket, wire = await joined(hub)
        wire.may_go.clear()
        for seq in range(1, QUEUE_LIMIT + 3):
            bus.say("a", seq)
            if seq == 1:
                await asyncio.sleep(0)  # the first one hangs in send
        await asyncio.sleep(0)
        assert len(socket.queue) <= QUEUE_LIMIT
        assert socket.close_code is None
        wire.may_go.set()
        await asyncio.sleep(0.01)
        assert wire.kinds.count("resync") == 1
        assert wire.numbers == sorted(wire.numbers)
        wire.may_go.clear()
        for seq in range(QUEUE_LIMIT + 3, 2 * QUEUE_LIMIT + 6):
            bus.say("a", seq)
        assert socket.close_code == CLOSE_TOO_SLOW
        wire.may_go.set()
        await hub.stop()

    run(story)


def test_a_revocation_message_closes_at_once_and_only_the_revoked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 60.0)
    revoked: set[int] = set()

    async def look(tickets: Collection[Ticket]) -> Standing:
        return Standing(frozenset(t for t in tickets if t.person_id not in revoked), {})

    async def story() -> None:
        bus = SilentBus()
        hub = Hub(bus, look)  # type: ignore[arg-type]
        hub.start()
        (stays, _), (goes, _) = await joined(hub, person=1), await joined(hub, person=2)
        revoked.add(2)
        bus.on_message(REVOKED, b"1")
        await asyncio.sleep(0.05)
        assert (stays.close_code, goes.close_code) == (None, CLOSE_REVOKED)
        await hub.stop()

    run(story)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationalError("PostgreSQL is away"), None),  # no new frame exists either
        (ZeroDivisionError(), CLOSE_COME_BACK),  # nobody knows any more who may stay
    ],
)
def test_a_failed_look_is_counted_told_and_followed_by_another(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    code: int | None,
) -> None:
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 0.01)
    errors = [error]

    async def look(tickets: Collection[Ticket]) -> Standing:
        if errors:
            raise errors.pop()
        return await all_hold(tickets)

    async def story() -> None:
        bus = SilentBus()
        hub = Hub(bus, look)  # type: ignore[arg-type]
        hub.start()
        before, _ = await joined(hub)
        bus.on_message(REVOKED, b"1")
        await asyncio.sleep(0.05)
        after, _ = await joined(hub, person=2)
        await asyncio.sleep(0.05)
        assert (before.close_code, after.close_code, hub.failed_looks) == (code, None, 1)
        await hub.stop()

    run(story)
    assert [each.exc_info and each.exc_info[1] for each in caplog.records] == [error]


def test_a_lost_last_frame_is_told_by_an_idle_frame_with_the_head() -> None:
    async def story() -> None:
        channel = Channel(viewer_id=1)
        socket = Socket(ticket(), "a")
        channel.sockets.add(socket)
        channel.push([(4, "frame")])
        channel.note_head(5, heard_before=4)  # may still be on its way
        assert [text for _seq, text in socket.queue] == ["frame"]
        channel.note_head(5, heard_before=4)  # it is lost
        assert socket.queue[-1][1] == '{"s":5,"k":"idle"}'

    run(story)


def test_a_database_that_was_put_back_makes_everybody_read_again() -> None:
    channel = Channel(viewer_id=1)
    socket = Socket(ticket(), "a")
    channel.sockets.add(socket)
    channel.push(channel.order.take(900, "frame", 0.0))
    channel.note_head(12, heard_before=900)
    assert socket.queue[-1][1] == '{"s":12,"k":"resync"}'
    assert channel.order.take(13, "next", 0.0) == [(13, "next")]


def test_the_last_socket_takes_the_subscription_with_it() -> None:
    async def story() -> None:
        bus = SilentBus()
        hub = Hub(bus, all_hold)  # type: ignore[arg-type]
        hub.start()
        (first, _), (second, _) = await joined(hub), await joined(hub, person=2)
        hub.leave(first)
        assert bus.names == {"a"}
        hub.leave(second)
        assert bus.names == set()
        assert hub.sockets() == []
        await hub.stop()

    run(story)


def test_a_frame_above_64_kb_is_replaced_by_the_advice_to_read_again() -> None:
    assert hubs.text_of(7, b'{"s":7,"html":"' + b"x" * hubs.LARGEST_FRAME) == '{"s":7,"k":"resync"}'


def test_screens_read_anew_once_when_the_viewer_is_let_see_less() -> None:
    first, later = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    channel = Channel(viewer_id=1)
    socket = Socket(ticket(), "x")
    channel.sockets.add(socket)
    channel.note_replayed(7, first)
    channel.note_narrowing(first)
    assert not socket.queue  # its screen knows
    channel.note_narrowing(later)
    channel.note_narrowing(later)
    assert list(socket.queue) == [(-1, '{"s":7,"k":"resync"}')]
    channel.note_replayed(9, later)  # a second socket does not change what the first one knows
    channel.note_narrowing(None)
    assert len(socket.queue) == 1
