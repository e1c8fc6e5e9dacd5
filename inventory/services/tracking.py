"""Tracking events: every source ends here, a repeated event changes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events import wake
from collab.organisations.partitions import Pieces, pieces_of
from inventory.models import SourceGrade, TrackingEvent
from inventory.models.tracking import LINK
from inventory.rules.event_ids import EPOCH, MOST_THINGS
from inventory.services import tracking_statement
from inventory.services.tracking_columns import (
    EventRow,
    Folded,
    Prepared,
    event_columns,
    longest_name,
    newest_day,
    prepare,
    said_by,
    thing_columns,
)
from inventory.services.tracking_queue import Reason, Waiting
from inventory.services.tracking_repair import refold, void_declared
from inventory.services.tracking_statement import Outcome
from inventory.services.tracking_subjects import Said, Subjects, subjects_of

__all__ = ["BATCH", "EventRow", "Verdict", "VerdictState", "record_events", "shown"]

BATCH: Final = 500
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
FOREIGN_FIELD: Final = "readPoint"
_CONTENTS: Final = 3  # of one event id in one batch that are compared with what stands
_ROUNDS: Final = 5  # against other writers of the same events


class VerdictState(StrEnum):
    """What became of an event: only ``RECORDED`` changed anything."""

    RECORDED = "recorded"
    KNOWN = "known"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one event; ``event`` is the key it has, ``reason`` says why it was not taken.

    ``field`` names what was wrong, in the words of EPCIS.
    """

    state: VerdictState
    event: UUID | None = None
    reason: str = ""
    field: str = ""


@dataclass(slots=True)
class Taken:
    """What became of the events of a round, by the numbers of their ``seen`` keys."""

    fresh: set[int] = field(default_factory=set)
    same: set[int] = field(default_factory=set)
    other: set[int] = field(default_factory=set)
    voided: set[int] = field(default_factory=set)
    settled: set[int] = field(default_factory=set)

    def note(self, seen: int, place: int, found: Outcome) -> None:
        """Note what the statement did with the event at a place of its columns."""
        for mine, theirs in (
            (self.fresh, found.fresh),
            (self.same, found.same),
            (self.other, found.other),
        ):
            if place in theirs:
                mine.add(seen)
                self.settled.add(seen)
        if place in found.voided:
            self.voided.add(seen)


@transaction.atomic
def record_events(
    rows: Sequence[EventRow],
    *,
    source: str,
    received_at: datetime,
    source_grade: str = SourceGrade.BOOKED.value,
) -> list[Verdict]:
    """Take tracking events of the acting organisation; return a verdict on each, in order.

    An event sent again with the same content is ``known``. One with other content, of the future,
    of a month that is not kept or at somebody else's place is not taken: it waits in the
    correction queue. An unknown place or product refuses nothing: the event stands, counts nowhere,
    and the name waits to be mapped. ``source`` tells the door, up to 40 characters.
    """
    verdicts: list[Verdict] = []
    intake = _Intake(source[:40], received_at, source_grade)
    for first in range(0, len(rows), BATCH):
        verdicts += intake.take(rows[first : first + BATCH])
    transaction.on_commit(wake.poke)
    return verdicts


