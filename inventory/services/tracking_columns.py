"""One batch of tracking events made ready for the statement: keys, sums, folded units.

This runs for every event of every source: each is looked through once, keys are numbers until
they are written, and what an event says is one object however many things it names.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from collab.integration.epcis.model import TrackingFacts
from collab.masterdata.queries.products import Product
from collab.masterdata.rules.units import convert
from inventory.rules.event_ids import EventKeys, keys_of
from inventory.rules.event_quantities import sign_of
from inventory.rules.unit_fold import NOTHING, SINGLE_ROLES, EventSaid, Unit, fold
from inventory.services.tracking_statement import EVENTS, THINGS, TRAIT_END, UNITS, Columns
from inventory.services.tracking_subjects import KnownPlace, Said, Subjects

PIECES: Final = "H87"
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
_EXACT: Final = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One tracking event of any source.

    ``event_id`` is the sender's, or the event hash; ``event_hash`` that of CBV 2.0; ``body`` the
    JSON as sent, as text or as a mapping.
    """

    facts: TrackingFacts
    event_id: str
    event_hash: str
    body: Mapping[str, Any] | str | bytes
    traits: Sequence[str] = ()

    @property
    def is_error(self) -> bool:
        """Whether it declares an earlier event with its id to be wrong."""
        return self.facts.error is not None


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of an event with what it adds at ``site_id`` [base units of the part]."""

    role: str
    name: str
    quantity: Decimal | None
    uom: str
    site_id: UUID | None
    part_id: UUID | None
    counted: Decimal


@dataclass(slots=True)
class Prepared:
    """One event with everything the statement needs of it.

    ``digest`` is what a repetition must have in common; ``gaps`` are names that nobody has mapped
    yet: reason, subject, detail.
    """

    row: EventRow
    keys: EventKeys
    declared: int  # the key under which a declaration that it is wrong would be remembered
    digest: bytes
    counterparty_id: int
    place: KnownPlace | None
    things: Sequence[Thing]
    gaps: Sequence[tuple[str, str, str]]

    @property
    def key(self) -> UUID:
        """The key of the event."""
        return UUID(int=self.keys.event)


def prepare(row: EventRow, told: Sequence[Said], subjects: Subjects) -> Prepared:
    """Return an event with its keys, its counterparty, and what its things count.

    ``told`` are its things.
    """
    facts, owner, is_error = row.facts, subjects.owner_id, row.is_error
    gaps = _place_gaps(facts, subjects)
    keys = keys_of(facts.happened_at, owner, row.event_id, is_error=is_error)
    return Prepared(
        row=row,
        keys=keys,
        declared=keys.seen
        if is_error
        else keys_of(facts.happened_at, owner, row.event_id, is_error=True).seen,
        digest=_digest(row),
        counterparty_id=subjects.counterparty_of(facts, told),
        place=subjects.place_of(facts, sign=-1),
        things=[_thing(facts, subjects, said, gaps) for said in told],
        gaps=gaps,
    )


def said_by(each: Prepared, subjects: Subjects, *, source: str, source_grade: str) -> EventSaid:
    """Return what an event says about all its things."""
    return event_said(
        each.row.facts,
        [(thing.role, thing.name) for thing in each.things],
        key=each.keys.event,
        counterparty_id=each.counterparty_id,
        place=subjects.place_of(each.row.facts, sign=1),
        source=source,
        source_grade=source_grade,
    )


def event_said(
    facts: TrackingFacts,
    things: Iterable[tuple[str, str]],
    *,
    key: int,
    counterparty_id: int,
    place: KnownPlace | None,
    source: str,
    source_grade: str,
) -> EventSaid:
    """Return what an event says about ``things``, which are (role, name); ``place``: its goods'."""
    return EventSaid(
        key=key,
        happened_at=facts.happened_at,
        kind=facts.kind,
        action=facts.action,
        biz_step=facts.biz_step,
        disposition=facts.disposition,
        read_point=facts.read_point,
        biz_location=facts.biz_location,
        site_id=place.site_id if place else None,
        site_code=place.site_code if place else "",
        parent=facts.parent_id,
        has_children=any(role in {"child", "child_class"} for role, _name in things),
        counterparty_id=counterparty_id,
        source=source,
        source_grade=source_grade,
    )


class Folded:
    """Units as one batch makes them, by thing."""

    def __init__(self) -> None:
        self.units: dict[str, Unit] = {}

    def add(self, said: EventSaid, things: Iterable[tuple[str, str]]) -> None:
        """Fold what one event says into the units among ``things``, which are (role, name)."""
        units = self.units
        for role, name in things:
            if role in SINGLE_ROLES:
                unit = units.get(name)
                if unit is None:
                    unit = units[name] = Unit()
                fold(unit, said, role)

    def columns(self, products: Mapping[str, Product]) -> Columns:
        """Return the units as columns of the statement."""
        return _columns(
            UNITS, [_unit_row(name, unit, products.get(name)) for name, unit in self.units.items()]
        )


def event_columns(batch: Sequence[Prepared]) -> Columns:
    """Return the events of a batch as columns of the statement."""
    return _columns(EVENTS, [_event_row(each) for each in batch])


