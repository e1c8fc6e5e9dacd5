"""A consignment as the acting supplier states it, and everything that speaks against sending it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from collab.integration.models.messages import PartnerProfile
from collab.masterdata.queries.parts import resolve_partner_number
from collab.masterdata.refusals import Refused
from collab.masterdata.rules.units import canonical_unit
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.sharing.models import Partnership
from forecasting.queries.calls import CallFilter, open_calls
from transport.rules.handling_units import Fault, Unit, faults_of
from transport.services.places import Place, organisation_of

MOST_LINES = 500
LONGEST_TRIP = timedelta(days=120)
FIELD_OF_FAULT = {"weight": "gross_weight_kg", "quantity": "units", "line": "units"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedLine:
    """One line: the customer's number of the part and a quantity > 0 in ``unit`` (Rec 20).

    ``cumulative`` is counted where it is ``None``; ``schedule_line_id`` is the firm call.
    """

    position: int
    part_number: str
    quantity: Decimal
    unit: str
    supplier_part_number: str = ""
    name: str = ""
    cumulative: Decimal | None = None
    order_number: str = ""
    delivery_note: str = ""
    schedule_line_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignment:
    """What leaves together for one customer; weights in kg. Without ``number`` one is given.

    ``source_key`` makes sending the same twice one advice; ``origin`` is the door it came by.
    """

    customer_id: int
    ship_from: Place
    ship_to: Place
    lines: Sequence[StatedLine]
    units: Sequence[Unit]
    gross_kg: Decimal
    net_kg: Decimal
    despatched_at: datetime
    expected_at: datetime
    source_key: str
    number: str = ""
    dock: str = ""
    shipment_id: UUID | None = None
    shipment_number: str = ""
    transport_document: str = ""
    carrier_name: str = ""
    plate: str = ""
    origin: str = "screen"


class NotSendable(Refused):
    """A consignment cannot be announced; ``problems`` are all reasons, at least one."""

    def __init__(self, problems: Sequence[Refused]) -> None:
        self.problems = list(problems)
        first = self.problems[0]
        super().__init__(first.field, first.expected, first.value)


def excluded_customers() -> set[int]:
    """Return the customers whose profile excludes dispatch advices, as for JIS and kanban alone."""
    rows = PartnerProfile.objects.filter(takes_dispatch_advice=False)
    return set(rows.values_list("partner_id", flat=True))


def problems_of(told: Consignment) -> list[Refused]:
    """Return everything that speaks against announcing this consignment."""
    return [*_of_partner(told), *_of_head(told), *_of_lines(told), *_of_units(told)]


def _of_partner(told: Consignment) -> Iterator[Refused]:
    rows = Partnership.objects.filter(
        state=Partnership.State.ACTIVE,
        customer_id=told.customer_id,
        supplier_id=acting_organisation_id(),
    )
    if not rows.exists():
        yield Refused("customer", "an active customer of yours", told.customer_id)
    elif told.customer_id in excluded_customers():
        expected = "a customer whose profile wants dispatch advices"
        yield Refused("customer", expected, told.ship_to.get("name", ""))


def _of_head(told: Consignment) -> Iterator[Refused]:
    if organisation_of(told.ship_from) != acting_organisation_id():
        yield Refused("ship_from", "a site of yours", told.ship_from.get("code"))
    if organisation_of(told.ship_to) != told.customer_id:
        yield Refused("ship_to", "a site of the customer", told.ship_to.get("code"))
    if not told.source_key or len(told.source_key) > 120:
        yield Refused("source_key", "a key of 1 to 120 characters", told.source_key)
    for name, value, longest in (
        ("number", told.number, 35),
        ("dock", told.dock, 25),
        ("shipment_number", told.shipment_number, 35),
        ("transport_document", told.transport_document, 35),
        ("carrier_name", told.carrier_name, 80),
        ("plate", told.plate, 20),
    ):
        if len(value) > longest or not value.isprintable():
            yield Refused(name, f"at most {longest} printable characters", value)
    if told.expected_at < told.despatched_at:
        yield Refused("expected_at", "an arrival after the departure", told.expected_at)
    elif told.expected_at - told.despatched_at > LONGEST_TRIP:
        yield Refused(
            "expected_at", f"a trip of at most {LONGEST_TRIP.days} days", told.expected_at
        )
    if abs(told.despatched_at - timezone.now()) > LONGEST_TRIP:
        expected = f"a departure within {LONGEST_TRIP.days} days of today"
        yield Refused("despatched_at", expected, told.despatched_at)


def _of_lines(told: Consignment) -> Iterator[Refused]:
    if not 1 <= len(told.lines) <= MOST_LINES:
        yield Refused("lines", f"1 to {MOST_LINES} lines", len(told.lines))
    positions = [line.position for line in told.lines]
    if len(set(positions)) < len(positions):
        yield Refused("lines", "each position once", positions)
    keys = [line.schedule_line_id for line in told.lines if line.schedule_line_id is not None]
    called = {
        call.line_id: call
        for call in (open_calls(CallFilter(lines=keys, is_firm=False)) if keys else [])
    }
    for line in told.lines:
        call = called.get(line.schedule_line_id) if line.schedule_line_id else None
        yield from _of_line(told, line, is_called=call is not None)
        if call is not None and (call.customer_id, call.part_number) != (
            told.customer_id, line.part_number,
        ):  # fmt: skip
            yield Refused("schedule_line", "a call of this customer for this part", call.line_id)


def _of_line(told: Consignment, line: StatedLine, *, is_called: bool) -> Iterator[Refused]:
    if not line.quantity.is_finite() or not 0 < line.quantity < 10**15:
        yield Refused("quantity", "a quantity above 0", line.quantity)
    try:
        known = canonical_unit(line.unit).code == line.unit
    except ValueError:
        known = False
    if not known:
        yield Refused("unit", "a unit of UN/ECE Rec 20", line.unit)
    part = resolve_partner_number(told.customer_id, line.part_number, own_day(told.despatched_at))
    if part is None and not is_called:
        expected = "the customer's number of a part of yours"
        yield Refused("part_number", expected, line.part_number)


def _of_units(told: Consignment) -> Iterator[Refused]:
    quantities = {line.position: line.quantity for line in told.lines}
    faults = faults_of(told.units, quantities, gross_kg=told.gross_kg, net_kg=told.net_kg)
    yield from (refusal_of(fault) for fault in faults)
    for unit in told.units:
        if not unit.plate:
            yield Refused("licence_plate", "a licence plate on each pack", unit.key)
        if len(unit.pack_type) > 20 or not unit.pack_type:
            yield Refused("pack_type", "a pack type of 1 to 20 characters", unit.pack_type)


def refusal_of(fault: Fault) -> Refused:
    """Return a broken law of the tree as a refusal that says where it is."""
    place = f"unit {fault.unit}" if fault.unit else f"line {fault.line}" if fault.line else ""
    found = ": ".join(each for each in (place, fault.found) if each)
    return Refused(FIELD_OF_FAULT.get(fault.code, "units"), fault.expected, found)


def partner_sites(customer_id: int, code: str) -> Q:
    """Match a customer's site by its code, GLN or BPNS."""
    return Q(owner_id=customer_id) & (Q(code=code) | Q(gln=code) | Q(bpn=code))
