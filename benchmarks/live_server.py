"""The two socket servers that ``benchmarks/live.py`` compares; ``BENCH_VARIANT`` chooses one.

Both do without a database: a socket of ``/?group=<n>`` belongs to group n. The hub is the shipped
one behind its own consumer; the other is a Channels consumer in a group of a channel layer.
"""

import os
from collections.abc import Collection
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collab.settings")
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402 - needs settings
from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from collab.live.bus import Bus  # noqa: E402
from collab.live.consumers import LiveSocket  # noqa: E402
from collab.live.entitlement import REVOKED, Standing, Ticket  # noqa: E402
from collab.live.hub import Hub  # noqa: E402
from collab.live.replay import Missed  # noqa: E402

LAYERS = {
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "core": "channels_redis.core.RedisChannelLayer",
}


def layer_settings(variant: str) -> dict[str, Any]:
    """Return Channels' setting for a channel layer as its documentation has it."""
    return {"default": {"BACKEND": LAYERS[variant], "CONFIG": {"hosts": [settings.REDIS_URL]}}}


def hub_channel(group: int) -> str:
    """Return the Redis channel of a group of the hub."""
    return f"bench:{group}"


def layer_group(group: int) -> str:
    """Return the channel layer's name of a group."""
    return f"bench.{group}"


def _group(scope: dict[str, Any]) -> int:
    return int(parse_qs(scope["query_string"].decode())["group"][0])


async def _look(tickets: Collection[Ticket]) -> Standing:
    return Standing(frozenset(tickets), {})


async def _missed(_organisation_id: int, _after: int | None) -> Missed:
    return Missed(0, 0, is_replayable=True)


async def _page(_organisation_id: int, _language: str, _after: int, _upto: int) -> list[Any]:
    return []


@cache
def _hub() -> Hub:
    made = Hub(Bus(settings.REDIS_URL, REVOKED), _look)
    made.start()
    return made


async def hub_socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve one socket of the hub."""
    group = _group(scope)

    async def admit(_key: str | None) -> Ticket:
        return Ticket("session", "hash", 1, group, "en")

    serve = LiveSocket(
        hub=_hub,
        cookie_name="session",
        admit=admit,
        find_missed=_missed,
        find_page=_page,
        name_channel=lambda organisation_id, _language: hub_channel(organisation_id),
    )
    await serve(scope, receive, send)


class LayerSocket(AsyncWebsocketConsumer):  # type: ignore[misc]
    """A stock consumer: joins its group, forwards what is sent to it."""

    async def connect(self) -> None:
        """Join the group, then accept."""
        await self.channel_layer.group_add(layer_group(_group(self.scope)), self.channel_name)
        await self.accept()

    async def bench_frame(self, event: dict[str, Any]) -> None:
        """Forward one frame."""
        await self.send(text_data=event["text"])


async def health(_scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Answer every request: the server is up."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"up"})


def build(variant: str) -> Any:
    """Return the ASGI application of ``variant``: hub, pubsub or core."""
    if variant == "hub":
        return ProtocolTypeRouter({"http": health, "websocket": hub_socket})
    settings.CHANNEL_LAYERS = layer_settings(variant)
    return ProtocolTypeRouter({"http": health, "websocket": LayerSocket.as_asgi()})


application = build(os.environ.get("BENCH_VARIANT", "hub"))
