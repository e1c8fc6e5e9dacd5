"""Find a part: by its owner's number, by a partner's, by its key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from collab.masterdata.models import Part, PartAlias, UnitFactor
from collab.masterdata.rules.part_numbers import compare_key
from collab.masterdata.rules.units import convert


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part; ``base_unit`` is the UN/ECE Rec 20 code every quantity of it is kept in."""

    id: UUID
    number: str
    name: str
    kind: str
    base_unit: str
    gtin: str
    material_uuid: UUID | None
    gross_weight_g: Decimal | None
    is_active: bool
    version: int


@dataclass(frozen=True, slots=True)
class AliasRow:
    """A partner's number for a part, from ``valid_from`` on and before ``valid_to``."""

    id: UUID
    part_id: UUID
    partner_id: int
    partner_bpn: str
    partner_name: str
    partner_number: str
    revision: str
    valid_from: date
    valid_to: date | None
    version: int


def part_row(part: Part) -> PartRow:
    """Return the plain row of a part."""
    return PartRow(
        part.id,
        part.number,
        part.name,
        part.kind,
        part.base_unit,
        part.gtin,
        part.material_uuid,
        part.gross_weight_g,
        part.is_active,
        part.version,
    )


def part_by_id(part_id: UUID) -> PartRow | None:
    """Return the acting organisation's part with that key."""
    part = Part.objects.filter(pk=part_id).first()
    return None if part is None else part_row(part)


def parts_by_id(part_ids: Iterable[UUID]) -> dict[UUID, PartRow]:
    """Return those of the parts that the acting organisation has, by key; one query."""
    return {part.id: part_row(part) for part in Part.objects.filter(pk__in=set(part_ids))}


def part_by_number(number: str) -> PartRow | None:
    """Return the part with that number, else the only one whose number differs in separators.

    ``None`` when there is none, or when several differ in separators only: nothing is guessed.
    """
    try:
        key = compare_key(number)
    except ValueError:
        return None
    written = number.strip()
    found = list(Part.objects.filter(compare_key=key).order_by("-is_active", "number")[:20])
    for part in found:
        if part.number == written:
            return part_row(part)
    active = [part for part in found if part.is_active] or found
    return part_row(active[0]) if len(active) == 1 else None


def resolve_partner_number(partner_id: int, number: str, on: date) -> PartRow | None:
    """Return the acting organisation's part that ``partner_id`` calls ``number`` on that day."""
    try:
        key = compare_key(number)
    except ValueError:
        return None
    alias = (
        valid_on(PartAlias.objects.filter(partner_id=partner_id, compare_key=key), on)
        .select_related("part")
        .first()
    )
    return None if alias is None else part_row(alias.part)


def probable_matches(number: str, *, limit: int = 10) -> list[PartRow]:
    """Return parts whose numbers differ from ``number`` in separators or leading zeros only."""
    try:
        key = compare_key(number)
    except ValueError:
        return []
    bare = key.lstrip("0")
    keys = ["0" * zeros + bare for zeros in range(41 - len(bare))]
    found = Part.objects.filter(compare_key__in=[name for name in keys if name])
    return [part_row(part) for part in found.exclude(number=number.strip())[:limit]]


def aliases_of(part_id: UUID, *, on: date | None = None) -> list[AliasRow]:
    """Return partners' numbers for a part, by partner and date; only those of ``on`` if given."""
    rows = PartAlias.objects.filter(part_id=part_id)
    if on is not None:
        rows = valid_on(rows, on)
    found = rows.select_related("partner").order_by("partner__name", "valid_from", "partner_number")
    return [
        AliasRow(
            alias.id,
            alias.part_id,
            alias.partner_id,
            alias.partner.bpn,
            alias.partner.name,
            alias.partner_number,
            alias.revision,
            alias.valid_from,
            alias.valid_to,
            alias.version,
        )
        for alias in found
    ]


def unit_factors(part_id: UUID) -> dict[str, Decimal]:
    """Return how many base units one of each other unit of this part holds."""
    return dict(UnitFactor.objects.filter(part_id=part_id).values_list("unit", "factor"))


def quantity_in_base_unit(
    part: PartRow, quantity: Decimal, unit: str, *, factors: Mapping[str, Decimal] | None = None
) -> Decimal:
    """Return ``quantity`` of ``unit`` in the part's base unit.

    Raises ``ValueError`` for an unknown unit, and for one of another dimension that no factor of
    the part translates. ``factors`` saves the query when the caller has them.
    """
    known = unit_factors(part.id) if factors is None else factors
    return convert(quantity, unit, part.base_unit, part_factors=known, base_unit=part.base_unit)


def valid_on(rows: QuerySet[PartAlias], on: date) -> QuerySet[PartAlias]:
    """Return the rows that hold on that day."""
    return rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on), valid_from__lte=on)
