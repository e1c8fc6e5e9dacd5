"""One event read and checked: its fields, and the rules between them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from collab.integration.epcis import fields
from collab.integration.epcis.contexts import Context
from collab.integration.epcis.faults import Fault, Wrong
from collab.integration.epcis.model import (
    ACTIONS,
    ADD,
    AGGREGATION,
    ASSOCIATION,
    DELETE,
    KINDS,
    NOTHING,
    OBJECT,
    OBSERVE,
    TRANSACTION,
    TRANSFORMATION,
    ErrorDeclaration,
    TrackingFacts,
)
from collab.integration.epcis.sensors import sensor_elements
from collab.integration.epcis.vocabulary import (
    BIZ_STEP,
    DISPOSITION,
    PARTY,
    REASON,
    Vocabulary,
)
from collab.integration.epcis.vocabulary import (
    TRANSACTION as TRANSACTION_TYPE,
)

IGNORED: Final = ":ignoreFields"
_COMMENT = "{http://www.w3.org/2000/01/rdf-schema#}comment"
_KINDS = frozenset(KINDS)
_ACTIONS = frozenset(ACTIONS)

Found = dict[str, Any]
Reader = Callable[[Any, str, Context, Found], None]
"""Reads the value of a field at a path into the attributes of the facts."""


class WrongEvent(ValueError):
    """An event breaks the rules; ``faults`` says where and how."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"expected {faults[0].expected} at {faults[0].path}")


def read_event(event: Mapping[str, Any], context: Context) -> TrackingFacts:
    """Return an event's facts; the context is the one in force at the event.

    Raises
    ------
    WrongEvent
        With one fault for each field that is not as expected.
    """
    found: Found = {}
    faults: list[Fault] = []
    rest = []
    for key, value in event.items():
        read = _READERS.get(key)
        if read is None:
            rest.append((key, value))
            continue
        try:
            read(value, key, context, found)
        except Wrong as wrong:
            faults.append(wrong.fault)
    if rest:
        _extensions(rest, context, found, faults)
    kind = found.get("kind")
    needed = _WITH_ACTION if kind in _KINDS and kind != TRANSFORMATION else _REQUIRED
    faults += [
        Fault(name, _EXPECTED.get(name, "this field")) for name in needed if name not in event
    ]
    if not faults and kind in _KINDS:
        _check(found, faults)
    if faults:
        raise WrongEvent(faults)
    return TrackingFacts(**found)


def _extensions(
    rest: list[tuple[str, Any]], context: Context, found: Found, faults: list[Fault]
) -> None:
    plain = []
    for key, value in rest:
        if key.endswith(IGNORED):
            names = value if isinstance(value, list) else [value]
            found["ignored"] = frozenset(
                context.name_of(each) or each for each in names if isinstance(each, str)
            )
        else:
            plain.append((key, value))
    try:
        extras = fields.extras(plain, "", context)
    except Wrong as wrong:
        faults.append(wrong.fault)
        return
    extras.pop(_COMMENT, None)
    if extras:
        found["extras"] = extras


def _check(found: Found, faults: list[Fault]) -> None:
    """Check what the fields of an event are to each other."""
    kind, action = found["kind"], found.get("action", "")
    if kind == TRANSFORMATION and action:
        faults.append(Fault("action", "no action in a transformation", action))
    for attribute, names in _ONLY_OF.items():
        if attribute in found and kind not in names[1:]:
            faults.append(Fault(names[0], f"this field only in {' or '.join(names[1:])}"))
    if found.get("ilmd") and kind != TRANSFORMATION and action != ADD:
        faults.append(Fault("ilmd", "master data of instances only with action ADD", action))
    if not faults:
        _WHAT[kind](found, action, faults)


def _object(found: Found, _action: str, faults: list[Fault]) -> None:
    if not (found.get("epcs") or found.get("quantities") or found.get("sensor_elements")):
        faults.append(Fault("epcList", "an epcList, a quantityList or a sensorElementList"))


def _aggregation(found: Found, action: str, faults: list[Fault]) -> None:
    if not found.get("parent_id") and action != OBSERVE:
        faults.append(Fault("parentID", "a parent, which only OBSERVE may lack"))
    _children(found, action, faults)


