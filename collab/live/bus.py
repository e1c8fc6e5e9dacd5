"""The one Redis subscription of a socket process, kept up through cuts and restarts."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

CONFIRM_SECONDS = 2.0
AGAIN_SECONDS = 0.5
SILENCE_SECONDS = 5.0


class Bus:
    """Explicit channels over one connection; messages go to ``on_message`` as they come.

    ``on_return`` is called after each new connection: what was sent in between is lost, so
    somebody has to compare numbers with the database.
    """

    def __init__(self, url: str, *always: str) -> None:
        self.on_message: Callable[[str, bytes], None] = lambda _name, _data: None
        self.on_return: Callable[[], None] = lambda: None
        self._redis = redis.asyncio.Redis.from_url(
            url,
            socket_connect_timeout=1.0,
            health_check_interval=SILENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._always = always
        self._wanted: dict[str, asyncio.Event] = {}
        self._pubsub: Any = None

    async def run(self) -> None:
        """Listen for ever; connect again after each failure."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                logger.warning("Redis is away, listening again soon: %s", error)
            await self._drop()
            await asyncio.sleep(AGAIN_SECONDS)

    async def subscribe(self, name: str) -> None:
        """Return once Redis has confirmed ``name``, or after 2 s: it is asked again by itself."""
        confirmed = self._wanted.get(name)
        if confirmed is None:
            confirmed = self._wanted[name] = asyncio.Event()
            await self._ask("subscribe", name)
        try:
            await asyncio.wait_for(confirmed.wait(), CONFIRM_SECONDS)
        except TimeoutError:
            logger.warning("subscription not confirmed within %.0f s", CONFIRM_SECONDS)

    def unsubscribe(self, name: str) -> None:
        """Stop hearing ``name``; a subscription that comes at once after this one stands."""
        if self._wanted.pop(name, None) is not None:
            asyncio.get_running_loop().create_task(self._give_up(name))

    async def close(self) -> None:
        """Close the connection."""
        await self._drop()
        await self._redis.aclose()

    async def _give_up(self, name: str) -> None:
        if name not in self._wanted:
            await self._ask("unsubscribe", name)

    async def _ask(self, verb: str, name: str) -> None:
        if self._pubsub is None:
            return  # the next connection asks for all that is wanted
        try:
            await getattr(self._pubsub, verb)(name)
        except (RedisError, OSError) as error:
            logger.warning("cannot %s now, the next connection will: %s", verb, error)

    async def _listen(self) -> None:
        pubsub = self._redis.pubsub()
        for confirmed in self._wanted.values():
            confirmed.clear()
        asked = set(self._wanted)
        await pubsub.subscribe(*self._always, *asked)
        self._pubsub = pubsub  # from here on each wish is sent at once; now those in between
        if late := self._wanted.keys() - asked:
            await pubsub.subscribe(*late)
        if gone := asked - self._wanted.keys():
            await pubsub.unsubscribe(*gone)
        self.on_return()
        while True:
            message = await pubsub.get_message(timeout=SILENCE_SECONDS)
            if message is None:
                continue
            name = message["channel"].decode()
            if message["type"] == "message":
                self.on_message(name, message["data"])
            elif message["type"] == "subscribe" and name in self._wanted:
                self._wanted[name].set()

    async def _drop(self) -> None:
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            await pubsub.aclose()
