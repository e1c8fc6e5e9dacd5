"""Reads of RFID readers become tracking events at the read points of their antennas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from collab.integration.epcis.hashing import event_hash
from collab.integration.epcis.model import OBJECT, OBSERVE, TrackingFacts
from collab.integration.epcis.write import event_body
from collab.masterdata.refusals import Refused
from inventory.models import ReadPoint, UnitState
from inventory.rules.reader_filter import Antenna, Passage, Read, Way, passages
from inventory.rules.tag_data import identifier_of
from inventory.services.tracking import EventRow, Verdict, record_events, shown
from inventory.services.tracking_columns import newest_day
from inventory.services.tracking_queue import Reason, Waiting
from inventory.services.tracking_subjects import subjects_of

MOST_READS: Final = 5_000
STEPS: Final = {Way.IN: "arriving", Way.OUT: "departing"}
UNTOLD: Final = "inspecting"
"""The business step of a passage whose read point names none and whose direction is not told."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """What became of reads: events with their verdicts, and tags that say nothing."""

    passages: Sequence[Passage]
    verdicts: Sequence[Verdict]
    unreadable: Sequence[str]


@transaction.atomic
def record_reads(reader: str, reads: Sequence[Read], *, received_at: datetime) -> Filtered:
    """Filter the reads of one reader and record a tracking event for each passage.

    The same reads again give the same events, which are known then. Tags that carry no identifier,
    and units nobody has heard of, wait in the correction queue; the latter are recorded as well.
    Raises ``Refused`` for a reader or an antenna without read point.
    """
    if len(reads) > MOST_READS:
        raise Refused("reads", f"at most {MOST_READS} reads at once", len(reads))
    points = {
        point.antenna: point
        for point in ReadPoint.objects.filter(reader=reader).exclude(reader="")
        if point.antenna is not None
    }
    if not points:
        raise Refused("reader", "a reader with read points", reader)
    for read in reads:
        if read.antenna not in points:
            known = ", ".join(map(str, sorted(points)))
            raise Refused("antenna", f"an antenna of this reader: {known}", read.antenna)
    found = passages(reads, {number: _antenna(point) for number, point in points.items()})
    rows, unreadable = [], []
    for passage in found:
        try:
            rows.append(_row(passage, points[passage.antenna]))
        except ValueError:
            unreadable.append(passage.tag)
    waiting = Waiting()
    for tag in unreadable:
        waiting.add(Reason.TAG, tag, "", {"reader": reader, "tag": tag[:200]})
    for row in _unknown(rows):
        waiting.add(Reason.UNIT, row.facts.epcs[0], "", {"reader": reader, **shown(row)})
    waiting.keep(source=f"rfid:{reader}", at=received_at)
    verdicts = record_events(rows, source=f"rfid:{reader}", received_at=received_at)
    return Filtered(found, verdicts, unreadable)


def _antenna(point: ReadPoint) -> Antenna:
    return Antenna(
        number=point.antenna or 0,
        order=point.lane_order,
        least_rssi_dbm=point.least_rssi_dbm,
        least_reads=point.least_reads,
        window=timedelta(milliseconds=point.window_ms),
    )


def _row(passage: Passage, point: ReadPoint) -> EventRow:
    facts = TrackingFacts(
        kind=OBJECT,
        happened_at=passage.began_at,
        offset="+00:00",
        action=OBSERVE,
        biz_step=point.biz_step or STEPS.get(_way(passage, point), UNTOLD),
        read_point=point.identifier,
        epcs=(identifier_of(passage.tag),),
    )
    named = event_hash(facts)
    return EventRow(facts=facts, event_id=named, event_hash=named, body=event_body(facts))


def _way(passage: Passage, point: ReadPoint) -> Way:
    """Return the direction: as the read point has it, or as the order of antennas tells."""
    if point.direction in {ReadPoint.Direction.IN, ReadPoint.Direction.OUT}:
        return Way(point.direction)
    return passage.way if point.direction == ReadPoint.Direction.BOTH else Way.NONE


def _unknown(rows: Sequence[EventRow]) -> list[EventRow]:
    """Return the events about units nobody has heard of: no event, no advice, no part."""
    if not rows:
        return []
    batch = [row.facts for row in rows]
    subjects = subjects_of(batch, [tuple(each.things()) for each in batch], on=newest_day(batch))
    things = {row.facts.epcs[0] for row in rows}
    seen = UnitState.objects.filter(owner_id=subjects.owner_id, thing__in=things)
    known = {*seen.values_list("thing", flat=True), *subjects.products, *subjects.advised}
    return [row for row in rows if row.facts.epcs[0] not in known]
