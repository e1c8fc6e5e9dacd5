"""What a report is about: partner, part and site, resolved from what the sender wrote."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from collab.masterdata.queries import (
    PartRow,
    aliases_of,
    part_by_number,
    quantity_in_base_unit,
    resolve_partner_number,
)
from collab.masterdata.refusals import Refused, clean_decimal
from collab.organisations.context import acting_organisation_id, may_act_at
from collab.organisations.models import Organisation, Site
from collab.sharing.models import Partnership

QUANTITY_DIGITS, QUANTITY_PLACES = 18, 3


@dataclass(frozen=True, slots=True)
class Subject:
    """A part of the acting holder at one of its sites, kept for a counterparty."""

    counterparty_id: int
    part: PartRow
    partner_part_number: str
    site_id: UUID
    site_code: str


def resolve(*, counterparty: str, part_number: str, site: str, on: date) -> Subject:
    """Return what a report is about; raise ``Refused`` for the first thing that is unknown.

    ``counterparty`` is a BPN; ``part_number`` the holder's number, else the counterparty's.
    """
    partner = partner_of(counterparty)
    part = part_of(part_number, partner.pk, on)
    place = own_site(site)
    return Subject(
        partner.pk, part, partner_number_of(part.id, partner.pk, on), place.pk, place.code
    )  # fmt: skip


def partner_of(bpn: str) -> Organisation:
    """Return the active partner with this BPN; raise ``Refused`` for any other."""
    own = acting_organisation_id()
    partner = Organisation.objects.filter(bpn=bpn.strip()).exclude(pk=own).first()
    if partner is None or not _are_partners(own, partner.pk):
        raise Refused("counterparty", "the BPN of an active partner of yours", bpn)
    return partner


def part_of(number: str, partner_id: int, on: date) -> PartRow:
    """Return the acting side's part by its own number, else by the partner's of that day."""
    part = part_by_number(number) or resolve_partner_number(partner_id, number, on)
    if part is None:
        raise Refused("part_number", "a part number of yours or of the counterparty", number)
    return part


def own_site(code: str) -> Site:
    """Return the acting side's site with this code; raise ``Refused`` for any other.

    Somebody whose role is at one site may name that one alone.
    """
    place = Site.objects.filter(owner_id=acting_organisation_id(), code=code).first()
    if place is None:
        raise Refused("site", "the code of one of your sites", code)
    if not may_act_at(place.pk):
        raise Refused("site", "the site that your role is at", code)
    return place


def own_site_or_all(code: str) -> Site | None:
    """Return the acting side's site, or None for all of them where ``code`` is empty."""
    if code:
        return own_site(code)
    if not may_act_at(None):
        raise Refused("site", "the site that your role is at", code)
    return None


def partner_number_of(part_id: UUID, partner_id: int, on: date) -> str:
    """Return the partner's own number for the part: of several the one valid since last."""
    valid = [alias for alias in aliases_of(part_id, on=on) if alias.partner_id == partner_id]
    newest = max(valid, key=lambda alias: (alias.valid_from, alias.partner_number), default=None)
    return newest.partner_number if newest else ""


def in_base_unit(part: PartRow, quantity: Decimal | int | str, unit: str) -> Decimal:
    """Return a quantity >= 0 in the part's base unit, exact to three places.

    Raises ``Refused`` for a negative or too exact quantity and for a unit that is unknown or
    does not translate; nothing is rounded or guessed.
    """
    given = clean_decimal(
        "quantity", quantity, digits=QUANTITY_DIGITS, places=9, at_least=Decimal(0)
    )
    try:
        converted = quantity_in_base_unit(part, given, unit)
    except ValueError as reason:
        expected = str(reason).removeprefix("expected ").partition(", got ")[0]
        raise Refused("unit", expected, unit) from None
    return clean_decimal(
        "quantity", converted, digits=QUANTITY_DIGITS, places=QUANTITY_PLACES, at_least=Decimal(0)
    )


def _are_partners(one: int, other: int) -> bool:
    return Partnership.objects.filter(
        Q(customer_id=one, supplier_id=other) | Q(customer_id=other, supplier_id=one),
        state=Partnership.State.ACTIVE,
    ).exists()
