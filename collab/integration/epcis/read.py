"""Documents and single events, read and checked: each event becomes facts, or a refusal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from collab.integration.epcis.contexts import PLAIN, Context, context_of
from collab.integration.epcis.events import IGNORED, WrongEvent, read_event
from collab.integration.epcis.faults import Fault, NotReadable, Refusal, Wrong, shown
from collab.integration.epcis.fields import instant
from collab.integration.epcis.model import KINDS, TrackingFacts

DOCUMENT, QUERY_DOCUMENT = "EPCISDocument", "EPCISQueryDocument"
MOST_EVENTS: Final = 100_000

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Captured:
    """An event of a document: its facts, and what was sent as an event that stands alone."""

    index: int
    facts: TrackingFacts
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """What a document holds; ``created_at`` is its own date, ``None`` for a bare event."""

    events: tuple[Captured | Refusal, ...]
    created_at: datetime | None = None

    @property
    def refusals(self) -> list[Refusal]:
        """The events that are not taken."""
        return [each for each in self.events if isinstance(each, Refusal)]

    @property
    def captured(self) -> list[Captured]:
        """The events that can be taken."""
        return [each for each in self.events if isinstance(each, Captured)]


def decode(raw: bytes) -> Any:
    """Return JSON text as values, fractions as ``Decimal``; ``NotReadable`` if it is none."""
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise NotReadable([Fault("", "JSON text", str(error)[:120])]) from None
    except RecursionError:
        raise NotReadable([Fault("", "JSON that is not nested this deeply")]) from None


def encode(value: Any) -> bytes:
    """Return values as JSON text; decimals stay exact numbers."""
    return _encoder.encode(value)


def read_document(value: Any, *, kinds: Iterable[str] = (DOCUMENT, QUERY_DOCUMENT)) -> Document:
    """Read a document of one of ``kinds``, or a bare event.

    Returns the events in their order, each as facts or as a refusal with its faults.

    Raises
    ------
    NotReadable
        If it is no such document: without context, version, date or list of events.
    """
    if not isinstance(value, dict):
        raise NotReadable([Fault("", "an EPCIS document, which is an object", shown(value))])
    faults: list[Fault] = []
    context = PLAIN
    try:
        context = context_of(value.get("@context"))
    except Wrong as wrong:
        faults.append(wrong.fault)
    if "eventTime" in value or value.get("type") in KINDS:
        if faults:
            raise NotReadable(faults)
        return Document((_captured(0, value, context, {}),))
    events = _events_of(value, list(kinds), faults)
    created = _created(value, faults)
    if faults:
        raise NotReadable(faults)
    ignored = {key: names for key, names in value.items() if key.endswith(IGNORED)}
    return Document(
        tuple(_captured(place, each, context, ignored) for place, each in enumerate(events)),
        created,
    )


def read_stored(body: Mapping[str, Any]) -> TrackingFacts:
    """Return the facts of an event that was kept as ``Captured.body``."""
    return read_event(body, context_of(body["@context"]) if "@context" in body else PLAIN)


def _captured(
    index: int, event: Any, context: Context, ignored: Mapping[str, Any]
) -> Captured | Refusal:
    if isinstance(event, Fault):  # of a reader of another syntax
        return Refusal(index, (event,))
    try:
        if not isinstance(event, dict):
            raise Wrong("", "an event, which is an object", event)
        if ignored:
            event = {**event, **ignored}
        if event.get("@context"):
            context = context.extended(event["@context"], "@context")
        facts = read_event(event, context)
    except Wrong as wrong:
        return Refusal(index, (wrong.fault,))
    except WrongEvent as refused:
        return Refusal(index, refused.faults)
    return Captured(index, facts, _alone(event, context))


def _alone(event: dict[str, Any], context: Context) -> Mapping[str, Any]:
    """Return an event with the prefixes that it needs to be read without its document."""
    if context.inline:
        return {**event, "@context": dict(context.inline)}
    event.pop("@context", None)
    return event


def _events_of(value: dict[str, Any], kinds: list[str], faults: list[Fault]) -> list[Any]:
    """Return the list of events of a document; note what is missing on the way."""
    kind = value.get("type")
    if kind not in kinds:
        faults.append(Fault("type", " or ".join([*kinds, "an event type"]), shown(kind)))
        return []
    version = value.get("schemaVersion")
    if not isinstance(version, str) or not version.startswith("2."):
        faults.append(Fault("schemaVersion", "2.0", shown(version)))
    path = ["epcisBody"]
    if kind == QUERY_DOCUMENT:
        path += ["queryResults", "resultsBody"]
    found: Any = value
    for step in [*path, "eventList"]:
        found = found.get(step) if isinstance(found, dict) else None
    where = ".".join([*path, "eventList"])
    if not isinstance(found, list):
        faults.append(Fault(where, "a list of events", shown(found)))
        return []
    if len(found) > MOST_EVENTS:
        faults.append(Fault(where, f"at most {MOST_EVENTS} events", shown(found)))
    return found


def _created(value: dict[str, Any], faults: list[Fault]) -> datetime | None:
    try:
        return instant(value.get("creationDate"), "creationDate")
    except Wrong as wrong:
        faults.append(wrong.fault)
        return None
