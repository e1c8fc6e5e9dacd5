"""An advice in the forms that partners' systems read: DESADV and X12 856.

The Catena-X aspects packing_list and global_transport_label name places by BPNA and full postal
addresses, which no site here has: they are not written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from collab.integration.edifact import envelope as edifact
from collab.integration.models.messages import PartnerProfile
from collab.integration.x12 import writing as x12
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from forecasting.messages.canonical import Identifier, Moment
from transport.messages import desadv_write, x12_856_write
from transport.messages.dispatch import Advice, Function, Line
from transport.models import DispatchAdvice
from transport.queries.advices import AdviceRow, lines_of, tree_of, units_of

FORMS: Final = ("desadv", "x12")
KINDS: Final = {
    "desadv": "edifact:DESADV",
    "x12": "x12:856",
}
Party = tuple[str, str]  # identifier, qualifier


@dataclass(frozen=True, slots=True)
class Written:
    """A message as bytes with the kind that the inbox knows it by."""

    kind: str
    raw: bytes


def message_of(row: AdviceRow) -> Advice:
    """Return an advice as every format means it; times are local to the ship-to site."""
    zone = ZoneInfo(str(row.ship_to.get("timezone") or "UTC"))
    supplier, customer = _parties(row)
    function = Function.ORIGINAL if row.revision == 1 else Function.REPLACE
    if row.state == DispatchAdvice.State.CANCELLED:
        function = Function.CANCEL
    return Advice(
        number=row.number,
        issued_at=_local(row.sent_at, zone),
        despatched_at=_local(row.despatched_at, zone),
        expected_at=_local(row.expected_at, zone),
        function=function,
        lines=tuple(
            Line(
                position=line.position,
                part_number=line.part_number,
                quantity=line.quantity,
                unit=line.unit,
                supplier_part_number=line.supplier_part_number,
                name=line.name,
                cumulative=line.cumulative,
                order=line.order_number,
                delivery_note=line.delivery_note,
            )
            for line in lines_of(row.id)
        ),
        units=tuple(tree_of(units_of(row.id))),
        gross_kg=row.gross_kg,
        net_kg=row.net_kg,
        supplier=_named(supplier),
        customer=_named(customer),
        ship_to=_place(row.ship_to, "buyer"),
        ship_from=_place(row.ship_from, "seller"),
        dock=row.dock,
        shipment_number=row.shipment_number,
        transport_document=row.transport_document,
        carrier=row.carrier_name,
        plate=row.plate,
    )


def write_advice(row: AdviceRow, form: str, *, control: int = 1) -> Written:
    """Return an advice in a form of ``FORMS``; the same advice is always the same bytes.

    Raises ``LookupError`` for an unknown form.
    """
    if form not in FORMS:
        raise LookupError(f"expected a form among {', '.join(FORMS)}, got {form!r}")
    told = message_of(row)
    zone = ZoneInfo(str(row.ship_to.get("timezone") or "UTC"))
    at = row.sent_at.astimezone(zone)
    supplier, customer = _parties(row)
    ends = _ends(supplier, customer, "edifact" if form == "desadv" else "x12")
    if form == "desadv":
        return Written(KINDS[form], _edifact(told, ends, control, at))
    raw = x12.write(
        [(x12_856_write.SET, x12_856_write.write(told))],
        code=x12_856_write.GROUP_CODE,
        sender=ends[0],
        receiver=ends[1],
        control=control,
        prepared_at=at,
        is_acknowledgement_wanted=True,
    )
    return Written(KINDS[form], raw)


def _edifact(told: Advice, ends: Sequence[Party], number: int, at: datetime) -> bytes:
    """Return the DESADV in ISO 8859-1, in UTF-8 where that has no sign for something."""
    body: Any = [(desadv_write.MESSAGE_TYPE, desadv_write.write(told))]
    for syntax in (("UNOC", "3"), ("UNOY", "4")):
        try:
            return edifact.write(
                body,
                sender=ends[0],
                receiver=ends[1],
                reference=str(number),
                prepared_at=at,
                syntax=syntax,
            )
        except UnicodeEncodeError:
            continue
    raise AssertionError("expected UTF-8 to hold every character")


def _parties(row: AdviceRow) -> tuple[Organisation, Organisation]:
    found = {
        each.bpn: each
        for each in Organisation.objects.filter(bpn__in=[row.supplier.bpn, row.customer.bpn])
    }
    return found[row.supplier.bpn], found[row.customer.bpn]


def _ends(supplier: Organisation, customer: Organisation, syntax: str) -> tuple[Party, Party]:
    """Return sender and receiver of an interchange, by the profile or else by their numbers."""
    is_ours = supplier.pk == acting_organisation_id()
    own, other = (supplier, customer) if is_ours else (customer, supplier)
    profile = PartnerProfile.objects.filter(partner=other).first()
    own_end, other_end = _end(own, syntax), _end(other, syntax)
    if profile is not None and profile.own_identifier:
        own_end = profile.own_identifier, profile.own_qualifier
    if profile is not None and profile.identifier:
        other_end = profile.identifier, profile.qualifier
    return (own_end, other_end) if is_ours else (other_end, own_end)


def _end(party: Organisation, syntax: str) -> Party:
    if party.duns:
        return party.duns, "1" if syntax == "edifact" else "01"
    return party.bpn, "ZZZ" if syntax == "edifact" else "ZZ"


def _named(party: Organisation) -> Identifier:
    if party.duns:
        return Identifier(value=party.duns, scheme="duns", name=party.name[:35].strip())
    return Identifier(value=party.bpn, name=party.name[:35].strip())


def _place(place: Any, scheme: str) -> Identifier:
    return Identifier(
        value=str(place.get("site_code", "")), scheme=scheme, name=str(place["name"])[:35].strip()
    )


def _local(moment: datetime, zone: ZoneInfo) -> Moment:
    local = moment.astimezone(zone)
    return Moment(local.date(), local.time().replace(second=0, microsecond=0))
