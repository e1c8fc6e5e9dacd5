"""Commits: what the acting supplier promises against its customers' releases."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, clean_decimal
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id, acting_person_id
from forecasting.axis import WEEK, Quantities, monday_of, weeks_from
from forecasting.events import Committed
from forecasting.models import Commit, CommitTask
from forecasting.queries.positions import CommitBucket, Position, positions, states_of
from forecasting.rules.commit import Bucket, CommitState, commit_bucket, overall_state
from forecasting.services.commit_alerts import answer_challenges, judge_supplier

PER_EVENT = 200
REASONS = {
    "capacity": _("Capacity"),
    "labour": _("Labour"),
    "material": _("Material from our suppliers"),
    "tooling": _("Tooling or machine down"),
    "quality": _("Quality"),
    "shutdown": _("Plant closed"),
    "transport": _("Transport"),
    "lead_time": _("Too short notice"),
    "other": _("Other"),
}
Origin = Commit.Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitCell:
    """What is committed from Monday ``week`` on for ``weeks`` weeks together; None takes it back.

    ``reason`` is a code of ``REASONS``, needed where less than the forecast is committed.
    """

    week: date
    quantity: Decimal | int | str | None
    reason: str = ""
    weeks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitAnswer:
    """A supplier's answer for one series: cells, or the forecast as it is where nothing is given.

    ``version`` is the position's version that the sender has read; None takes whatever there is.
    """

    series_id: UUID
    cells: Sequence[CommitCell] = ()
    is_as_is: bool = False
    upside: Mapping[date, Decimal | int | str] = field(default_factory=dict)
    on_hand: Decimal | int | str | None = None
    note: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Why a cell was not taken; ``field`` is a week or the name of a figure."""

    field: str
    expected: str
    value: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an answer: ``applied``, ``unchanged``, ``conflict`` or ``refused``."""

    series_id: UUID
    state: str
    position: Position | None = None
    problems: Sequence[CellProblem] = ()


@dataclass(slots=True)
class Draft:
    """The next version of a commit while it is put together."""

    committed: Quantities
    upside: Quantities
    reasons: dict[str, str]
    buckets: list[CommitBucket]
    on_hand: Decimal | None
    note: str
    problems: list[CellProblem] = field(default_factory=list)

    def refuse(self, name: str, expected: str, value: object) -> None:
        """Note why something was not taken."""
        self.problems.append(CellProblem(name, expected, "" if value is None else str(value)))


@transaction.atomic
def commit_many(
    answers: Sequence[CommitAnswer], *, origin: str, as_of: datetime | None = None
) -> list[Answered]:
    """Write a new commit for each series that was answered; one that is refused stops no other.

    A series is taken whole or not at all. Weeks that an answer does not name keep what was
    committed against the same release. The same figures again write nothing. Returns one result
    per answer, in order.
    """
    now = as_of or timezone.now()
    found = _locked_positions([each.series_id for each in answers])
    results: list[Answered] = []
    written: list[Commit] = []
    for answer in answers:
        position = found.get(answer.series_id)
        if position is None:
            problem = CellProblem("series", "a series of a customer of yours with a release", "")
            results.append(Answered(answer.series_id, "refused", None, [problem]))
            continue
        if answer.version is not None and answer.version != position.version:
            results.append(Answered(answer.series_id, "conflict", position))
            continue
        draft = composed(position, answer, today=own_day(now))
        if draft.problems:
            results.append(Answered(answer.series_id, "refused", position, draft.problems))
        elif not _changes(position, draft):
            results.append(Answered(answer.series_id, "unchanged", position))
        else:
            kind = Origin.AS_IS.value if answer.is_as_is and not answer.cells else origin
            written.append(_commit(position, draft, kind, now))
            results.append(Answered(answer.series_id, "applied", position))
    after = write_commits(written, as_of=now)
    return [
        Answered(
            each.series_id, each.state, after.get(each.series_id, each.position), each.problems
        )
        for each in results
    ]


def commit_one(answer: CommitAnswer, *, origin: str, as_of: datetime | None = None) -> Answered:
    """Write a commit for one series; raise ``Refused`` for the first thing that is wrong.

    A version conflict is returned, not raised, with the position as it stands.
    """
    (result,) = commit_many([answer], origin=origin, as_of=as_of)
    if result.state == "refused":
        problem = result.problems[0]
        raise Refused(problem.field, problem.expected, problem.value)
    return result


def commit_as_is(series_ids: Iterable[UUID], *, as_of: datetime | None = None) -> list[Answered]:
    """Commit the forecasts as they are where nothing was given yet: one, many, all of a release."""
    answers = [CommitAnswer(series_id=key, is_as_is=True) for key in dict.fromkeys(series_ids)]
    return commit_many(answers, origin=Origin.AS_IS.value, as_of=as_of)


def composed(position: Position, answer: CommitAnswer, *, today: date) -> Draft:
    """Return what the answer makes of a position, with its problems; writes nothing."""
    draft = Draft(
        committed=list(position.committed),
        upside=list(position.upside),
        reasons=dict(position.reasons),
        buckets=list(position.buckets),
        on_hand=position.commit.on_hand if position.commit else None,
        note=answer.note.strip()[:400],
    )
    for cell in answer.cells:
        _put(position, draft, cell, today)
    if answer.is_as_is:
        _fill(position, draft, today)
    for week, quantity in answer.upside.items():
        place = _place(position, draft, week, today)
        if place is not None:
            draft.upside[place] = _quantity(draft, week.isoformat(), quantity)
    if answer.on_hand is not None:
        draft.on_hand = _quantity(draft, "on_hand", answer.on_hand)
    return draft


def write_commits(rows: Sequence[Commit], *, as_of: datetime) -> dict[UUID, Position]:
    """Make these the current commits, move the tasks on, tell the customers.

    Returns the new positions by series. The rows' series must be locked.
    """
    if not rows:
        return {}
    keys = [row.series_id for row in rows]
    us = acting_organisation_id()
    Commit.objects.filter(owner_id=us, series_id__in=keys, is_current=True).update(is_current=False)
    Commit.objects.bulk_create(rows)
    after = {each.series_id: each for each in positions(keys)}
    _move_tasks(after, as_of)
    judge_supplier(list(after.values()), as_of=as_of)
    answer_challenges(keys, as_of=as_of)
    by_customer: dict[int, list[Commit]] = defaultdict(list)
    for row in rows:
        by_customer[row.counterparty_id].append(row)
    for customer_id, theirs in by_customer.items():
        for first in range(0, len(theirs), PER_EVENT):
            part = theirs[first : first + PER_EVENT]
            publish(
                Committed(
                    change_id=str(uuid4()),
                    customer_id=customer_id,
                    commit_ids=[str(row.pk) for row in part],
                    series_ids=[str(row.series_id) for row in part],
                )
            )
    return after


def new_commit(
    position: Position,
    *,
    committed: Quantities,
    reasons: Mapping[str, str],
    origin: str,
    at: datetime,
    upside: Quantities | None = None,
    buckets: Sequence[CommitBucket] = (),
    on_hand: Decimal | None = None,
    note: str = "",
) -> Commit:
    """Return the row of a position's next commit, not yet written."""
    return Commit(
        owner_id=position.supplier_id,
        counterparty_id=position.customer_id,
        series_id=position.series_id,
        schedule_id=position.schedule_id,
        schedule_number=position.schedule_number,
        part_number=position.part_number,
        supplier_part_number=position.supplier_part_number,
        site_code=position.site_code,
        unit=position.unit,
        number=position.last_number + 1,
        origin=origin,
        first_week=position.first_week,
        quantities=committed,
        upside=upside if upside and any(each is not None for each in upside) else None,
        on_hand=on_hand,
        buckets=[
            {"from": each.first.isoformat(), "weeks": each.weeks, "quantity": str(each.quantity)}
            for each in buckets
        ],
        states=states_of(
            position.weeks,
            position.forecast,
            committed,
            buckets,
            tolerance=position.terms.commit_tolerance,
        ),
        reasons=dict(reasons),
        note=note,
        person_id=acting_person_id(),
        committed_at=at,
    )