def _association(found: Found, action: str, faults: list[Fault]) -> None:
    if not found.get("parent_id"):
        faults.append(Fault("parentID", "a parent"))
    _children(found, action, faults)


def _children(found: Found, action: str, faults: list[Fault]) -> None:
    if action != DELETE and not (found.get("child_epcs") or found.get("child_quantities")):
        faults.append(Fault("childEPCs", "childEPCs or a childQuantityList unless DELETE"))


def _transaction(found: Found, action: str, faults: list[Fault]) -> None:
    if not found.get("biz_transactions"):
        faults.append(Fault("bizTransactionList", "at least one business transaction"))
    if action != DELETE and not (found.get("epcs") or found.get("quantities")):
        faults.append(Fault("epcList", "an epcList or a quantityList unless DELETE"))


def _transformation(found: Found, _action: str, faults: list[Fault]) -> None:
    has_input = found.get("input_epcs") or found.get("input_quantities")
    has_output = found.get("output_epcs") or found.get("output_quantities")
    one_side = found.get("transformation_id") and (has_input or has_output)
    if not one_side and not (has_input and has_output):
        missing = "outputEPCList" if has_input else "inputEPCList"
        faults.append(Fault(missing, "inputs and outputs, or one side and a transformationID"))


def _kind(value: Any, path: str, context: Context, found: Found) -> None:
    if isinstance(value, str) and value in _KINDS:
        found["kind"] = value
        return
    name = context.name_of(value) if isinstance(value, str) and len(value) < 400 else ""
    if not name:
        raise Wrong(path, "one of the five event types, or one with a namespace", value)
    found["kind"] = name


def _action(value: Any, path: str, _context: Context, found: Found) -> None:
    if not isinstance(value, str) or value not in _ACTIONS:
        raise Wrong(path, "OBSERVE, ADD or DELETE", value)
    found["action"] = value


def _time(value: Any, path: str, _context: Context, found: Found) -> None:
    found["happened_at"] = fields.instant(value, path)


def _record_time(value: Any, path: str, _context: Context, _found: Found) -> None:
    fields.instant(value, path)  # checked only: the time of record is ours to set


def _offset(value: Any, path: str, _context: Context, found: Found) -> None:
    found["offset"] = fields.offset(value, path)


def _skip(_value: Any, _path: str, _context: Context, _found: Found) -> None:
    """Leave out what says nothing about the event itself."""


def _one(attribute: str) -> Reader:
    def read(value: Any, path: str, context: Context, found: Found) -> None:
        found[attribute] = fields.identifier(value, path, context)

    return read


def _many(attribute: str) -> Reader:
    def read(value: Any, path: str, context: Context, found: Found) -> None:
        found[attribute] = fields.identifiers(value, path, context)

    return read


def _quantities(attribute: str) -> Reader:
    def read(value: Any, path: str, context: Context, found: Found) -> None:
        found[attribute] = fields.quantities(value, path, context)

    return read


def _word(attribute: str, vocabulary: Vocabulary) -> Reader:
    def read(value: Any, path: str, context: Context, found: Found) -> None:
        found[attribute] = fields.word(value, path, vocabulary, context)

    return read


def _typed(attribute: str, name: str, vocabulary: Vocabulary) -> Reader:
    def read(value: Any, path: str, context: Context, found: Found) -> None:
        found[attribute] = fields.typed(value, path, context, name, vocabulary)

    return read


def _place(attribute: str) -> Reader:
    def read(value: Any, path: str, context: Context, found: Found) -> None:
        place = fields.mapped(value, path)
        found[attribute] = fields.identifier(place.get("id"), f"{path}.id", context)
        rest = [(key, inner) for key, inner in place.items() if key != "id"]
        if rest:
            found[f"{attribute}_extras"] = fields.extras(rest, path, context)

    return read


def _certification(value: Any, path: str, context: Context, found: Found) -> None:
    listed = [value] if isinstance(value, str) else value
    found["certification_info"] = fields.identifiers(listed, path, context)


