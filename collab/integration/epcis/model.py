"""A tracking event as we understand it: one spelling for every value, whatever was sent.

EPCs and other identifiers are Digital Links (``identifiers.to_link``), listed words of the core
business vocabulary are bare (``receiving``), other vocabulary is a full URI, times are UTC, and the
names of extension fields carry their namespace in braces: ``{https://ns.example.com/}colour``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

Extras = Mapping[str, Any]
"""Extension fields: JSON values (numbers as ``int`` or ``Decimal``) under ``{namespace}name``,
also inside nested objects."""

NOTHING: Final[Extras] = MappingProxyType({})


def _nothing() -> Extras:
    return NOTHING


OBJECT = "ObjectEvent"
AGGREGATION = "AggregationEvent"
TRANSACTION = "TransactionEvent"
TRANSFORMATION = "TransformationEvent"
ASSOCIATION = "AssociationEvent"
KINDS: Final = (OBJECT, AGGREGATION, TRANSACTION, TRANSFORMATION, ASSOCIATION)

ADD, OBSERVE, DELETE = "ADD", "OBSERVE", "DELETE"
ACTIONS: Final = (OBSERVE, ADD, DELETE)


@dataclass(frozen=True, slots=True)
class Quantity:
    """So much of a class of things; without ``uom`` (UN/ECE Rec 20 code) pieces are meant.

    ``quantity`` is ``None`` where the sender says that, but not how much, of the class was there.
    """

    epc_class: str
    quantity: Decimal | None = None
    uom: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """A business transaction, a source or a destination: what kind, and which.

    ``kind`` is a bare word (``desadv``, ``owning_party``) or a URI, empty where none was given.
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorReport:
    """One observation of a sensor; ``kind`` is ``Temperature`` or a URI, ``uom`` a Rec 20 code."""

    kind: str = ""
    exception: str = ""
    device_id: str = ""
    device_metadata: str = ""
    raw_data: str = ""
    data_processing_method: str = ""
    biz_rules: str = ""
    time: datetime | None = None
    microorganism: str = ""
    chemical_substance: str = ""
    value: Decimal | None = None
    component: str = ""
    string_value: str | None = None
    boolean_value: bool | None = None
    hex_binary_value: str = ""
    uri_value: str = ""
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    mean_value: Decimal | None = None
    s_dev: Decimal | None = None
    perc_rank: Decimal | None = None
    perc_value: Decimal | None = None
    uom: str = ""
    coordinate_reference_system: str = ""
    extras: Extras = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorMetadata:
    """What holds for all reports of a sensor element: when and by which device."""

    time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    device_id: str = ""
    device_metadata: str = ""
    raw_data: str = ""
    data_processing_method: str = ""
    biz_rules: str = ""
    extras: Extras = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorElement:
    """Reports of sensors that belong together."""

    reports: tuple[SensorReport, ...]
    metadata: SensorMetadata | None = None
    extras: Extras = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDeclaration:
    """That an earlier event was wrong, and which events stand instead of it."""

    declared_at: datetime
    reason: str = ""
    corrective_event_ids: tuple[str, ...] = ()
    extras: Extras = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingFacts:
    """One EPCIS event: what, when, where, why and how.

    ``kind`` is one of ``KINDS`` or ``{namespace}name`` of an extension event; ``happened_at`` is
    UTC and ``offset`` the zone of the place (``+01:00``). Lists keep the sender's order, empty
    text means absent. ``action`` is empty for a transformation.
    """

    kind: str
    happened_at: datetime
    offset: str
    event_id: str = ""
    action: str = ""
    biz_step: str = ""
    disposition: str = ""
    persistent_set: tuple[str, ...] = ()
    persistent_unset: tuple[str, ...] = ()
    read_point: str = ""
    biz_location: str = ""
    parent_id: str = ""
    epcs: tuple[str, ...] = ()
    child_epcs: tuple[str, ...] = ()
    input_epcs: tuple[str, ...] = ()
    output_epcs: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    child_quantities: tuple[Quantity, ...] = ()
    input_quantities: tuple[Quantity, ...] = ()
    output_quantities: tuple[Quantity, ...] = ()
    transformation_id: str = ""
    biz_transactions: tuple[Typed, ...] = ()
    sources: tuple[Typed, ...] = ()
    destinations: tuple[Typed, ...] = ()
    sensor_elements: tuple[SensorElement, ...] = ()
    error: ErrorDeclaration | None = None
    certification_info: tuple[str, ...] = ()
    ilmd: Extras = field(default_factory=_nothing)
    extras: Extras = field(default_factory=_nothing)
    read_point_extras: Extras = field(default_factory=_nothing)
    biz_location_extras: Extras = field(default_factory=_nothing)
    ignored: frozenset[str] = field(default=frozenset())
    """Extension fields that the sender's document leaves out of the event hash."""

    def things(self) -> Iterator[tuple[str, str, Decimal | None, str]]:
        """Yield what the event is about: role, EPC or class, quantity, unit.

        Roles: ``parent``, ``epc``, ``child``, ``input``, ``output`` for single things and
        ``epc_class``, ``child_class``, ``input_class``, ``output_class`` for quantities.
        """
        if self.parent_id:
            yield "parent", self.parent_id, None, ""
        for role, epcs, quantities in (
            ("epc", self.epcs, self.quantities),
            ("child", self.child_epcs, self.child_quantities),
            ("input", self.input_epcs, self.input_quantities),
            ("output", self.output_epcs, self.output_quantities),
        ):
            for epc in epcs:
                yield role, epc, None, ""
            for each in quantities:
                yield f"{role}_class", each.epc_class, each.quantity, each.uom
