"""Tell the relay at once that there is work; losing the call costs a sweep's delay only."""

import logging
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)
CHANNEL = "collab:relay:wake"


@cache
def connection() -> "redis.Redis":
    """Return this process's connection pool to Redis, with short time-outs."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1.0, socket_connect_timeout=0.5, retry=None
    )


def listener() -> "redis.client.PubSub":
    """Return a subscription object of this process's connection."""
    pubsub: redis.client.PubSub = connection().pubsub(  # type: ignore[no-untyped-call]
        ignore_subscribe_messages=True
    )
    return pubsub


def poke() -> None:
    """Wake the relay; the sweep finds the work anyway when Redis is away."""
    try:
        connection().publish(CHANNEL, b"1")
    except redis.RedisError as error:
        logger.warning("relay not woken, the sweep will find the work: %s", error)
