"""Correct an advice that was sent: a draft with everything it said, packs and plates included."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from collab.masterdata.queries.parts import resolve_partner_number
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from transport.models import DispatchAdvice, DispatchDraft
from transport.queries.advices import (
    AdviceRow,
    LineRow,
    UnitRow,
    advice_by_key,
    lines_of,
    tree_of,
    units_of,
)
from transport.rules.handling_units import plain
from transport.services.drafts import PALLET, piece_kg


@transaction.atomic
def open_correction(advice_id: UUID) -> DispatchDraft:
    """Return the draft of a correction; one that is open already is taken up again.

    Raises ``DispatchAdvice.DoesNotExist``, and ``Refused`` for an advice that has arrived or does
    not count any more.
    """
    row = advice_by_key(advice_id)
    if row is None or not row.is_own:
        raise DispatchAdvice.DoesNotExist
    if not row.is_on_its_way:
        raise Refused("advice", "an advice that is on its way", row.state_label)
    known = DispatchDraft.objects.filter(
        owner_id=acting_organisation_id(), advice_id=None, document__replaces=str(advice_id)
    ).first()
    if known is not None:
        return known
    made: DispatchDraft = DispatchDraft.objects.create(
        partner_id=row.customer_id, step="pack", document=_document(row)
    )
    return made


def _document(row: AdviceRow) -> dict[str, object]:
    rows = units_of(row.id)
    return {
        "replaces": str(row.id),
        "customer_id": row.customer_id,
        "ship_from": row.ship_from["code"],
        "ship_to": row.ship_to["code"],
        "mix_rests": False,
        "lines": [_line(row, line, rows) for line in lines_of(row.id)],
        "units": [
            {
                "key": unit.key,
                "parent": unit.parent,
                "pack_type": unit.pack_type,
                "plate": unit.plate,
                "contents": [[each.line, plain(each.quantity)] for each in unit.contents],
                "gross_kg": None if unit.gross_kg is None else plain(unit.gross_kg),
            }
            for unit in tree_of(rows)
        ],
        "transport": {
            "number": row.number,
            "gross_kg": plain(row.gross_kg),
            "net_kg": plain(row.net_kg),
            "despatched_at": row.despatched_at.isoformat(),
            "expected_at": row.expected_at.isoformat(),
            "dock": row.dock,
            "shipment_id": "" if row.shipment_id is None else str(row.shipment_id),
            "shipment_number": row.shipment_number,
            "transport_document": row.transport_document,
            "carrier_name": row.carrier_name,
            "plate": row.plate,
        },
    }


def _line(row: AdviceRow, line: LineRow, units: Sequence[UnitRow]) -> dict[str, object]:
    """Return a line with its packing as far as the packs show it: the fullest box."""
    part = resolve_partner_number(row.customer_id, line.part_number, own_day())
    boxes = [
        (unit, content.quantity)
        for unit in units
        for content in unit.contents
        if content.line == line.position
    ]
    fullest = max((quantity for _unit, quantity in boxes), default=line.quantity)
    beside = [sum(1 for unit, _q in boxes if unit.parent_id == each.id) for each in units]
    pack = next((unit.pack_type for unit, _q in boxes if unit.pack_type != PALLET), "BX")
    return {
        "position": line.position,
        "call": "" if line.schedule_line_id is None else str(line.schedule_line_id),
        "due": "",
        "part_number": line.part_number,
        "supplier_part_number": line.supplier_part_number,
        "name": line.name,
        "unit": line.unit,
        "quantity": plain(line.quantity),
        "order_number": line.order_number,
        "per_pack": plain(fullest),
        "packs_per_load_unit": max(beside, default=0) or 1,
        "pack_type": pack,
        "piece_kg": piece_kg(part),
        "pack_kg": "0",
        "is_suggested": False,
    }
