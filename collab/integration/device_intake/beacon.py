"""Whether devices are heard: intake tells Redis, the health page reads it."""

import logging
from typing import Final

import redis
from django.conf import settings

from collab.events import wake

logger = logging.getLogger(__name__)

KEY: Final = "collab:mqtt:heard"
"""Of the platform, no tenant's."""
EVERY_SECONDS: Final = 5.0
_FADES_AFTER_SECONDS: Final = 20


def beat() -> None:
    """Say that intake is connected to the broker."""
    try:
        wake.connection().set(KEY, b"1", ex=_FADES_AFTER_SECONDS)
    except redis.RedisError as error:
        logger.warning("the health page does not hear of intake: %s", error)


def state() -> str:
    """Return ``live``, ``away``, or ``off: `` with the reason."""
    if settings.ENVIRONMENT.mqtt_url is None:
        return "off: MQTT_URL is not set; devices report over HTTPS"
    if settings.SILENT_MODE:
        return "off: SILENT_MODE is set"
    try:
        return "live" if wake.connection().get(KEY) else "away"
    except redis.RedisError:
        return "away"
