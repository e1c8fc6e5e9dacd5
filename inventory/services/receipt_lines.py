"""What a receiver states about a delivery, resolved and held against the advice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from collab.integration.models.messages import PartnerProfile
from collab.masterdata.queries import PartRow
from collab.masterdata.refusals import Refused, clean_decimal, clean_text
from inventory.rules.receipt import (
    AdvisedLine,
    CountedLine,
    Judged,
    LabelState,
    judge,
    label_faults,
    unadvised,
)
from inventory.services.subjects import QUANTITY_DIGITS, QUANTITY_PLACES, in_base_unit, part_of
from transport.queries.advices import LineRow, lines_of, units_of
from transport.rules.licence_plate import normalised

MOST_LINES = 500
LONGEST_PLATE = 35
ZERO = Decimal(0)
Quantity = Decimal | int | str


@dataclass(frozen=True, slots=True)
class StatedLabel:
    """A label with something wrong about it: missing, unreadable, or of no pack of the advice."""

    plate: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedLine:
    """What arrived of one advised line, or beside them all (``position`` is ``None``).

    ``part_number`` is one's own number or the supplier's, empty for the advised part; quantities
    are in ``unit``, empty for that of the advice.
    """

    received: Quantity
    position: int | None = None
    part_number: str = ""
    damaged: Quantity = 0
    unit: str = ""
    labels: Sequence[StatedLabel] = ()
    order_number: str = ""
    delivery_note: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedLine:
    """A judged line with its part, what is wrong with its labels, and base quantities."""

    position: int
    judged: Judged
    part: PartRow
    unit: str
    base_received: Decimal
    base_damaged: Decimal
    labels: Sequence[tuple[str, LabelState]] = ()
    advised_part_number: str = ""
    supplier_part_number: str = ""
    order_number: str = ""
    delivery_note: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """A stated line as the rules take it."""

    stated: StatedLine
    counted: CountedLine
    part: PartRow
    unit: str
    labels: Sequence[tuple[str, LabelState]]


@dataclass(slots=True)
class _Advice:
    """What the advice says, for reading lines against it."""

    lines: Mapping[int, LineRow] = field(default_factory=dict)
    plates: frozenset[str] = frozenset()


def resolved(
    stated: Sequence[StatedLine] | None, *, supplier_id: int, advice_id: UUID | None, on: date
) -> list[ResolvedLine]:
    """Return the lines of a delivery, judged; ``stated`` ``None`` is all as advised.

    Without an advice every line stands for itself. Raises ``Refused`` naming the first thing that
    is wrong.
    """
    advice = _advice(advice_id)
    if stated is None:
        stated = [StatedLine(position=at, received=row.quantity) for at, row in
                  advice.lines.items()]  # fmt: skip
    if not 1 <= len(stated) <= MOST_LINES:
        raise Refused("lines", f"1 to {MOST_LINES} lines", len(stated))
    read = [_read(each, advice, supplier_id, on) for each in stated]
    counted = [each.counted for each in read]
    if advice_id is None:
        judged = unadvised(counted)
    else:
        advised = [
            AdvisedLine(position=row.position, part_number=_own(row, supplier_id, on).number,
                        quantity=row.quantity)
            for row in advice.lines.values()
        ]  # fmt: skip
        try:
            judged = judge(advised, counted, tolerance=tolerance_of(supplier_id))
        except ValueError as wrong:
            expected, _, found = str(wrong).removeprefix("expected ").partition(", got ")
            raise Refused("position", expected, found) from None
    return _resolved(judged, read, advice, supplier_id, on)


def tolerance_of(supplier_id: int) -> Decimal:
    """Return up to which share a quantity may differ before it is an exception."""
    rows = PartnerProfile.objects.filter(partner_id=supplier_id)
    told: Decimal | None = rows.values_list("tolerance", flat=True).first()
    return told or ZERO


def _advice(advice_id: UUID | None) -> _Advice:
    if advice_id is None:
        return _Advice()
    return _Advice(
        {row.position: row for row in lines_of(advice_id)},
        frozenset(row.licence_plate for row in units_of(advice_id)),
    )


def _read(stated: StatedLine, advice: _Advice, supplier_id: int, on: date) -> _Read:
    row = None if stated.position is None else advice.lines.get(stated.position)
    if stated.position is not None and row is None:
        raise Refused("position", "a line of the advice", stated.position)
    if row is None and not stated.part_number:
        raise Refused("part_number", "the part that arrived", "")
    part = (
        part_of(stated.part_number, supplier_id, on)
        if stated.part_number
        else _own(row, supplier_id, on)
    )
    unit = stated.unit or (row.unit if row is not None else part.base_unit)
    labels = label_faults([_label(each) for each in stated.labels], advice.plates)
    received = _quantity("received", stated.received)
    damaged = _quantity("damaged", stated.damaged)
    if damaged > received:
        raise Refused("damaged", f"at most the {received} received", damaged)
    counted = CountedLine(
        position=stated.position,
        part_number=part.number,
        received=received,
        damaged=damaged,
        has_label_fault=bool(labels),
    )
    if row is not None and stated.unit and stated.unit != row.unit:
        raise Refused("unit", f"{row.unit}, the unit of the advice", stated.unit)
    return _Read(stated, counted, part, unit, labels)


def _own(row: LineRow | None, supplier_id: int, on: date) -> PartRow:
    assert row is not None
    return part_of(row.part_number, supplier_id, on)


def _label(told: StatedLabel) -> tuple[str, LabelState]:
    plate = normalised(clean_text("plate", told.plate, LONGEST_PLATE))
    try:
        return plate, LabelState(told.state)
    except ValueError:
        expected = f"one of {', '.join(LabelState)}"
        raise Refused("labels", expected, told.state) from None


def _quantity(name: str, value: Quantity) -> Decimal:
    return clean_decimal(
        name, value, digits=QUANTITY_DIGITS, places=QUANTITY_PLACES, at_least=ZERO
    )  # fmt: skip


def _resolved(
    judged: Sequence[Judged],
    read: Sequence[_Read],
    advice: _Advice,
    supplier_id: int,
    on: date,
) -> list[ResolvedLine]:
    """Return the judged lines in order; those beside the advice are numbered after it."""
    against = {each.counted.position: each for each in read}
    beside = iter([each for each in read if each.counted.position is None])
    last = max(advice.lines, default=0)
    found = []
    for each in judged:
        position = each.counted.position
        source = next(beside) if position is None else against.get(position)
        if position is None:
            last += 1
            position = last
        row = advice.lines.get(position)
        part = source.part if source else _own(row, supplier_id, on)
        unit = source.unit if source else (row.unit if row else part.base_unit)
        stated = source.stated if source else None
        found.append(
            ResolvedLine(
                position=position,
                judged=each,
                part=part,
                unit=unit,
                base_received=in_base_unit(part, each.counted.received, unit),
                base_damaged=in_base_unit(part, each.counted.damaged, unit),
                labels=source.labels if source else (),
                advised_part_number=row.part_number if row else "",
                supplier_part_number=row.supplier_part_number if row else "",
                order_number=_text("order_number", stated, row),
                delivery_note=_text("delivery_note", stated, row),
                note=clean_text("note", stated.note, 200, required=False) if stated else "",
            )
        )
    return found


def _text(name: str, stated: StatedLine | None, row: LineRow | None) -> str:
    told = str(getattr(stated, name)) if stated else ""
    known = str(getattr(row, name)) if row else ""
    return clean_text(name, told or known, 35, required=False)
