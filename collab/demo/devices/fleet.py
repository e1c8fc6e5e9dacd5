"""A fleet of sensors that publish at a steady rate, some of it twice and some of it late."""

import asyncio
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from collab.demo.devices.publisher import Publisher
from collab.integration.mqtt.sparkplug import REBIRTH, Datatype, Metric, Payload, decode, encode
from collab.integration.mqtt.topics import Kind, PlainTopic, SparkplugTopic

TEMPERATURE_ALIAS = 1
CONNECTING_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How each device of the fleet behaves."""

    per_second: float = 1.0
    seconds: float = 60.0
    duplicates: float = 0.0
    reordered: float = 0.0
    sparkplug: float = 0.0
    """Share of the devices that speak Sparkplug B, the rest speaks JSON."""


@dataclass(frozen=True, slots=True)
class Login:
    """The account of one device, and its names in topics."""

    username: str
    password: str
    tenant: str
    code: str


@dataclass(slots=True)
class Tally:
    """What the fleet did: distinct readings, messages with the repeated ones, connections."""

    readings: int = 0
    messages: int = 0
    acknowledged: int = 0
    connected: int = 0
    late_s: float = 0.0
    values: float = 0.0
    """Sum of the distinct readings' values."""


@dataclass(slots=True)
class Fleet:
    """All devices, each with its own account, connection and source of chance."""

    logins: Sequence[Login]
    habits: Habits
    host: str = "127.0.0.1"
    port: int = 1883
    seed: int = 1
    tally: Tally = field(default_factory=Tally)

    async def run(self) -> Tally:
        """Connect all, let all measure for the time given, wait for the last acknowledgement."""
        gate = asyncio.Semaphore(CONNECTING_AT_ONCE)
        ready = asyncio.Event()
        count = round(len(self.logins) * self.habits.sparkplug)
        tasks = [
            asyncio.create_task(self._live(place, login, place < count, gate, ready))
            for place, login in enumerate(self.logins)
        ]
        while self.tally.connected < len(self.logins) and not any(each.done() for each in tasks):
            await asyncio.sleep(0.05)
        ready.set()
        await asyncio.gather(*tasks)
        return self.tally

    async def _live(
        self,
        place: int,
        login: Login,
        speaks_sparkplug: bool,
        gate: asyncio.Semaphore,
        ready: asyncio.Event,
    ) -> None:
        rng = random.Random(f"{self.seed}|{login.code}")  # noqa: S311 - a simulation
        device = _Node(login, rng) if speaks_sparkplug else _Sensor(login, rng)
        async with gate:
            await device.publisher.connect(self.host, self.port)
            await device.begin()
        self.tally.connected += 1
        await ready.wait()
        began = time.monotonic() + rng.random() / self.habits.per_second
        total = round(self.habits.seconds * self.habits.per_second)
        waiting: list[tuple[str, bytes]] = []
        for number in range(total):
            due = began + number / self.habits.per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self.tally.late_s = max(self.tally.late_s, time.monotonic() - due)
            waiting.append(device.measure(number, self.tally))
            is_held = rng.random() < self.habits.reordered and number < total - 1
            if is_held and not speaks_sparkplug:  # comes after the next one
                continue
            for topic, payload in reversed(waiting):
                twice = not speaks_sparkplug and rng.random() < self.habits.duplicates
                for _ in range(1 + twice):
                    self.tally.messages += 1
                    await device.publisher.publish(topic, payload, qos=device.qos)
            waiting.clear()
        await device.publisher.settle()
        self.tally.acknowledged += device.publisher.acknowledged
        await device.publisher.close()


def temperature(number: int, rng: random.Random) -> float:
    """Return the temperature of a cooled load at its ``number``-th reading [degrees Celsius]."""
    return round(5 + 3 * math.sin(number / 30) + rng.gauss(0, 0.2), 2)


class _Sensor:
    """A device that speaks JSON with QoS 1."""

    qos = 1

    def __init__(self, login: Login, rng: random.Random) -> None:
        self.publisher = Publisher(login.username, login.password)
        self._topic = str(PlainTopic(login.tenant, login.code))
        self._rng = rng
        self._first = time.time_ns() // 1_000_000

    async def begin(self) -> None:
        """Nothing to say before the first reading."""

    def measure(self, number: int, tally: Tally) -> tuple[str, bytes]:
        """Return topic and payload of the next reading; its sequence goes on over restarts."""
        value = temperature(number, self._rng)
        tally.readings += 1
        tally.values += value
        reading = {
            "metric": "temperature",
            "value": value,
            "unit": "CEL",
            "sensed_at": datetime.now(UTC).isoformat(),
            "sequence": self._first * 1_000 + number,
        }
        return self._topic, json.dumps({"readings": [reading]}).encode()


class _Node:
    """A node that speaks Sparkplug B: birth, data with aliases and QoS 0, death as last will."""

    qos = 0

    def __init__(self, login: Login, rng: random.Random) -> None:
        self._login, self._rng = login, rng
        self._number = rng.randrange(256)
        self._sequence = 0
        self._must_be_born = False
        death = encode(Payload(_now_ms(), None, (self._bd_seq(),)))
        self.publisher = Publisher(
            login.username,
            login.password,
            will=(self._topic(Kind.NDEATH), death),
            hear=self._command,
        )

    async def begin(self) -> None:
        """Listen to commands and be born."""
        self.publisher.subscribe(self._topic(Kind.NCMD))
        await self.publisher.publish(*self._birth(), qos=0)

    def measure(self, number: int, tally: Tally) -> tuple[str, bytes]:
        """Return topic and payload of the next reading, or of the birth if it was asked for."""
        tally.readings += 1
        value = temperature(number, self._rng)
        tally.values += value
        if self._must_be_born:
            self._must_be_born = False
            return self._birth(value)
        self._sequence = (self._sequence + 1) % 256
        metric = Metric("", TEMPERATURE_ALIAS, Datatype.DOUBLE, value)
        payload = encode(Payload(_now_ms(), self._sequence, (metric,)))
        return self._topic(Kind.NDATA), payload

    def _birth(self, value: float = 5.0) -> tuple[str, bytes]:
        self._sequence = 0
        metrics = (
            self._bd_seq(),
            Metric(REBIRTH, None, Datatype.BOOLEAN, False),
            Metric("temperature", TEMPERATURE_ALIAS, Datatype.DOUBLE, value, unit="CEL"),
            Metric("battery", 2, Datatype.INT32, self._rng.randrange(20, 101), unit="P1"),
        )
        return self._topic(Kind.NBIRTH), encode(Payload(_now_ms(), 0, metrics))

    def _command(self, packet: bytes) -> None:
        size = int.from_bytes(packet[:2], "big")
        if decode(packet[2 + size + 1 :]).value_of(REBIRTH) is True:
            self._must_be_born = True

    def _bd_seq(self) -> Metric:
        return Metric("bdSeq", None, Datatype.UINT64, self._number)

    def _topic(self, kind: Kind) -> str:
        return str(SparkplugTopic(self._login.tenant, kind, self._login.code))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
