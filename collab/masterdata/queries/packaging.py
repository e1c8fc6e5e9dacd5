"""How a part is packed for a partner."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from uuid import UUID

from django.db.models import F, Q

from collab.masterdata.models import Packaging


@dataclass(frozen=True, slots=True)
class PackagingRow:
    """One kind of pack; quantity in base units of the part, weights in kg, lengths in mm."""

    id: UUID
    part_id: UUID
    part_number: str
    base_unit: str
    partner_id: int | None
    partner_bpn: str
    partner_name: str
    code: str
    kind: str
    quantity: Decimal
    tare_weight_kg: Decimal | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    stack_limit: int
    packs_per_load_unit: int
    is_returnable: bool
    version: int


def packaging_of(part_id: UUID) -> list[PackagingRow]:
    """Return all kinds of pack of a part, the general ones first."""
    rows = Packaging.objects.filter(part_id=part_id).select_related("part", "partner")
    found = rows.order_by(F("partner__name").asc(nulls_first=True), "code")
    return [packaging_row(pack) for pack in found]


def packs_of(part_id: UUID, partner_id: int, quantity: Decimal) -> tuple[PackagingRow, int] | None:
    """Return the pack used with a partner and how many full or begun ones ``quantity`` takes.

    The partner's own pack comes before the general one; ``None`` when the part has neither.
    """
    pack = (
        Packaging.objects.filter(
            Q(partner_id=partner_id) | Q(partner__isnull=True), part_id=part_id
        )
        .select_related("part", "partner")
        .order_by(F("partner_id").asc(nulls_last=True), "code")
        .first()
    )
    if pack is None:
        return None
    return packaging_row(pack), int((quantity / pack.quantity).to_integral_value(ROUND_CEILING))


def packaging_row(pack: Packaging) -> PackagingRow:
    """Return the plain row of a pack whose part and partner are loaded."""
    return PackagingRow(
        pack.id,
        pack.part_id,
        pack.part.number,
        pack.part.base_unit,
        pack.partner_id,
        "" if pack.partner is None else pack.partner.bpn,
        "" if pack.partner is None else pack.partner.name,
        pack.code,
        pack.kind,
        pack.quantity,
        pack.tare_weight_kg,
        pack.length_mm,
        pack.width_mm,
        pack.height_mm,
        pack.stack_limit,
        pack.packs_per_load_unit,
        pack.is_returnable,
        pack.version,
    )
