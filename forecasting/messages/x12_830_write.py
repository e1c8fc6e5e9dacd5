"""A schedule written as an 830 of 004010; reading it gives back what an 830 can say."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from collab.integration.x12.tokens import Segment
from collab.integration.x12.writing import segment
from forecasting.messages.canonical import (
    Basis,
    Commitment,
    Entry,
    Function,
    GoAhead,
    Identifier,
    LastReceipt,
    Measure,
    Moment,
    ScheduleItem,
    ScheduleMessage,
)

SET, GROUP_CODE = "830", "PS"
UNIT_AS_WRITTEN: Final = {"H87": "EA"}
_SCHEME: Final = {"duns": "1", "seller": "91", "buyer": "92"}
_FUNCTION: Final = {Function.ORIGINAL: "00", Function.REPLACE: "05"}
_GO_AHEAD: Final = {Commitment.PRODUCTION: "FI", Commitment.MATERIAL: "MT"}
_BASIS: Final = {Basis.SHIP: "010", Basis.DELIVERY: "002"}
_BASIS_OF_ALL: Final = {Basis.SHIP: "SH", Basis.DELIVERY: "DL"}


def sayable(schedule: ScheduleMessage) -> ScheduleMessage:
    """Return what of a schedule an 830 can say.

    It has no word for the predecessor's number, for backlog and goods on the road, for times of
    issue and dispatch; what is overdue is firm and immediate, a need with a go-ahead is planning
    (the go-ahead itself stands in ATH).
    """
    return replace(
        schedule,
        issued_at=Moment(schedule.issued_at.on),
        items=tuple(_item_sayable(item) for item in schedule.items),
    )


def write(schedule: ScheduleMessage) -> list[Segment]:
    """Return the segments of a schedule between ST and SE.

    Raises ``ValueError`` for needs that are partly cumulative, for which BFR05 has no word.
    """
    told = sayable(schedule)
    entries = [entry for item in told.items for entry in item.entries]
    measures = {entry.measure for entry in entries}
    if len(measures) > 1:
        raise ValueError("expected discrete or cumulative quantities alone, got both")
    basis = entries[0].basis if entries else Basis.DELIVERY
    header = segment(
        "BFR", _FUNCTION[told.function], "", told.number, _BASIS_OF_ALL[basis],
        "C" if measures == {Measure.CUMULATIVE} else "A",
        _day(told.valid_from), _day(told.valid_to), _day(told.issued_at.on),
    )  # fmt: skip
    found = [header, *_party("BY", told.customer), *_party("SU", told.supplier)]
    for item in told.items:
        found += _item(item)
    total = sum((entry.quantity for entry in entries), Decimal(0))
    return [*found, segment("CTT", str(len(told.items)), _number(total))]


def _item_sayable(item: ScheduleItem) -> ScheduleItem:
    receipt = item.last_receipt
    if receipt is not None and receipt.quantity is None:
        receipt = None
    if receipt is not None:
        on = None if receipt.on is None else Moment(receipt.on.on)
        receipt = replace(receipt, on=on, dispatched_at=None)
    return replace(
        item,
        previous_number="",
        in_transit=None,
        backlog=None,
        received_since=item.received_since if item.received_cumulative is not None else None,
        last_receipt=receipt,
        entries=tuple(_entry_sayable(entry) for entry in item.entries),
    )


def _entry_sayable(entry: Entry) -> Entry:
    if entry.commitment is Commitment.BACKLOG:
        return replace(entry, commitment=Commitment.FIRM, is_immediate=True)
    if entry.commitment in _GO_AHEAD:
        return replace(entry, commitment=Commitment.FORECAST, is_immediate=False)
    return entry


def _item(item: ScheduleItem) -> Iterator[Segment]:
    numbers = [("BP", item.part_number), ("PO", item.order), ("VP", item.supplier_part_number),
               ("EC", item.revision)]  # fmt: skip
    yield segment("LIN", item.line, *(each for pair in numbers if pair[1] for each in pair))
    if item.unit:
        yield segment("UIT", UNIT_AS_WRITTEN.get(item.unit, item.unit))
    if item.description:
        yield segment("PID", "F", "", "", "", item.description)
    if item.unloading_point:
        yield segment("REF", "DK", item.unloading_point)
    if item.line_feed:
        yield segment("REF", "LF", item.line_feed)
    for go_ahead in item.go_aheads:
        yield _go_ahead(go_ahead)
    yield from _party("ST", item.ship_to)
    yield from _party("SF", item.ship_from)
    for entry in item.entries:
        yield _entry(entry)
    yield from _progress(item)


def _progress(item: ScheduleItem) -> Iterator[Segment]:
    if item.received_cumulative is not None:
        since = _day(item.received_since)
        yield segment("SHP", "02", _number(item.received_cumulative), "051", since)
    if item.shipped_cumulative is not None:
        on = _day(item.shipped_on)
        yield segment("SHP", "02", _number(item.shipped_cumulative), "011", on)
    if item.last_receipt is not None:
        yield from _receipt(item.last_receipt)


def _receipt(receipt: LastReceipt) -> Iterator[Segment]:
    on = "" if receipt.on is None else _day(receipt.on.on)
    yield segment("SHP", "01", _number(receipt.quantity or Decimal(0)), "050", on)
    if receipt.dispatch_number:
        yield segment("REF", "SI", receipt.dispatch_number)


def _go_ahead(told: GoAhead) -> Segment:
    kind, amount = _GO_AHEAD[told.commitment], _number(told.quantity)
    return segment("ATH", kind, _day(told.until), amount, "", _day(told.since))


def _entry(entry: Entry) -> Segment:
    code = "D" if entry.commitment is Commitment.FORECAST else "C"
    frequency, end = "D", ""
    if entry.end is not None:
        is_week = entry.end == entry.start.on + timedelta(days=6)
        frequency, end = "W" if is_week else "F", _day(entry.end)
    time = [] if entry.start.at is None else [f"{entry.start.at:%H%M}"]
    return segment(
        "FST", _number(entry.quantity), "A" if entry.is_immediate else code, frequency,
        _day(entry.start.on), end, _BASIS[entry.basis], *time,
    )  # fmt: skip


def _party(qualifier: str, party: Identifier | None) -> list[Segment]:
    if party is None:
        return []
    scheme = _SCHEME.get(party.scheme, party.scheme)
    return [segment("N1", qualifier, party.name, scheme, party.value)]


def _number(quantity: Decimal) -> str:
    return format(quantity.normalize() + 0, "f")


def _day(day: date | None) -> str:
    return "" if day is None else day.strftime("%Y%m%d")
