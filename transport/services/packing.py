"""What called quantities weigh and need on a vehicle, from part weights and packaging."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext as _

from collab.masterdata.models import Packaging, Part
from forecasting.queries import CallRow
from transport.rules.load import Goods, amounts_of
from transport.services.figures import Needed
from transport.services.orders import Item

INSIDE_HEIGHT_M = Decimal("2.7")  # of a curtain-sided semi-trailer
PALLET_M = (Decimal("1.2"), Decimal("0.8"))  # EN 13698-1
PALLET_HEIGHT_M = Decimal("0.144")
PALLET_KG = Decimal(25)
GRAMS, MM = Decimal(1000), Decimal(1000)
MASS_UNITS = {"KGM": Decimal(1), "TNE": Decimal(1000), "GRM": Decimal("0.001")}


@dataclass(frozen=True, slots=True)
class Packed:
    """One call as an order's item, with what it needs; load metres and volume where known."""

    item: Item
    needed: Needed


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a call cannot be weighed, in the planner's words."""

    call: CallRow
    what: tuple[str, ...]


def pack(calls: Sequence[CallRow]) -> tuple[dict[UUID, Packed], list[Missing]]:
    """Return each call packed, by its line, and those that lack master data; two queries.

    Weight = quantity x gross weight of a part + packs x empty weight; of what is counted in units
    of mass, the quantity itself. Full and begun packs and load units count whole; a load unit of
    several packs stands on a pallet of 1.2 x 0.8 m.
    """
    numbers = {each.part_number for each in calls}
    parts = {each.number: each for each in Part.objects.filter(number__in=numbers)}
    packs = _packs([part.pk for part in parts.values()], {each.supplier_id for each in calls})
    packed: dict[UUID, Packed] = {}
    missing: list[Missing] = []
    for call in calls:
        part = parts.get(call.part_number)
        kind = None
        if part is not None:
            kind = packs.get((part.pk, call.supplier_id)) or packs.get((part.pk, None))
        if lacks := _lacks(part, kind):
            missing.append(Missing(call, lacks))
        elif part is not None and kind is not None:
            packed[call.line_id] = _packed(call, part, kind)
    return packed, missing


def together(packed: Iterable[Packed]) -> Needed:
    """Return what several calls need together; a dimension unknown for one is unknown."""
    rows = [each.needed for each in packed]

    def total(name: str) -> Decimal | None:
        values = [getattr(each, name) for each in rows]
        return None if None in values else sum(values, Decimal(0))

    return Needed(
        weight_kg=sum((each.weight_kg for each in rows), Decimal(0)),
        volume_m3=total("volume_m3"),
        pallets=total("pallets"),
        load_metres=total("load_metres"),
    )


def _packs(
    part_ids: Sequence[UUID], partner_ids: set[int]
) -> Mapping[tuple[UUID, int | None], Packaging]:
    """Return the pack used with each partner, and the general one, by part."""
    rows = Packaging.objects.filter(
        Q(partner_id__in=partner_ids) | Q(partner__isnull=True), part_id__in=part_ids
    )
    found: dict[tuple[UUID, int | None], Packaging] = {}
    for row in rows.order_by(F("partner_id").asc(nulls_last=True), "code"):
        found.setdefault((row.part_id, row.partner_id), row)
    return found


def _lacks(part: Part | None, kind: Packaging | None) -> tuple[str, ...]:
    if part is None:
        return (_("the part in master data"),)
    found = []
    if part.gross_weight_g is None and part.base_unit not in MASS_UNITS:
        found.append(_("the gross weight of the part"))
    if kind is None:
        found.append(_("the packaging"))
    elif kind.tare_weight_kg is None:
        found.append(_("the empty weight of pack %(code)s") % {"code": kind.code})
    return tuple(found)


def _packed(call: CallRow, part: Part, kind: Packaging) -> Packed:
    count = int((call.quantity / kind.quantity).to_integral_value(ROUND_CEILING))
    if part.gross_weight_g is None:
        each = MASS_UNITS[part.base_unit]
    else:
        each = part.gross_weight_g / GRAMS
    weight = call.quantity * each + count * (kind.tare_weight_kg or Decimal(0))
    units = -(-count // kind.packs_per_load_unit)
    if kind.packs_per_load_unit > 1:
        weight += units * PALLET_KG
    weight = weight.quantize(Decimal("0.001"))
    item = Item(
        part_number=call.part_number,
        partner_part_number=call.supplier_part_number,
        name=part.name,
        quantity=call.quantity,
        unit=call.unit,
        weight_kg=weight,
        packs=count,
        pack_code=kind.code,
        schedule_line_id=call.line_id,
    )
    return Packed(item, _room(kind, units, weight))


def _room(kind: Packaging, units: int, weight: Decimal) -> Needed:
    """Return the room that so many load units of a pack take; volume unknown without its size."""
    sizes = (kind.length_mm, kind.width_mm, kind.height_mm)
    if any(not each for each in sizes):
        return Needed(weight_kg=weight, pallets=Decimal(units))
    length, width, height = (Decimal(each or 0) / MM for each in sizes)
    if kind.packs_per_load_unit > 1:
        per_layer = max(1, int(PALLET_M[0] // length) * int(PALLET_M[1] // width))
        layers = -(-kind.packs_per_load_unit // per_layer)
        length, width = (max(pair) for pair in zip(PALLET_M, (length, width), strict=True))
        height = min(layers * height + PALLET_HEIGHT_M, INSIDE_HEIGHT_M)
    goods = Goods(
        units=units,
        kg=weight / units,
        length_m=length,
        width_m=width,
        height_m=min(height, INSIDE_HEIGHT_M),
        stack_limit=kind.stack_limit if kind.packs_per_load_unit == 1 else 1,
    )
    used = amounts_of([goods], INSIDE_HEIGHT_M)
    return Needed(weight_kg=weight, volume_m3=used.m3, pallets=used.pallets, load_metres=used.ldm)