def thing_columns(batch: Sequence[Prepared]) -> Columns:
    """Return the things of a batch as columns of the statement."""
    rows = [
        (
            f"{each.keys.event + position:032x}",
            event,
            each.counterparty_id,
            thing.role,
            thing.name,
            thing.quantity,
            thing.uom,
            _text(thing.site_id),
            _text(thing.part_id),
            thing.counted,
        )
        for each in batch
        for event in [f"{each.keys.event:032x}"]
        for position, thing in enumerate(each.things, start=1)
    ]
    return _columns(THINGS, rows)


def newest_day(batch: Iterable[TrackingFacts]) -> date:
    """Return the day of the newest event: partners' numbers of that day hold for the batch."""
    return max(facts.happened_at for facts in batch).date()


def longest_name(row: EventRow, told: Sequence[Said]) -> int:
    """Return how long the longest identifier or word of an event is."""
    facts = row.facts
    return max(
        len(row.event_id),
        len(row.event_hash),
        len(facts.kind),
        len(facts.biz_step),
        len(facts.disposition),
        len(facts.read_point),
        len(facts.biz_location),
        len(facts.transformation_id),
        *(len(name) for _role, name, _quantity, _uom in told),
    )


def _columns(names: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> Columns:
    values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    return dict(zip(names, values, strict=True))


def _event_row(each: Prepared) -> tuple[Any, ...]:
    row, facts, keys, place = each.row, each.row.facts, each.keys, each.place
    return (
        f"{keys.event:032x}",
        f"{keys.seen:032x}",
        f"{each.declared:032x}",
        each.digest,
        each.counterparty_id,
        row.event_id,
        row.event_hash,
        facts.kind,
        facts.action,
        facts.happened_at,
        facts.offset,
        facts.error.declared_at if facts.error else None,
        facts.biz_step,
        facts.disposition,
        facts.read_point,
        facts.biz_location,
        _text(place.site_id) if place else None,
        place.site_code if place else "",
        facts.transformation_id,
        TRAIT_END.join(row.traits),
        _json(row.body),
    )


def _unit_row(name: str, unit: Unit, product: Product | None) -> tuple[Any, ...]:
    seen, place = unit.seen, unit.place
    return (
        str(uuid7()),
        name,
        _text(product.part_id) if product else None,
        product.number if product else "",
        f"{unit.first:032x}",
        f"{seen.key:032x}",
        seen.counterparty_id,
        seen.happened_at,
        seen.biz_step,
        unit.is_ended,
        seen.source,
        seen.source_grade,
        f"{place.key:032x}",
        None if place is NOTHING else place.happened_at,
        place.read_point,
        place.biz_location,
        _text(place.site_id),
        place.site_code,
        f"{unit.disposition.key:032x}",
        unit.disposition.disposition,
        f"{unit.packing.key:032x}",
        unit.parent,
        f"{unit.emptying.key:032x}",
    )


def _thing(
    facts: TrackingFacts, subjects: Subjects, said: Said, gaps: list[tuple[str, str, str]]
) -> Thing:
    role, name, quantity, uom = said
    product = subjects.products.get(name)
    part_id = product.part_id if product is not None else None
    sign = sign_of(kind=facts.kind, action=facts.action, biz_step=facts.biz_step, role=role)
    if not sign or (product is None and role in SINGLE_ROLES):
        return Thing(role, name, quantity, uom, None, part_id, ZERO)
    if product is None:
        gaps.append(("product", name, ""))
        return Thing(role, name, quantity, uom, None, None, ZERO)
    place = subjects.place_of(facts, sign=sign)
    amount = ONE if role in SINGLE_ROLES else quantity
    if place is None or amount is None:
        return Thing(role, name, quantity, uom, None, part_id, ZERO)
    try:
        whole = convert(
            amount,
            uom or PIECES,
            product.base_unit,
            part_factors=product.factors,
            base_unit=product.base_unit,
        )
    except ValueError as reason:
        gaps.append(("product", name, str(reason)))
        return Thing(role, name, quantity, uom, None, part_id, ZERO)
    counted = sign * whole.quantize(_EXACT, rounding=ROUND_HALF_EVEN)
    return Thing(role, name, quantity, uom, place.site_id, part_id, counted)


def _place_gaps(facts: TrackingFacts, subjects: Subjects) -> list[tuple[str, str, str]]:
    read_point, biz_location = facts.read_point, facts.biz_location
    if read_point in subjects.places or biz_location in subjects.places:
        return []
    name = read_point or biz_location
    return [("read_point", name, "")] if name else []


def _digest(row: EventRow) -> bytes:
    error = row.facts.error
    declared = error.declared_at.isoformat() if error is not None else ""
    return hashlib.sha256(f"{row.event_hash}|{declared}".encode()).digest()


def _json(body: Mapping[str, Any] | str | bytes) -> str:
    if isinstance(body, bytes):
        return body.decode()
    return body if isinstance(body, str) else msgspec.json.encode(body).decode()


def _text(key: UUID | None) -> str | None:
    return None if key is None else key.hex