def task_state(position: Position, today: date) -> str:
    """Return the state of the answer over the weeks of the commit horizon."""
    states = (position.states[position.places[week]] for week in position.open_weeks(today))
    return overall_state([CommitState(each) for each in states]).value


def _locked_positions(series_ids: Sequence[UUID]) -> dict[UUID, Position]:
    """Return the positions of the acting supplier's series, its tasks locked until the commit."""
    us = acting_organisation_id()
    tasks = CommitTask.objects.select_for_update(of=("self",)).filter(
        owner_id=us, series_id__in=series_ids
    )
    list(tasks.exclude(state=CommitTask.State.REPLACED).order_by("pk").values_list("pk"))
    return {each.series_id: each for each in positions(series_ids) if each.supplier_id == us}


def _commit(position: Position, draft: Draft, origin: str, now: datetime) -> Commit:
    return new_commit(
        position,
        committed=draft.committed,
        reasons=draft.reasons,
        origin=origin,
        at=now,
        upside=draft.upside,
        buckets=draft.buckets,
        on_hand=draft.on_hand,
        note=draft.note,
    )


def _changes(position: Position, draft: Draft) -> bool:
    before = position.commit
    return (
        before is None
        or draft.committed != list(position.committed)
        or draft.reasons != dict(position.reasons)
        or draft.buckets != list(position.buckets)
        or draft.upside != list(position.upside)
        or draft.on_hand != before.on_hand
        or bool(draft.note and draft.note != before.note)
    )


