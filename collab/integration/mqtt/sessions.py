"""What we know of one Sparkplug edge node, folded message by message.

A birth names a node's metrics and gives each an alias; data then carries the alias and a sequence
number from 0 to 255. Whoever hears a gap, or data without the birth, must ask for the birth again
(Sparkplug 3.0 chapter 6). Until the missing message or the birth comes, data wait: an alias of an
unknown birth could make a temperature of a humidity. What never can be named comes out as refused,
with its reason, so that the caller keeps it.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from collab.integration.mqtt.sparkplug import (
    BIRTH_SEQUENCE,
    SEQUENCES,
    Metric,
    Payload,
    Value,
    signed,
)
from collab.integration.mqtt.topics import Kind

REORDER_SECONDS: Final = 2.0
"""How long a missing message may still come before the birth is asked for."""
ASK_AGAIN_SECONDS: Final = 10.0
MOST_HELD: Final = 64
"""Messages a node may have waiting before its birth is known; the oldest give way."""
_CONTROLS: Final = ("Node Control/", "Device Control/")


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of a node, or of the device behind it; ``raw`` is kept for whoever corrects it."""

    kind: Kind
    device: str
    payload: Payload
    raw: bytes = b""

    @property
    def sent_ms(self) -> int:
        """When the node sent it [ms since 1970]; `Session.fold` takes none without."""
        return self.payload.timestamp_ms or 0

    @property
    def sequence(self) -> int:
        """Its place among the node's messages; `Session.fold` takes none without."""
        return self.payload.sequence or 0


@dataclass(frozen=True, slots=True)
class Point:
    """One reading: ``device`` is empty for the node's own."""

    device: str
    name: str
    value: Value
    unit: str
    at_ms: int


@dataclass(slots=True)
class Outcome:
    """What a message, or the passing of time, has led to."""

    points: list[Point] = field(default_factory=list)
    refused: list[tuple[Heard, str]] = field(default_factory=list)
    wants_rebirth: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the birth said about an alias."""

    device: str
    name: str
    datatype: int
    unit: str


@dataclass(slots=True)
class _Birth:
    sent_ms: int
    number: int
    aliases: dict[int, Known] = field(default_factory=dict)
    names: dict[tuple[str, str], Known] = field(default_factory=dict)

    def learn(self, device: str, metrics: Iterable[Metric]) -> None:
        """Take over the metrics of one birth; a device's former ones are forgotten."""
        self.aliases = {key: known for key, known in self.aliases.items() if known.device != device}
        for metric in metrics:
            known = Known(device, metric.name, metric.datatype, metric.unit)
            self.names[device, metric.name] = known
            if metric.alias is not None:
                self.aliases[metric.alias] = known


