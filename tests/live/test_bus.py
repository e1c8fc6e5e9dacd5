"""The subscription against a real Valkey: no name is forgotten, not even while connecting."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import redis
from django.conf import settings

from collab.live.bus import AGAIN_SECONDS, Bus

NAMES = [f"test:{number}" for number in range(20)]


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 20))


async def eventually(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.02)


def test_names_wanted_while_connecting_are_heard() -> None:
    async def story() -> None:
        heard: set[str] = set()
        bus = Bus(settings.REDIS_URL, "test:always")
        bus.on_message = lambda name, _data: heard.add(name)
        running = asyncio.create_task(bus.run())
        for name in NAMES[:10]:
            asyncio.create_task(bus.subscribe(name))  # noqa: RUF006 - lives as long as the loop
            await asyncio.sleep(0)
        await asyncio.gather(*(bus.subscribe(name) for name in NAMES))
        sender = redis.Redis.from_url(settings.REDIS_URL)
        for name in [*NAMES, "test:always"]:
            assert sender.publish(name, b"x") == 1
        await eventually(lambda: heard == {*NAMES, "test:always"})
        running.cancel()
        await bus.close()

    run(story)


def test_a_cut_connection_comes_back_with_all_names() -> None:
    async def story() -> None:
        heard: list[bytes] = []
        returns: list[int] = []
        bus = Bus(settings.REDIS_URL, "test:always")
        bus.on_message = lambda _name, data: heard.append(data)
        bus.on_return = lambda: returns.append(1)
        running = asyncio.create_task(bus.run())
        await bus.subscribe("test:a")
        await bus.subscribe("test:b")
        bus.unsubscribe("test:b")
        sender = redis.Redis.from_url(settings.REDIS_URL)
        sender.client_kill_filter(_type="pubsub")
        await asyncio.sleep(AGAIN_SECONDS)
        await eventually(lambda: len(returns) == 2)
        assert sender.publish("test:a", b"after the cut") == 1
        assert sender.publish("test:b", b"nobody listens") == 0
        await eventually(lambda: heard == [b"after the cut"])
        running.cancel()
        await bus.close()

    run(story)
