"""The labels of an advice's packs, or of those of a draft."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from collab.organisations.clock import own_day
from collab.organisations.models import Organisation
from transport.labels.writing import is_printable, printable
from transport.queries.advices import AdviceRow, LineRow, lines_of, tree_of, units_of
from transport.rules.handling_units import Unit, contents_within, kinds_of
from transport.rules.label import Label

IN_A_FILE = 500  # labels; more would keep a request busy for longer than people wait


def labels_of(row: AdviceRow, *, unit_ids: Sequence[UUID] | None = None) -> list[Label]:
    """Return the labels of an advice's packs in their order, or of some of them."""
    rows = units_of(row.id)
    chosen = {str(each.position) for each in rows if unit_ids is None or each.id in set(unit_ids)}
    duns = Organisation.objects.filter(bpn=row.supplier.bpn).values_list("duns", flat=True).first()
    head = {
        "advice": row.number,
        "dock": row.dock,
        "duns": duns or "",
        "despatched_on": own_day(row.despatched_at),
        "ship_from": address(row.supplier.short, row.ship_from),
        "ship_to": address(row.customer.short, row.ship_to),
        "country": str(row.ship_from.get("country", "")),
    }
    lines = {line.position: line for line in lines_of(row.id)}
    return labels(tree_of(rows), lines, head, keys=chosen)


def labels(
    units: Sequence[Unit],
    lines: Mapping[int, LineRow],
    head: Mapping[str, Any],
    *,
    keys: set[str] | None = None,
) -> list[Label]:
    """Return a label for each unit; what all of them say is in ``head``.

    Quantity and unit are those of the handling unit. A mixed label names no part, order or note.
    """
    kinds, inside = kinds_of(units), contents_within(units)
    children: dict[str, int] = {}
    for unit in units:
        children[unit.parent] = children.get(unit.parent, 0) + 1
    found = []
    for unit in units:
        if keys is not None and unit.key not in keys:
            continue
        line, quantity = _single(inside[unit.key], lines)
        found.append(
            Label(
                kind=kinds[unit.key],
                plate=unit.plate,
                part_number=line.part_number if line else "",
                supplier_part_number=line.supplier_part_number if line else "",
                name=line.name if line else "",
                quantity=quantity,
                unit=line.unit if line else "",
                order=line.order_number if line else "",
                delivery_note=line.delivery_note if line else "",
                lot=unit.lot,
                pack_type=unit.pack_type,
                packs_inside=children.get(unit.key, 0),
                gross_kg=unit.gross_kg,
                **head,
            )
        )
    return found


def part_of(found: Sequence[Label], part: int) -> Sequence[Label]:
    """Return the ``part``-th file of labels, counted from 1; each has at most ``IN_A_FILE``."""
    return found[(part - 1) * IN_A_FILE : part * IN_A_FILE]


def parts_of(count: int) -> list[tuple[int, int, int]]:
    """Return the files that ``count`` labels take: number, first and last label."""
    starts = range(0, count, IN_A_FILE)
    return [
        (place, start + 1, min(start + IN_A_FILE, count))
        for place, start in enumerate(starts, start=1)
    ]


def address(name: str, place: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who and where, the code last: it is printable whatever the names are."""
    where = " ".join(str(place.get(key) or "") for key in ("country", "city")).strip()
    told = (name, str(place.get("name") or ""), where, str(place.get("code") or ""))
    return tuple(dict.fromkeys(each for each in told if each))


def unprintable(found: Sequence[Label]) -> list[str]:
    """Return the names that the printer's fonts cannot write, or only without their marks."""
    texts = [text for label in found for text in (*label.ship_from, *label.ship_to, label.name)]
    return [text for text in dict.fromkeys(texts) if text and not is_printable(text)]


def left_out(found: Sequence[Label]) -> list[str]:
    """Return the names that are not on the labels at all."""
    return [text for text in unprintable(found) if not printable(text)]


def _single(
    inside: Mapping[int, Decimal], lines: Mapping[int, LineRow]
) -> tuple[LineRow | None, Decimal | None]:
    if len(inside) != 1:
        return None, None
    ((position, quantity),) = inside.items()
    return lines.get(position), quantity
