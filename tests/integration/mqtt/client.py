"""A device's or intruder's MQTT client for tests: what it was let do and what it received."""

import threading
import time
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

PATIENCE_SECONDS = 5.0


def wait_until(is_so: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until ``is_so``; return after how many seconds it was, fail if it never is."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, f"not so within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


class Party:
    """One signed-in client."""

    def __init__(self, port: int, username: str, password: str, **options: Any) -> None:
        self.received: list[tuple[str, bytes]] = []
        self.refusals: list[str] = []
        self.connected = threading.Event()
        self.disconnected = threading.Event()
        self.reason = ""
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        self.client.username_pw_set(username, password)
        self.client.on_connect = self._connected
        self.client.on_disconnect = lambda *_: self.disconnected.set()
        self.client.on_message = lambda _c, _d, said: self.received.append(
            (said.topic, bytes(said.payload))
        )
        if "will" in options:
            self.client.will_set(*options["will"], qos=1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        wait_until(lambda: self.connected.is_set() or self.disconnected.is_set())

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        self.reason = str(reason)
        if not reason.is_failure:
            self.connected.set()

    def publish(self, topic: str, payload: bytes) -> str:
        """Publish with QoS 1; return the broker's answer."""
        answers: list[Any] = []
        self.client.on_publish = lambda _c, _d, _mid, reason, _more: answers.append(reason)
        self.client.publish(topic, payload, qos=1)
        wait_until(lambda: answers or self.disconnected.is_set())
        return str(answers[0]) if answers else "disconnected"

    def subscribe(self, topic: str) -> str:
        """Subscribe; return the broker's answer."""
        answers: list[Any] = []
        self.client.on_subscribe = lambda _c, _d, _mid, reasons, _more: answers.extend(reasons)
        self.client.subscribe(topic, qos=1)
        wait_until(lambda: answers or self.disconnected.is_set())
        return str(answers[0]) if answers else "disconnected"

    def vanish(self) -> None:
        """Cut the line without a word, so that the last will is executed."""
        self.client.loop_stop()
        sock = self.client.socket()
        if sock is not None:
            sock.close()

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
