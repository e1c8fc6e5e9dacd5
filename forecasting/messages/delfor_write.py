"""A schedule written as DELFOR D.04A in the manner of VDA 4984; reading it gives it back."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final

from collab.integration.edifact.tokens import Segment, segment
from forecasting.messages import values
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

MESSAGE_TYPE: Final = "DELFOR:D:04A:UN"
UNIT_AS_WRITTEN: Final = {"H87": "PCE"}
_AGENCY: Final = {scheme: agency for agency, scheme in values.SCHEME_OF_AGENCY.items()}
_SCC: Final = {
    Commitment.FIRM: "1",
    Commitment.PRODUCTION: "2",
    Commitment.MATERIAL: "3",
    Commitment.FORECAST: "4",
    Commitment.BACKLOG: "5",
}
_FUNCTION: Final = {Function.ORIGINAL: "9", Function.REPLACE: "5"}
_DATE: Final = {Basis.SHIP: "10", Basis.DELIVERY: "2"}


def write(schedule: ScheduleMessage) -> list[Segment]:
    """Return the segments of a schedule between UNH and UNT; the type is ``MESSAGE_TYPE``.

    Raises ``ValueError`` for what DELFOR cannot say: a cumulative shipped, an interval of dispatch
    that starts at a time, a cumulative need of production or material.
    """
    found = [
        segment("BGM", "241", schedule.number, _FUNCTION[schedule.function]),
        _date("137", schedule.issued_at),
    ]
    if schedule.valid_from is not None:
        found.append(_date("157", Moment(schedule.valid_from)))
    if schedule.valid_to is not None:
        found.append(_date("36", Moment(schedule.valid_to)))
    found += [*_party("BY", schedule.customer), *_party("SE", schedule.supplier)]
    for (ship_to, ship_from), items in groupby(
        schedule.items, key=lambda item: (item.ship_to, item.ship_from)
    ):
        found.append(segment("GEI", "3"))
        found += [*_party("ST", ship_to), *_party("SF", ship_from)]
        for item in items:
            found += _item(item)
    return found


def _party(qualifier: str, party: Identifier | None) -> list[Segment]:
    if party is None:
        return []
    agency = _AGENCY.get(party.scheme, party.scheme)
    return [segment("NAD", qualifier, (party.value, "", agency), "", party.name)]


def _item(item: ScheduleItem) -> Iterator[Segment]:
    if item.shipped_cumulative is not None:
        raise ValueError(f"expected no cumulative shipped, got {item.shipped_cumulative}")
    yield from _named(item)
    yield from _progress(item)
    for go_ahead in item.go_aheads:
        yield from _go_ahead(go_ahead, item.unit)
    for (commitment, is_immediate), entries in groupby(
        item.entries, key=lambda entry: (entry.commitment, entry.is_immediate)
    ):
        yield segment("SCC", "10" if is_immediate else _SCC[commitment])
        for entry in entries:
            yield from _entry(entry, item.unit)


def _named(item: ScheduleItem) -> Iterator[Segment]:
    """Yield what names the part, its place and its papers."""
    yield segment("LIN", item.line, "", (item.part_number, "IN"))
    if item.revision:
        yield segment("PIA", "1", (item.revision, "EC"))
    if item.supplier_part_number:
        yield segment("PIA", "1", (item.supplier_part_number, "SA"))
    if item.description:
        yield segment("IMD", "", "", ("", "", "", item.description))
    if item.unloading_point:
        yield segment("LOC", "11", item.unloading_point)
    if item.line_feed:
        yield segment("LOC", "159", item.line_feed)
    if item.order:
        yield segment("RFF", ("ON", item.order))
    if item.previous_number:
        yield segment("RFF", ("AIF", item.previous_number))


def _progress(item: ScheduleItem) -> Iterator[Segment]:
    receipt = item.last_receipt
    if receipt is not None and receipt.quantity is None:
        yield from _dispatch(receipt)
    if item.received_cumulative is not None:
        yield _quantity("70", item.received_cumulative, item.unit)
        if item.received_since is not None:
            yield _date("51", Moment(item.received_since))
    if item.backlog is not None:
        yield _quantity("83", item.backlog, item.unit)
    if item.in_transit is not None:
        yield _quantity("57", item.in_transit, item.unit)
    if receipt is not None and receipt.quantity is not None:
        yield _quantity("48", receipt.quantity, item.unit)
        if receipt.on is not None:
            yield _date("50", receipt.on)
        yield from _dispatch(receipt)


def _dispatch(receipt: LastReceipt) -> Iterator[Segment]:
    if receipt.dispatch_number:
        yield segment("RFF", ("AAK", receipt.dispatch_number))
        if receipt.dispatched_at is not None:
            yield _date("11", receipt.dispatched_at)


def _go_ahead(go_ahead: GoAhead, unit: str) -> Iterator[Segment]:
    yield segment("SCC", _SCC[go_ahead.commitment])
    yield _quantity("3", go_ahead.quantity, unit)
    if go_ahead.since is not None:
        yield _date("51", Moment(go_ahead.since))
    if go_ahead.until is not None:
        yield _date("52", Moment(go_ahead.until))


def _entry(entry: Entry, unit: str) -> Iterator[Segment]:
    is_cumulative = entry.measure is Measure.CUMULATIVE
    if is_cumulative and entry.commitment in {Commitment.PRODUCTION, Commitment.MATERIAL}:
        raise ValueError(f"expected a go-ahead, got a cumulative need of {entry.commitment}")
    yield _quantity("3" if is_cumulative else "113", entry.quantity, unit)
    if entry.end is None:
        yield _date(_DATE[entry.basis], entry.start)
    elif entry.basis is Basis.DELIVERY:
        yield _date("64", entry.start)
        yield _date("63", Moment(entry.end))
    else:
        if entry.start.at is not None:
            raise ValueError(f"expected an interval of whole days, got one from {entry.start}")
        yield segment("DTM", ("10", f"{_day(entry.start.on)}-{_day(entry.end)}", "718"))


def _quantity(qualifier: str, quantity: Decimal, unit: str) -> Segment:
    written = format(quantity.normalize(), "f")
    return segment("QTY", (qualifier, written, UNIT_AS_WRITTEN.get(unit, unit)))


def _date(qualifier: str, moment: Moment) -> Segment:
    if moment.at is None:
        return segment("DTM", (qualifier, _day(moment.on), "102"))
    return segment("DTM", (qualifier, f"{_day(moment.on)}{moment.at:%H%M}", "203"))


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")