def _persistent(value: Any, path: str, context: Context, found: Found) -> None:
    sides = fields.mapped(value, path)
    if not sides or not sides.keys() <= {"set", "unset"}:
        raise Wrong(path, "set, unset or both", ", ".join(sides))
    for side, listed in sides.items():
        at = f"{path}.{side}"
        words = tuple(
            fields.word(each, f"{at}.{place}", DISPOSITION, context)
            for place, each in enumerate(fields.listed(listed, at))
        )
        if not words or len(set(words)) < len(words):
            raise Wrong(at, "at least one disposition, each once", listed)
        found[f"persistent_{side}"] = words


def _sensors(value: Any, path: str, context: Context, found: Found) -> None:
    found["sensor_elements"] = sensor_elements(value, path, context)


def _ilmd(value: Any, path: str, context: Context, found: Found) -> None:
    found["ilmd"] = fields.extras(fields.mapped(value, path).items(), path, context)


def _error(value: Any, path: str, context: Context, found: Found) -> None:
    given = fields.mapped(value, path)
    known = {"declarationTime", "reason", "correctiveEventIDs"}
    rest = [(key, inner) for key, inner in given.items() if key not in known]
    at = f"{path}.correctiveEventIDs"
    reason = given.get("reason")
    found["error"] = ErrorDeclaration(
        declared_at=fields.instant(given.get("declarationTime"), f"{path}.declarationTime"),
        reason="" if reason is None else fields.word(reason, f"{path}.reason", REASON, context),
        corrective_event_ids=fields.identifiers(given.get("correctiveEventIDs") or [], at, context),
        extras=fields.extras(rest, path, context) if rest else NOTHING,
    )


_REQUIRED = ("type", "eventTime", "eventTimeZoneOffset")
_WITH_ACTION = (*_REQUIRED, "action")
_EXPECTED = {"action": "OBSERVE, ADD or DELETE"}
_ONLY_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "epcs": ("epcList", OBJECT, TRANSACTION),
    "quantities": ("quantityList", OBJECT, TRANSACTION),
    "parent_id": ("parentID", AGGREGATION, ASSOCIATION, TRANSACTION),
    "child_epcs": ("childEPCs", AGGREGATION, ASSOCIATION),
    "child_quantities": ("childQuantityList", AGGREGATION, ASSOCIATION),
    "input_epcs": ("inputEPCList", TRANSFORMATION),
    "input_quantities": ("inputQuantityList", TRANSFORMATION),
    "output_epcs": ("outputEPCList", TRANSFORMATION),
    "output_quantities": ("outputQuantityList", TRANSFORMATION),
    "transformation_id": ("transformationID", TRANSFORMATION),
    "ilmd": ("ilmd", OBJECT, TRANSFORMATION),
}
"""JSON name of an attribute and the kinds of events that may have it."""

_WHAT: Final[Mapping[str, Callable[[Found, str, list[Fault]], None]]] = {
    OBJECT: _object,
    AGGREGATION: _aggregation,
    TRANSACTION: _transaction,
    TRANSFORMATION: _transformation,
    ASSOCIATION: _association,
}
_READERS: Final[Mapping[str, Reader]] = {
    "@context": _skip,
    "isA": _skip,
    "type": _kind,
    "action": _action,
    "eventTime": _time,
    "recordTime": _record_time,
    "eventTimeZoneOffset": _offset,
    "eventID": _one("event_id"),
    "bizStep": _word("biz_step", BIZ_STEP),
    "disposition": _word("disposition", DISPOSITION),
    "persistentDisposition": _persistent,
    "readPoint": _place("read_point"),
    "bizLocation": _place("biz_location"),
    "parentID": _one("parent_id"),
    "epcList": _many("epcs"),
    "childEPCs": _many("child_epcs"),
    "inputEPCList": _many("input_epcs"),
    "outputEPCList": _many("output_epcs"),
    "quantityList": _quantities("quantities"),
    "childQuantityList": _quantities("child_quantities"),
    "inputQuantityList": _quantities("input_quantities"),
    "outputQuantityList": _quantities("output_quantities"),
    "transformationID": _one("transformation_id"),
    "bizTransactionList": _typed("biz_transactions", "bizTransaction", TRANSACTION_TYPE),
    "sourceList": _typed("sources", "source", PARTY),
    "destinationList": _typed("destinations", "destination", PARTY),
    "sensorElementList": _sensors,
    "errorDeclaration": _error,
    "certificationInfo": _certification,
    "ilmd": _ilmd,
}
