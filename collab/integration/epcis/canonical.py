"""The text that an event is hashed over (CBV 2.0, section 8.9): one for all ways to write it.

Fields stand in a fixed order as ``key=value``, lists are sorted by their finished text, and what
has no fixed place follows at the end, sorted likewise. Where published table and known answers
differ, the known answers decide: ``parentID`` before ``epcList``, the type of a transaction,
source or destination before its value, and these lists sorted among the extensions.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from collab.integration.epcis.identifiers import to_link
from collab.integration.epcis.model import Extras, Quantity, SensorElement, TrackingFacts, Typed
from collab.integration.epcis.sensors import METADATA, REPORT
from collab.integration.epcis.vocabulary import (
    BIZ_STEP,
    COMPONENT,
    DISPOSITION,
    PARTY,
    SENSOR_EXCEPTION,
    SENSOR_TYPE,
    TRANSACTION,
    Vocabulary,
)

VERSION: Final = "CBV2.0"
_NUMERIC = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_WORDS: Final = {"kind": SENSOR_TYPE, "exception": SENSOR_EXCEPTION, "component": COMPONENT}


def canonical_text(facts: TrackingFacts) -> str:
    """Return the text of an event that its hash is computed over."""
    left_out = facts.ignored
    parts = [f"eventType={facts.kind}"]
    if "eventTime" not in left_out:
        parts.append(f"eventTime={instant_text(facts.happened_at)}")
    for name, text in _fixed(facts):
        if text and name not in left_out:
            parts.append(text)
    parts += sorted(text for name, text in _sorted_last(facts) if text and name not in left_out)
    return "".join(parts)


def instant_text(at: datetime) -> str:
    """Return a time in UTC, which is at whole milliseconds, with exactly three decimals."""
    return f"{at.isoformat(timespec='milliseconds')[:23]}Z"


def number_text(number: Decimal | int | float) -> str:
    """Return a number without zeros at its end, without plus sign and without exponent."""
    text = f"{number if isinstance(number, Decimal) else Decimal(str(number)):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _fixed(facts: TrackingFacts) -> Iterable[tuple[str, str]]:
    """Yield name and text of the fields that have their place in the order of the standard."""
    step, disposition = BIZ_STEP.uri_of(facts.biz_step), DISPOSITION.uri_of(facts.disposition)
    yield "eventTimeZoneOffset", f"eventTimeZoneOffset={facts.offset}"
    yield "certificationInfo", _listed("certificationInfo", facts.certification_info)
    yield "parentID", _plain("parentID", facts.parent_id)
    yield "epcList", _epcs("epcList", facts.epcs)
    yield "inputEPCList", _epcs("inputEPCList", facts.input_epcs)
    yield "childEPCs", _epcs("childEPCs", facts.child_epcs)
    yield "quantityList", _quantities("quantityList", facts.quantities)
    yield "childQuantityList", _quantities("childQuantityList", facts.child_quantities)
    yield "inputQuantityList", _quantities("inputQuantityList", facts.input_quantities)
    yield "outputEPCList", _epcs("outputEPCList", facts.output_epcs)
    yield "outputQuantityList", _quantities("outputQuantityList", facts.output_quantities)
    yield "action", _plain("action", facts.action)
    yield "transformationID", _plain("transformationID", facts.transformation_id)
    yield "bizStep", _plain("bizStep", step)
    yield "disposition", _plain("disposition", disposition)
    yield "persistentDisposition", _persistent(facts)
    yield "readPoint", _place("readPoint", facts.read_point, facts.read_point_extras)
    yield "bizLocation", _place("bizLocation", facts.biz_location, facts.biz_location_extras)
    yield "sensorElementList", _sensors(facts.sensor_elements)


def _sorted_last(facts: TrackingFacts) -> Iterable[tuple[str, str]]:
    """Yield name and text of the fields that stand at the end, sorted by their text."""
    for name, one, typed, vocabulary in (
        ("bizTransactionList", "bizTransaction", facts.biz_transactions, TRANSACTION),
        ("destinationList", "destination", facts.destinations, PARTY),
        ("sourceList", "source", facts.sources, PARTY),
    ):
        if typed:
            yield name, name + "".join(sorted(_typed(one, each, vocabulary) for each in typed))
    if facts.ilmd and (inner := _extras(facts.ilmd)):
        yield "ilmd", f"ilmd{inner}"
    for name, value in facts.extras.items():
        yield name, _field(name, value)


def _plain(name: str, value: str) -> str:
    return f"{name}={value}" if value else ""


def _epcs(name: str, epcs: Sequence[str]) -> str:
    return name + _listed("epc", epcs) if epcs else ""


def _listed(name: str, values: Sequence[str]) -> str:
    return "".join(sorted(f"{name}={value}" for value in values))


def _quantities(name: str, quantities: Sequence[Quantity]) -> str:
    if not quantities:
        return ""
    texts = []
    for each in quantities:
        amount = "" if each.quantity is None else f"quantity={number_text(each.quantity)}"
        uom = f"uom={each.uom}" if each.uom else ""
        texts.append(f"quantityElementepcClass={each.epc_class}{amount}{uom}")
    return name + "".join(sorted(texts))


def _typed(name: str, each: Typed, vocabulary: Vocabulary) -> str:
    kind = f"type={vocabulary.uri_of(each.kind)}" if each.kind else ""
    return f"{kind}{name}={each.value}"


def _persistent(facts: TrackingFacts) -> str:
    if not (facts.persistent_set or facts.persistent_unset):
        return ""
    return "persistentDisposition" + "".join(
        _listed(name, [DISPOSITION.uri_of(word) for word in words])
        for name, words in (("set", facts.persistent_set), ("unset", facts.persistent_unset))
    )


def _place(name: str, place: str, extras: Extras) -> str:
    return f"{name}id={place}{_extras(extras)}" if place else ""


def _sensors(elements: Sequence[SensorElement]) -> str:
    return "sensorElementList" + "".join(sorted(map(_element, elements))) if elements else ""


def _element(element: SensorElement) -> str:
    metadata = ""
    if element.metadata is not None:
        metadata = f"sensorMetadata{_attributes(element.metadata, METADATA)}"
    reports = sorted(f"sensorReport{_attributes(each, REPORT)}" for each in element.reports)
    return f"sensorElement{metadata}{''.join(reports)}{_extras(element.extras)}"


def _attributes(part: Any, known: Mapping[str, tuple[str, Any]]) -> str:
    """Return the fields of a sensor report or its metadata, then its extensions."""
    texts = []
    for name, (attribute, _reader) in known.items():
        value = getattr(part, attribute)
        if value is None or value == "":
            continue
        if attribute in _WORDS:
            value = _WORDS[attribute].uri_of(value)
        texts.append(f"{name}={_value(value, is_known=True)}")
    return "".join(texts) + _extras(part.extras)


def _extras(extras: Extras) -> str:
    return "".join(sorted(_field(name, value) for name, value in extras.items()))


def _field(name: str, value: Any) -> str:
    """Return an extension field: its name and value, or its name before each of its children."""
    if isinstance(value, Mapping):
        inner = _extras(value)
        return f"{name}{inner}" if inner else ""
    if isinstance(value, list | tuple):
        return "".join(sorted(_field(name, each) for each in value))
    text = "" if value is None else _value(value)
    return f"{name}={text}" if text else ""


def _value(value: Any, *, is_known: bool = False) -> str:
    """Return a single value; in extensions text may be a number or an identifier as well."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, Decimal | int | float):
        return number_text(value)
    text = str(value).strip()
    if is_known:
        return text
    return number_text(Decimal(text)) if _NUMERIC.fullmatch(text) else to_link(text)
