"""Events and documents written as JSON: from facts, or from what was sent, in the form asked for.

What a sender wrote is handed on as it is, but for the spelling of identifiers (``Form``) and the
two fields that are ours: the event's ID where it had none, and when we recorded it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from collab.integration.epcis.canonical import instant_text
from collab.integration.epcis.contexts import STANDARD, STANDARD_URL
from collab.integration.epcis.identifiers import prefix_length_of, to_link, to_urn
from collab.integration.epcis.model import (
    ErrorDeclaration,
    Extras,
    Quantity,
    SensorElement,
    TrackingFacts,
    Typed,
)
from collab.integration.epcis.sensors import METADATA, REPORT


class Form(StrEnum):
    """How identifiers are spelt, the values of the header ``GS1-EPC-Format``."""

    ANY = "No_Preference"
    LINK = "Always_GS1_Digital_Link"
    URN = "Always_EPC_URN"
    AS_SENT = "Never_Translates"


_ONE: Final = ("parentID", "transformationID")
_LISTS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_WITHIN: Final[Mapping[str, str]] = {
    "quantityList": "epcClass",
    "childQuantityList": "epcClass",
    "inputQuantityList": "epcClass",
    "outputQuantityList": "epcClass",
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
}
_PLACES: Final = ("readPoint", "bizLocation")


def query_document(
    events: Sequence[Mapping[str, Any]],
    *,
    created_at: datetime,
    query_name: str = "SimpleEventQuery",
    subscription: str = "",
) -> dict[str, Any]:
    """Return the answer to a query as EPCIS query document; ``events`` are written already."""
    results: dict[str, Any] = {"queryName": query_name, "resultsBody": {"eventList": list(events)}}
    if subscription:
        results["subscriptionID"] = subscription
    return {
        "@context": [STANDARD_URL],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": instant_text(created_at),
        "epcisBody": {"queryResults": results},
    }


def written(
    body: Mapping[str, Any], *, event_id: str, recorded_at: datetime, form: Form = Form.LINK
) -> dict[str, Any]:
    """Return a kept event as it leaves: its ID, when we recorded it, identifiers in ``form``."""
    event = {**body, "eventID": event_id, "recordTime": instant_text(recorded_at)}
    if "@context" in event:
        event["@context"] = [event["@context"]]
    spell = _SPELLING.get(form)
    return _respelt(event, spell) if spell is not None else event


def event_body(facts: TrackingFacts) -> dict[str, Any]:
    """Return facts as an event that stands alone; ``read.read_stored`` gives the facts again."""
    names = _Names()
    event: dict[str, Any] = {
        "type": names.of(facts.kind),
        "eventTime": instant_text(facts.happened_at),
        "eventTimeZoneOffset": facts.offset,
        "eventID": facts.event_id,
        "action": facts.action,
        "bizStep": facts.biz_step,
        "disposition": facts.disposition,
        "persistentDisposition": {
            side: list(words)
            for side, words in (("set", facts.persistent_set), ("unset", facts.persistent_unset))
            if words
        },
        "parentID": facts.parent_id,
        "epcList": list(facts.epcs),
        "childEPCs": list(facts.child_epcs),
        "inputEPCList": list(facts.input_epcs),
        "outputEPCList": list(facts.output_epcs),
        "quantityList": _amounts(facts.quantities),
        "childQuantityList": _amounts(facts.child_quantities),
        "inputQuantityList": _amounts(facts.input_quantities),
        "outputQuantityList": _amounts(facts.output_quantities),
        "transformationID": facts.transformation_id,
        "bizTransactionList": _typed(facts.biz_transactions, "bizTransaction"),
        "sourceList": _typed(facts.sources, "source"),
        "destinationList": _typed(facts.destinations, "destination"),
        "sensorElementList": [_element(each, names) for each in facts.sensor_elements],
        "certificationInfo": list(facts.certification_info),
        "ilmd": names.tree(facts.ilmd),
    }
    for name, place, extras in (
        ("readPoint", facts.read_point, facts.read_point_extras),
        ("bizLocation", facts.biz_location, facts.biz_location_extras),
    ):
        event[name] = {"id": place, **names.tree(extras)} if place else {}
    if facts.error is not None:
        event["errorDeclaration"] = _error(facts.error, names)
    if facts.ignored:
        event[names.of("{https://ref.gs1.org/epcis/}ignoreFields")] = sorted(
            map(names.of, facts.ignored)
        )
    event = {key: value for key, value in event.items() if value not in ("", [], {})}
    event |= names.tree(facts.extras)
    return event | ({"@context": names.inline} if names.inline else {})


class _Names:
    """Prefixes for the namespaces of extension fields, handed out as they come."""

    def __init__(self) -> None:
        self.inline: dict[str, str] = {}
        self._prefixes = {namespace: prefix for prefix, namespace in STANDARD.items()}

    def of(self, name: str) -> str:
        """Return ``{namespace}name`` as ``prefix:name``, other names as they are."""
        if not name.startswith("{"):
            return name
        namespace, _brace, local = name[1:].partition("}")
        if namespace not in self._prefixes:
            prefix = f"ext{len(self.inline) + 1}"
            self._prefixes[namespace] = prefix
            self.inline[prefix] = namespace
        return f"{self._prefixes[namespace]}:{local}"

    def tree(self, extras: Extras) -> dict[str, Any]:
        """Return extension fields with prefixes, at every level."""
        return {self.of(name): self._inner(value) for name, value in extras.items()}

    def _inner(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self.tree(value)
        return [self._inner(each) for each in value] if isinstance(value, list | tuple) else value


def _amounts(quantities: Iterable[Quantity]) -> list[dict[str, Any]]:
    return [
        {"epcClass": each.epc_class}
        | ({} if each.quantity is None else {"quantity": _plain(each.quantity)})
        | ({"uom": each.uom} if each.uom else {})
        for each in quantities
    ]


def _typed(listed: Iterable[Typed], name: str) -> list[dict[str, str]]:
    return [({"type": each.kind} if each.kind else {}) | {name: each.value} for each in listed]


def _element(element: SensorElement, names: _Names) -> dict[str, Any]:
    metadata = _attributes(element.metadata, METADATA, names) if element.metadata else {}
    reports = [_attributes(each, REPORT, names) for each in element.reports]
    return (
        ({"sensorMetadata": metadata} if metadata else {})
        | {"sensorReport": reports}
        | names.tree(element.extras)
    )


def _attributes(part: Any, known: Mapping[str, tuple[str, Any]], names: _Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (attribute, _reader) in known.items():
        value = getattr(part, attribute)
        if isinstance(value, datetime):
            found[name] = instant_text(value)
        elif isinstance(value, Decimal):
            found[name] = _plain(value)
        elif value is not None and value != "":
            found[name] = value
    return found | names.tree(part.extras)


def _error(error: ErrorDeclaration, names: _Names) -> dict[str, Any]:
    return (
        {"declarationTime": instant_text(error.declared_at)}
        | ({"reason": error.reason} if error.reason else {})
        | (
            {"correctiveEventIDs": list(error.corrective_event_ids)}
            if error.corrective_event_ids
            else {}
        )
        | names.tree(error.extras)
    )


def _plain(number: Decimal) -> int | Decimal:
    """Return a number as JSON writes it best: whole ones without a point."""
    return int(number) if number == number.to_integral_value() else number


def _urn(text: str) -> str:
    """Return a link as URN where its prefix shows; URNs and other text stay."""
    length = prefix_length_of(text)
    return to_urn(to_link(text), length) if length else text


_SPELLING: Final[Mapping[Form, Callable[[str], str]]] = {
    Form.ANY: to_link,
    Form.LINK: to_link,
    Form.URN: _urn,
}


def _respelt(event: dict[str, Any], spell: Callable[[str], str]) -> dict[str, Any]:
    """Return an event with every identifier spelt anew."""
    for name in _ONE:
        if name in event:
            event[name] = spell(event[name])
    for name in _LISTS:
        if name in event:
            event[name] = [spell(each) for each in event[name]]
    for name, inner in _WITHIN.items():
        if name in event:
            event[name] = [{**each, inner: spell(each[inner])} for each in event[name]]
    for name in _PLACES:
        if event.get(name):
            event[name] = {**event[name], "id": spell(event[name]["id"])}
    return event
