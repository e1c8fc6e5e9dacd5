"""EPCIS documents in XML, turned into the JSON form that ``read`` checks by one set of rules.

Elements of EPCIS stand without namespace or in its own; all others are extensions. DTDs and
entities are refused. ``extension`` and ``baseExtension``, in which EPCIS 1.2 put later fields, are
opened. The order of elements says nothing, and published answers of the event hash do not keep it:
it is not checked.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from collab.integration.epcis.contexts import STANDARD, STANDARD_URL
from collab.integration.epcis.events import IGNORED
from collab.integration.epcis.faults import Fault, NotReadable, Wrong
from collab.integration.epcis.fields import DEEPEST
from collab.integration.epcis.model import KINDS
from collab.integration.epcis.read import (
    DOCUMENT,
    QUERY_DOCUMENT,
    Document,
    decode,
    read_document,
)

_OWN = ("", "urn:epcglobal:epcis:xsd:1", "urn:epcglobal:epcis:xsd:2")
_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}"
_WRAPPERS = frozenset({"extension", "baseExtension"})
_NUMBERS = frozenset(
    {
        *("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"),
        "quantity",
    }
)


def read_any(raw: bytes, *, kinds: Iterable[str] = (DOCUMENT, QUERY_DOCUMENT)) -> Document:
    """Read a document or a bare event in JSON or XML, whichever it is; ``NotReadable`` if none."""
    is_xml = raw[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return read_document(as_json(raw) if is_xml else decode(raw), kinds=kinds)


def as_json(raw: bytes) -> dict[str, Any]:
    """Return an XML document in the JSON form; an event that cannot be turned holds why.

    Raises ``NotReadable``.
    """
    try:
        root = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException:
        raise NotReadable([Fault("", "XML without a document type")]) from None
    except (ParseError, ValueError, LookupError) as error:
        raise NotReadable([Fault("", "XML", str(error)[:120])]) from None
    names = _Names()
    kind = _local(root)
    try:
        if kind in KINDS:
            return {**_event(root, names), "@context": names.context()}
        return _document(root, kind, names)
    except Wrong as wrong:
        raise NotReadable([wrong.fault]) from None
    except RecursionError:
        raise NotReadable([Fault("", "XML that is not nested this deeply")]) from None


class _Names:
    """Keys of the JSON form for elements of other namespaces, with prefixes made up for them."""

    def __init__(self) -> None:
        self._prefixes = {namespace: prefix for prefix, namespace in STANDARD.items()}
        self._inline: dict[str, str] = {}

    def of(self, tag: str) -> str:
        """Return the key for a tag ``{namespace}name``."""
        namespace, _brace, local = tag.rpartition("}")
        namespace = namespace.removeprefix("{")
        if namespace in _OWN:
            return local
        if namespace not in self._prefixes:
            prefix = f"xml{len(self._inline) + 1}"
            self._inline[prefix] = namespace
            self._prefixes[namespace] = prefix
        return f"{self._prefixes[namespace]}:{local}"

    def context(self) -> list[Any]:
        """Return the context that declares the prefixes handed out so far."""
        return [STANDARD_URL, dict(self._inline)]


def _document(root: Element, kind: str, names: _Names) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": kind,
        "schemaVersion": root.get("schemaVersion"),
        "creationDate": root.get("creationDate"),
    }
    body = _child(root, "EPCISBody")
    results = _child(body, "QueryResults")
    holder = _child(results, "resultsBody") if results is not None else body
    listed = _child(holder, "EventList")
    events = None
    if listed is not None:
        events = [_event_or_fault(each, names) for each in _opened(listed)]
    found["epcisBody"] = {"eventList": events}
    if kind == QUERY_DOCUMENT:
        found["epcisBody"] = {"queryResults": {"resultsBody": {"eventList": events}}}
    for each in root:
        key = names.of(str(each.tag))
        if key.endswith(IGNORED):
            found[key] = [names.of(str(name.tag)) for name in each]
    return {**found, "@context": names.context()}


def _event_or_fault(element: Element, names: _Names) -> dict[str, Any] | Fault:
    """Return an event in JSON form, or why it has none, which refuses it alone."""
    try:
        return _event(element, names)
    except Wrong as wrong:
        return wrong.fault


def _event(element: Element, names: _Names) -> dict[str, Any]:
    event: dict[str, Any] = {"type": names.of(str(element.tag))}
    for each in _opened(element):
        key = names.of(str(each.tag))
        if ":" in key:
            _add(event, key, _extension(each, names, DEEPEST))
            continue
        value = _field(each, key, names)
        if value not in (None, "", [], {}):
            event[key] = value if key != "certificationInfo" else [*event.get(key, []), value]
    return event


def _field(element: Element, key: str, names: _Names) -> Any:
    """Return the JSON value of an element of an event."""
    if key in {"epcList", "childEPCs", "inputEPCList", "outputEPCList"}:
        return [_text(each) for each in element]
    if key.endswith("uantityList"):
        return [_object(each, names) for each in element]
    if key in {"bizTransactionList", "sourceList", "destinationList"}:
        return [
            ({"type": each.get("type")} if each.get("type") else {})
            | {names.of(str(each.tag)): _text(each)}
            for each in element
        ]
    if key == "sensorElementList":
        return [_sensor(each, names) for each in element]
    if key == "persistentDisposition":
        return _grouped(element, names)
    if key == "errorDeclaration":
        return _error(element, names)
    if key in {"readPoint", "bizLocation", "ilmd"}:
        return _object(element, names)
    return _text(element)


def _error(element: Element, names: _Names) -> dict[str, Any]:
    found = _object(element, names)
    listed = _child(element, "correctiveEventIDs")
    if listed is not None:
        found["correctiveEventIDs"] = [_text(each) for each in listed]
    return found


def _sensor(element: Element, names: _Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in element:
        key = names.of(str(each.tag))
        if key == "sensorReport":
            found.setdefault(key, []).append(_attributes(each, names))
        elif key == "sensorMetadata":
            found[key] = _attributes(each, names)
        else:
            _add(found, key, _extension(each, names, DEEPEST))
    return found


def _attributes(element: Element, names: _Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in element.attrib.items():
        key = names.of(name)
        if key == "booleanValue":
            found[key] = {"true": True, "1": True, "false": False, "0": False}.get(text, text)
        else:
            found[key] = _number(text) if key in _NUMBERS else text
    return found


def _object(element: Element, names: _Names) -> dict[str, Any]:
    """Return an element's own fields as text or numbers, and its extensions as trees."""
    found: dict[str, Any] = {}
    for each in _opened(element):
        key = names.of(str(each.tag))
        if ":" in key:
            _add(found, key, _extension(each, names, DEEPEST))
        else:
            found[key] = _number(_text(each)) if key in _NUMBERS else _text(each)
    return found


