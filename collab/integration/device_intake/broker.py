"""One connection to the broker: messages come out of it, acknowledgements go back when we say so.

MQTT 5, kept alive by a thread of the client. The session outlives us: what devices published with
QoS 1 while nobody was here waits at the broker, and what was not acknowledged comes again. The
broker sends no more than `RECEIVE_MAXIMUM` messages ahead, which bounds our memory.
"""

import logging
import queue
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from collab.integration.device_intake.address import Address

logger = logging.getLogger(__name__)

RECEIVE_MAXIMUM: Final = 4_000
SESSION_SECONDS: Final = 24 * 3600
"""For how long the broker keeps messages for an intake that is away."""
KEEP_ALIVE_SECONDS: Final = 30
_SLOWEST_RETRY_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it came; ``connection`` tells on which of our connections."""

    topic: str
    payload: bytes
    number: int
    qos: int
    connection: int


class Broker:
    """The client; `start`, then `take` and `acknowledge` from one thread, then `stop`."""

    def __init__(self, address: Address, *, name: str, filters: Sequence[str]) -> None:
        self._address = address
        self._filters = [(each, SubscribeOptions(qos=1)) for each in filters]
        self._arrived: queue.Queue[Arrival] = queue.Queue(maxsize=4 * RECEIVE_MAXIMUM)
        self._connection = 0
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"collab-intake-{name}",
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        self._client.username_pw_set(address.username, address.password)
        if (context := address.tls()) is not None:
            self._client.tls_set_context(context)
        self._client.reconnect_delay_set(1, _SLOWEST_RETRY_SECONDS)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._message

    @property
    def is_connected(self) -> bool:
        """Whether the broker has let us in and not gone away since."""
        return self._client.is_connected()

    def start(self) -> None:
        """Connect in the background, again and again: after 1 s, then 2 s, at last each 30 s."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_SECONDS
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self._client.connect_async(
            self._address.host,
            self._address.port,
            keepalive=KEEP_ALIVE_SECONDS,
            clean_start=False,
            properties=properties,
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Leave; the session stays for the next process of this name."""
        self._client.disconnect()
        self._client.loop_stop()

    def take(self, *, most: int, wait_s: float, gather_s: float) -> list[Arrival]:
        """Return at most ``most`` messages: what comes within ``gather_s`` after the first.

        Without any message the answer comes empty after ``wait_s``.
        """
        try:
            batch = [self._arrived.get(timeout=wait_s)]
        except queue.Empty:
            return []
        until = time.monotonic() + gather_s
        while len(batch) < most:
            left = until - time.monotonic()
            try:
                batch.append(
                    self._arrived.get(timeout=left) if left > 0 else self._arrived.get_nowait()
                )
            except queue.Empty:
                break
        return batch

    def acknowledge(self, batch: Sequence[Arrival]) -> None:
        """Tell the broker that messages are kept for good; those of a lost connection come again.

        Packet identifiers belong to a connection: one of the last could now mean another message.
        """
        for each in batch:
            if each.qos and each.connection == self._connection:
                self._client.ack(each.number, each.qos)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a command to a node, QoS 0 as Sparkplug has it; lost ones are asked for again."""
        self._client.publish(topic, payload, qos=0)

    def _connected(
        self, client: Client, _data: object, _flags: object, reason: ReasonCode, *_more: Any
    ) -> None:
        if reason.is_failure:
            logger.warning("the broker refused us: %s", reason)
            return
        self._connection += 1
        client.subscribe(self._filters)
        logger.info("connected to the broker at %s", self._address.host)

    def _subscribed(
        self, _client: Client, _data: object, _number: int, reasons: list[ReasonCode], *_more: Any
    ) -> None:
        for (topic, _options), reason in zip(self._filters, reasons, strict=False):
            if reason.is_failure:
                logger.error("the broker refused the subscription to %s: %s", topic, reason)

    def _disconnected(
        self, _client: Client, _data: object, _flags: object, reason: ReasonCode, *_more: Any
    ) -> None:
        logger.warning("the broker is away: %s", reason)

    def _message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        """Put a message aside; a full store holds up the connection, which is what we want."""
        self._arrived.put(
            Arrival(
                message.topic, bytes(message.payload), message.mid, message.qos, self._connection
            )
        )