def _put(position: Position, draft: Draft, cell: CommitCell, today: date) -> None:
    """Put one cell in; a coarser one replaces all that lies inside it (FC-07)."""
    name = cell.week.isoformat()
    if not 1 <= cell.weeks <= len(position.weeks):
        draft.refuse(name, f"1 to {len(position.weeks)} weeks together", cell.weeks)
        return
    mondays = weeks_from(cell.week, cell.weeks)
    places = [_place(position, draft, week, today) for week in mondays]
    if any(place is None for place in places):
        return
    quantity = None if cell.quantity is None else _quantity(draft, name, cell.quantity)
    if cell.quantity is not None and quantity is None:
        return
    _clear(position, draft, mondays)
    whole = Bucket(cell.week, WEEK.days * cell.weeks)
    before = {
        Bucket(week, WEEK.days): draft.committed[position.places[week]] or Decimal(0)
        for week in mondays
    }
    after = before if quantity is None else commit_bucket(before, whole, quantity)
    for week in mondays:
        place = position.places[week]
        draft.committed[place] = None if quantity is None else after[Bucket(week, WEEK.days)]
    if cell.weeks > 1 and quantity is not None:
        draft.buckets.append(CommitBucket(cell.week, cell.weeks, quantity))
    asked = sum((position.forecast[position.places[week]] or Decimal(0) for week in mondays),
                Decimal(0))  # fmt: skip
    if quantity is not None and quantity < asked:
        if cell.reason not in REASONS:
            expected = (
                f"a reason among {', '.join(REASONS)} for a commit below {asked.normalize():f}"
            )
            draft.refuse(name, expected, cell.reason)
        draft.reasons[name] = cell.reason


def _clear(position: Position, draft: Draft, mondays: Sequence[date]) -> None:
    """Take back what is committed in these weeks, with the buckets that reach into them."""
    hit = [each for each in draft.buckets if set(each.mondays()) & set(mondays)]
    draft.buckets = [each for each in draft.buckets if each not in hit]
    for week in {*mondays, *(week for each in hit for week in each.mondays())}:
        if week in position.places:
            draft.committed[position.places[week]] = None
            draft.reasons.pop(week.isoformat(), None)


def _fill(position: Position, draft: Draft, today: date) -> None:
    """Commit as forecast where nothing is given: in the running and the coming weeks."""
    first = monday_of(today)
    for place, week in enumerate(position.weeks):
        if week >= first and draft.committed[place] is None:
            draft.committed[place] = position.forecast[place]


def _place(position: Position, draft: Draft, week: date, today: date) -> int | None:
    """Return the place of a week that can be committed; note why another cannot."""
    place = position.places.get(week)
    if place is None or position.forecast[place] is None:
        draft.refuse(week.isoformat(), "a Monday of the current release with a forecast", week)
        return None
    if week < monday_of(today):
        draft.refuse(week.isoformat(), f"a week from {monday_of(today)} on", week)
        return None
    return place


def _quantity(draft: Draft, name: str, value: Any) -> Decimal | None:
    try:
        return clean_decimal(name, value, digits=18, places=3, at_least=Decimal(0))
    except Refused as refused:
        draft.refuse(name, refused.expected, refused.value)
        return None


def _move_tasks(after: Mapping[UUID, Position], now: datetime) -> None:
    us = acting_organisation_id()
    tasks = list(
        CommitTask.objects.filter(
            owner_id=us, schedule_id__in=[each.schedule_id for each in after.values()]
        )
    )
    for task in tasks:
        task.state = task_state(after[task.series_id], own_day(now))
        is_answered = task.state != CommitTask.State.OPEN
        task.answered_at = (task.answered_at or now) if is_answered else None
        task.version += 1
    CommitTask.objects.bulk_update(tasks, ["state", "answered_at", "version"])