def _grouped(element: Element, names: _Names) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in element:
        found.setdefault(names.of(str(each.tag)), []).append(_text(each))
    return found


def _extension(element: Element, names: _Names, left: int) -> Any:
    if left == 0:
        raise Wrong(names.of(str(element.tag)), f"at most {DEEPEST} levels of extension fields")
    found: dict[str, Any] = {
        names.of(name): text
        for name, text in element.attrib.items()
        if name.startswith("{") and not name.startswith(_SCHEMA)
    }
    for each in element:
        _add(found, names.of(str(each.tag)), _extension(each, names, left - 1))
    text = _text(element)
    if not found:
        return text
    return found | ({"@value": text} if text else {})


def _add(found: dict[str, Any], key: str, value: Any) -> None:
    """Add a field; one that comes again makes a list."""
    if key not in found:
        found[key] = value
    elif isinstance(found[key], list):
        found[key].append(value)
    else:
        found[key] = [found[key], value]


def _opened(element: Element) -> Iterator[Element]:
    """Yield the children, those of the wrappers of EPCIS 1.2 in place of the wrappers."""
    for each in element:
        if _local(each) in _WRAPPERS and _is_own(each):
            yield from _opened(each)
        else:
            yield each


def _child(element: Element | None, name: str) -> Element | None:
    if element is None:
        return None
    return next((each for each in element if _local(each) == name), None)


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_own(element: Element) -> bool:
    return str(element.tag).rpartition("}")[0].removeprefix("{") in _OWN


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _number(text: str) -> Any:
    """Return a number; what is none stays text, which is refused in its place."""
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return text