class _Intake:
    """One call of ``record_events``: the same source and clock for each batch."""

    def __init__(self, source: str, received_at: datetime, source_grade: str) -> None:
        self._source = source
        self._received_at = received_at
        self._pieces: Pieces = pieces_of(TrackingEvent._meta.db_table)
        self._how = {"source": source, "source_grade": source_grade}

    def take(self, rows: Sequence[EventRow]) -> list[Verdict]:
        """Take one batch and return its verdicts in order."""
        waiting = Waiting()
        told = [tuple(row.facts.things()) for row in rows]
        found = [self._screen(row, said) for row, said in zip(rows, told, strict=True)]
        fit = [
            (row, said)
            for row, said, verdict in zip(rows, told, found, strict=True)
            if verdict is None
        ]
        taken = iter(self._take_fit(fit, waiting) if fit else ())
        verdicts = [verdict or next(taken) for verdict in found]
        for row, verdict in zip(rows, verdicts, strict=True):
            if (reason := _reason_of(verdict)) is not None:
                waiting.add(reason, row.event_id, verdict.reason, shown(row))
        waiting.keep(source=self._source, at=self._received_at)
        return verdicts

    def _take_fit(
        self, fit: Sequence[tuple[EventRow, Sequence[Said]]], waiting: Waiting
    ) -> list[Verdict]:
        """Take what can be taken; other contents of one event id are compared one after another."""
        batch = [row.facts for row, _said in fit]
        subjects = subjects_of(batch, [said for _row, said in fit], on=newest_day(batch))
        rounds: list[dict[int, Prepared]] = [{} for _ in range(_CONTENTS)]
        judged: list[Verdict | tuple[Prepared, int]] = []
        for row, said in fit:
            if foreign := subjects.foreign_place(row.facts):
                judged.append(_refused("a place of your own", foreign, FOREIGN_FIELD))
                continue
            each = prepare(row, said, subjects)
            place = _place_in(rounds, each)
            judged.append(_conflict(each) if place is None else (each, place))
        outcomes = [self._take_round(list(chosen.values()), subjects) for chosen in rounds]
        for chosen, done in zip(rounds, outcomes, strict=True):
            _note_gaps(chosen.values(), done, waiting)
        return [
            each
            if isinstance(each, Verdict)
            else _verdict(each[0], rounds[each[1]][each[0].keys.seen], outcomes[each[1]])
            for each in judged
        ]

    def _take_round(self, batch: Sequence[Prepared], subjects: Subjects) -> Taken:
        done = self._write(batch, subjects) if batch else Taken()
        self._repair(batch, done)
        return done

    def _screen(self, row: EventRow, told: Sequence[Said]) -> Verdict | None:
        """Return why an event cannot be taken, whoever it is about; ``None`` if it can."""
        at = row.facts.happened_at
        if at > self._received_at + CLOCK_TOLERANCE:
            return _refused("a time that is not in the future", at.isoformat(), "eventTime")
        if at < EPOCH or not self._pieces.holds(at):
            kept = self._pieces.months[0].starts_at if self._pieces.months else EPOCH
            since = (EPOCH if self._pieces.has_early else kept).date().isoformat()
            return _refused(f"a time from {since} on, in months kept", at.isoformat(), "eventTime")
        if len(told) > MOST_THINGS:
            return _refused(f"at most {MOST_THINGS} things in an event", len(told), "epcList")
        if longest_name(row, told) > LINK:
            return _refused(f"names of at most {LINK} characters", "a longer one", "eventID")
        return None

    def _write(self, batch: Sequence[Prepared], subjects: Subjects) -> Taken:
        """Run the statement until each event is settled; other writers may have been faster."""
        done, left = Taken(), list(batch)
        for _round in range(_ROUNDS):
            found = self._statement(left, subjects)
            for place, each in enumerate(left):
                done.note(each.keys.seen, place, found)
            left = [each for each in left if each.keys.seen not in done.settled]
            if not left:
                return done
        raise RuntimeError(f"expected events to settle in {_ROUNDS} rounds, {len(left)} did not")

    def _statement(self, batch: Sequence[Prepared], subjects: Subjects) -> Outcome:
        folded = Folded()
        for each in batch:
            if not each.row.is_error:
                folded.add(
                    said_by(each, subjects, **self._how),
                    [(thing.role, thing.name) for thing in each.things],
                )
        now = timezone.now()
        return tracking_statement.run(
            events=event_columns(batch),
            things=thing_columns(batch),
            units=folded.columns(subjects.products),
            owner=subjects.owner_id,
            received_at=self._received_at,
            now=now,
            later=now + timedelta(milliseconds=500),
            recorded_id=str(uuid7()),
            recorded_errand=str(uuid7()),
            moved_id=str(uuid7()),
            moved_errand=str(uuid7()),
            **self._how,
        )

    def _repair(self, batch: Sequence[Prepared], done: Taken) -> None:
        """Undo in the folded units what did not come to stand: rare, and one by one."""
        amiss = done.other | done.voided
        wrong = {thing.name for each in batch if each.keys.seen in amiss for thing in each.things}
        declared = [
            each.row.event_id
            for each in batch
            if each.row.is_error and each.keys.seen in done.fresh
        ]
        if declared:
            wrong |= void_declared(declared)
        if wrong:
            refold(wrong)


def _place_in(rounds: Sequence[dict[int, Prepared]], each: Prepared) -> int | None:
    """Put an event into the first round that has its id not yet, or with the same content."""
    for place, chosen in enumerate(rounds):
        if chosen.setdefault(each.keys.seen, each).digest == each.digest:
            return place
    return None


def _verdict(each: Prepared, first: Prepared, done: Taken) -> Verdict:
    """Judge an event by what became of the first one with its id and content."""
    seen = each.keys.seen
    if seen in done.other:
        return _conflict(each)
    is_new = each is first and seen in done.fresh
    return Verdict(VerdictState.RECORDED if is_new else VerdictState.KNOWN, first.key)


def _reason_of(verdict: Verdict) -> str | None:
    """Return why an event waits in the correction queue; ``None`` if it does not."""
    if verdict.state is VerdictState.CONFLICT:
        return Reason.CONFLICT.value
    if verdict.state is VerdictState.REFUSED:
        return (Reason.FOREIGN if verdict.field == FOREIGN_FIELD else Reason.REFUSED).value
    return None


def _conflict(each: Prepared) -> Verdict:
    return Verdict(
        VerdictState.CONFLICT,
        reason=f"expected the content {each.row.event_id} was recorded with, got another",
        field="eventID",
    )


def _refused(expected: str, got: Any, where: str) -> Verdict:
    return Verdict(VerdictState.REFUSED, reason=f"expected {expected}, got {got}", field=where)


def _note_gaps(batch: Iterable[Prepared], done: Taken, waiting: Waiting) -> None:
    for each in batch:
        if each.gaps and each.keys.seen in done.fresh and not each.row.is_error:
            for reason, subject, detail in each.gaps:
                waiting.add(reason, subject, detail, shown(each.row))


def shown(row: EventRow) -> dict[str, Any]:
    """Return what the queue shows of an event."""
    facts = row.facts
    return {
        "event_id": row.event_id,
        "kind": facts.kind,
        "happened_at": facts.happened_at.astimezone(UTC).isoformat(),
        "biz_step": facts.biz_step,
        "read_point": facts.read_point,
        "biz_location": facts.biz_location,
        "things": [name for _role, name, _quantity, _uom in facts.things()][:20],
    }