class Session:
    """One edge node; not safe for threads."""

    def __init__(self) -> None:
        self.is_online = False
        self.devices: set[str] = set()
        self._birth: _Birth | None = None
        self._next = 0
        self._taken: dict[int, Heard] = {}
        self._waiting: dict[int, Heard] = {}
        self._held: deque[Heard] = deque()
        self._gap_since: float | None = None
        self._asked_at: float | None = None
        self._early_deaths: set[int] = set()  # numbers of births not heard yet, modulo 256

    @property
    def state(self) -> tuple[object, ...]:
        """What two orders of the same messages must agree on, unless a birth was asked for."""
        birth = self._birth
        aliases = sorted(birth.aliases.items(), key=lambda item: item[0]) if birth else []
        born = (birth.sent_ms, birth.number) if birth else None
        return self.is_online, born, aliases, self._next, sorted(self.devices)

    def fold(self, heard: Heard, now: float) -> Outcome:
        """Take one message in; ``now`` is any clock in seconds that never goes back.

        Once more is as once: births by their time, data by their sequence number and time.
        """
        outcome = Outcome()
        if heard.kind is Kind.NDEATH:
            self._die(heard, outcome, now)
        elif heard.payload.timestamp_ms is None or heard.payload.sequence is None:
            outcome.refused.append((heard, "expected a timestamp and seq in the payload"))
        elif heard.kind is Kind.NBIRTH:
            self._be_born(heard, outcome, now)
        else:
            self._take(heard, outcome, now)
        return outcome

    def tick(self, now: float) -> Outcome:
        """Ask for the birth where a gap stays open or nothing answered; call it each second."""
        outcome = Outcome()
        is_late = self._gap_since is not None and now - self._gap_since >= REORDER_SECONDS
        if is_late or self._held:
            self._ask(outcome, now)
        return outcome

    def give_up(self) -> Outcome:
        """Return everything that still waits as refused, for the end of the process."""
        outcome = Outcome()
        for heard in [*self._held, *self._waiting.values()]:
            outcome.refused.append((heard, "the birth that names its aliases did not come"))
        self._held.clear()
        self._waiting.clear()
        return outcome

    def _be_born(self, heard: Heard, outcome: Outcome, now: float) -> None:
        number = heard.payload.value_of(BIRTH_SEQUENCE)
        if heard.sequence != 0 or not isinstance(number, int) or isinstance(number, bool):
            outcome.refused.append((heard, "expected an NBIRTH with seq 0 and the metric bdSeq"))
            return
        if self._birth is not None and heard.sent_ms <= self._birth.sent_ms:
            if heard.sent_ms < self._birth.sent_ms:
                self._name_late(heard, outcome)
            return
        former = [*self._held, *self._waiting.values(), *self._taken.values()]
        self._birth = _Birth(heard.sent_ms, number)
        self._birth.learn("", heard.payload.metrics)
        self.is_online, self.devices = True, set()
        self._next, self._gap_since, self._asked_at = 1, None, None
        self._held.clear()
        self._waiting, taken, self._taken = {}, set(map(id, self._taken.values())), {}
        self._name(heard, outcome, now)
        for each in former:
            if each.sent_ms >= heard.sent_ms:
                self._place(each, outcome, now)
            elif id(each) not in taken:
                self._name_late(each, outcome)
        self._drain(outcome, now)
        if number % SEQUENCES in self._early_deaths:  # it died already, or counts births wrongly
            self._ask(outcome, now)
        self._early_deaths -= {number % SEQUENCES, (number - 1) % SEQUENCES}

    def _die(self, heard: Heard, outcome: Outcome, now: float) -> None:
        number = heard.payload.value_of(BIRTH_SEQUENCE)
        if not isinstance(number, int) or isinstance(number, bool):
            outcome.refused.append((heard, "expected an NDEATH with the metric bdSeq"))
        elif self._birth is None:
            self._early_deaths.add(number % SEQUENCES)
        elif number == self._birth.number:
            self.is_online, self.devices = False, set()
        elif number != (self._birth.number - 1) % SEQUENCES:  # not the death before this birth
            self._early_deaths.add(number % SEQUENCES)
            self._ask(outcome, now)

    def _take(self, heard: Heard, outcome: Outcome, now: float) -> None:
        if self._birth is not None and heard.sent_ms < self._birth.sent_ms:
            self._name_late(heard, outcome)
        elif self._birth is None or not self.is_online:
            self._hold(heard, outcome)
            self._ask(outcome, now)
        else:
            self._place(heard, outcome, now)
            self._drain(outcome, now)

    def _hold(self, heard: Heard, outcome: Outcome) -> None:
        if any(_is_same(heard, each) for each in self._held):
            return
        self._held.append(heard)
        if len(self._held) > MOST_HELD:
            outcome.refused.append((self._held.popleft(), "its birth has not come for too long"))

    def _place(self, heard: Heard, outcome: Outcome, now: float) -> None:
        """Put a message at its number, unless it was there before."""
        place = heard.sequence
        if place in self._taken and _is_same(self._taken[place], heard):
            return
        there = self._waiting.get(place)
        if there is None:
            self._waiting[place] = heard
        elif not _is_same(there, heard):  # a whole round of numbers lies between them
            older, newer = sorted((there, heard), key=lambda each: each.sent_ms)
            self._waiting[place] = newer
            self._name_late(older, outcome)
            self._ask(outcome, now)

    def _drain(self, outcome: Outcome, now: float) -> None:
        while (heard := self._waiting.pop(self._next, None)) is not None:
            self._taken[self._next] = heard
            self._next = (self._next + 1) % SEQUENCES
            self._gap_since = None
            self._name(heard, outcome, now)
        if self._waiting and self._gap_since is None:
            self._gap_since = now

    def _name(self, heard: Heard, outcome: Outcome, now: float) -> None:
        """Turn a message that is at its place into readings."""
        birth = self._birth
        assert birth is not None
        if heard.kind is Kind.DBIRTH:
            birth.learn(heard.device, heard.payload.metrics)
            self.devices.add(heard.device)
        elif heard.kind is Kind.DDEATH:
            self.devices.discard(heard.device)
            return
        unknown = [
            metric for metric in heard.payload.metrics if not _add(metric, heard, birth, outcome)
        ]
        if unknown:
            outcome.refused.append((heard, f"no birth named alias {unknown[0].alias}"))
            self._ask(outcome, now)

    def _name_late(self, heard: Heard, outcome: Outcome) -> None:
        """Take what has a name from a message older than the birth: its aliases are gone."""
        alone = _Birth(0, 0)
        named = [_add(metric, heard, alone, outcome) for metric in heard.payload.metrics]
        if not all(named):
            outcome.refused.append((heard, "sent before the birth that names its aliases"))

    def _ask(self, outcome: Outcome, now: float) -> None:
        if self._asked_at is None or now - self._asked_at >= ASK_AGAIN_SECONDS:
            self._asked_at = now
            outcome.wants_rebirth = True


def _is_same(one: Heard, other: Heard) -> bool:
    return (one.kind, one.device, one.sent_ms, one.sequence) == (
        *(other.kind, other.device),
        *(other.sent_ms, other.sequence),
    )


def _add(metric: Metric, heard: Heard, birth: _Birth, outcome: Outcome) -> bool:
    """Add a reading for a metric if it is one; return whether its name is known."""
    known = birth.names.get((heard.device, metric.name)) if metric.name else None
    if not metric.name and metric.alias is not None:
        known = birth.aliases.get(metric.alias)
    name = metric.name or (known.name if known else "")
    if not name:
        return False
    value = metric.value
    if known is not None and isinstance(value, int) and not isinstance(value, bool):
        value = signed(value, metric.datatype or known.datatype)
    is_reading = isinstance(value, int | float) and name != BIRTH_SEQUENCE
    if is_reading and not name.startswith(_CONTROLS):
        outcome.points.append(
            Point(
                device=known.device if known else heard.device,
                name=name,
                value=value,
                unit=metric.unit or (known.unit if known else ""),
                at_ms=heard.sent_ms if metric.timestamp_ms is None else metric.timestamp_ms,
            )
        )
    return True
