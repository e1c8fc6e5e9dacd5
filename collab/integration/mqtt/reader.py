"""Messages of devices become deliveries: who says what, or why it cannot be read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from collab.integration.mqtt import plain, sparkplug
from collab.integration.mqtt.sessions import Heard, Outcome, Point, Session
from collab.integration.mqtt.topics import (
    BadTopic,
    Kind,
    PlainTopic,
    SparkplugTopic,
    code_behind,
    parse_topic,
)

State = Literal["", "online", "offline"]
BATTERY: Final = "battery"
"""The metric whose value is the charge of the device's battery [%]."""
_BATTERY_NAMES: Final = frozenset({"battery", "battery_percent", "battery level", "batterylevel"})
_DEVICE_KINDS: Final[dict[Kind, State]] = {Kind.DBIRTH: "online", Kind.DDEATH: "offline"}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one metric; ``sequence`` never comes twice for the metric, or is ``None``."""

    metric: str
    value: float | bool | str
    unit: str
    sensed_at: datetime
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one device said in ``raw``; with ``reason`` it could not be read and has to be kept."""

    tenant: str
    code: str
    topic: str
    values: tuple[Value, ...] = ()
    state: State = ""
    reason: str = ""
    raw: bytes = b""


class Reader:
    """Reads messages in the order they come; keeps the sessions of Sparkplug's nodes."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str], Session] = {}
        self._rebirths: set[tuple[str, str]] = set()

    def read(self, topic: str, raw: bytes, *, now: float, at: datetime) -> list[Delivery]:
        """Return what a message says; ``now`` is a clock that never goes back, ``at`` the time."""
        try:
            where = parse_topic(topic)
        except BadTopic as error:
            return [_refused(topic, raw, str(error))]
        try:
            if isinstance(where, PlainTopic):
                return [_plain(where, raw, at)]
            return self._sparkplug(where, raw, now)
        except (plain.BadMessage, sparkplug.BadPayload) as error:
            return [_refused(topic, raw, str(error), where)]

    def tick(self, now: float) -> None:
        """Let time pass: gaps that stayed open lead to a wish for a rebirth."""
        for key, session in self._sessions.items():
            if session.tick(now).wants_rebirth:
                self._rebirths.add(key)

    def take_rebirths(self) -> list[SparkplugTopic]:
        """Return the topics of the commands to send, each once."""
        wanted, self._rebirths = sorted(self._rebirths), set()
        return [SparkplugTopic(tenant, Kind.NCMD, node) for tenant, node in wanted]

    def give_up(self) -> list[Delivery]:
        """Return what waits for a birth that this process will not hear, as refused."""
        return [
            delivery
            for (tenant, node), session in self._sessions.items()
            for delivery in _refusals(tenant, node, session.give_up())
        ]

    def _sparkplug(self, where: SparkplugTopic, raw: bytes, now: float) -> list[Delivery]:
        heard = Heard(where.kind, where.device, sparkplug.decode(raw), raw)
        key = (where.tenant, where.node)
        session = self._sessions.setdefault(key, Session())
        before = frozenset(session.devices)
        outcome = session.fold(heard, now)
        if outcome.wants_rebirth:
            self._rebirths.add(key)
        states = _states(where, session, before)
        values: dict[str, list[Value]] = {device: [] for device in states}
        for point in outcome.points:
            values.setdefault(point.device, []).append(_value(point))
        said = [
            Delivery(
                where.tenant,
                code_behind(where.node, device),
                str(where),
                tuple(each),
                states.get(device, ""),
                raw=raw,
            )
            for device, each in values.items()
        ]
        return [*said, *_refusals(where.tenant, where.node, outcome)]


def _states(
    where: SparkplugTopic, session: Session, before: frozenset[str]
) -> dict[str, State]:  # fmt: skip
    """Return who came or went by the session after a message; "" is the node itself.

    A death that belongs to a former birth takes nobody away; else whatever was behind the node
    (``before``) goes with it.
    """
    if where.kind is Kind.NBIRTH:
        return {"": "online"} if session.is_online else {}
    if where.kind is Kind.NDEATH:
        return {} if session.is_online else dict.fromkeys(("", *sorted(before)), "offline")
    state = _DEVICE_KINDS.get(where.kind)
    return {} if state is None else {where.device: state}


def _plain(where: PlainTopic, raw: bytes, at: datetime) -> Delivery:
    message = plain.parse_message(raw)
    values = [
        Value(each.metric, each.value, each.unit, each.sensed_at or at, each.sequence)
        for each in message.readings
    ]
    if message.battery_percent is not None:
        newest = max((each.sensed_at for each in values if each.sensed_at <= at), default=at)
        values.append(Value(BATTERY, message.battery_percent, "P1", newest))
    return Delivery(where.tenant, where.device, str(where), tuple(values), raw=raw)


def _value(point: Point) -> Value:
    last = point.name.rpartition("/")[2].lower()
    value = point.value
    assert isinstance(value, int | float)
    return Value(
        metric=BATTERY if last in _BATTERY_NAMES else point.name,
        value=value if isinstance(value, bool) else float(value),
        unit=point.unit,
        sensed_at=plain.instant(point.at_ms),
    )


def _refusals(tenant: str, node: str, outcome: Outcome) -> Iterable[Delivery]:
    for heard, reason in outcome.refused:
        where = SparkplugTopic(tenant, heard.kind, node, heard.device)
        yield _refused(str(where), heard.raw, reason, where)


def _refused(
    topic: str, raw: bytes, reason: str, where: PlainTopic | SparkplugTopic | None = None
) -> Delivery:
    if isinstance(where, SparkplugTopic):
        tenant, code = where.tenant, code_behind(where.node, where.device)
    elif where is not None:
        tenant, code = where.tenant, where.device
    else:
        tenant, code = [*topic.split("/"), ""][1], ""
    return Delivery(tenant, code, topic, reason=reason, raw=raw)
