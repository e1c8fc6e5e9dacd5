"""What counts as committed when the supplier stays silent beyond its time (FC-08)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from forecasting.models import Commit, CommitTask
from forecasting.queries.positions import AUTO, Position, positions
from forecasting.rules.commit import commit_silence
from forecasting.services.commit_alerts import judge_buyer, judge_supplier
from forecasting.services.commits import new_commit, write_commits

CHUNK = 200
UNANSWERED = (CommitTask.State.OPEN, CommitTask.State.PARTIAL, CommitTask.State.EXCEPTION)


@transaction.atomic
def settle_silence(*, as_of: datetime) -> int:
    """Commit for the acting supplier what it left open beyond its time; return how many series.

    Previous commit, else the agreed share of the forecast, never above the forecast, inside the
    commit horizon (WE-9). A second run finds nothing more to do.
    """
    us = acting_organisation_id()
    due = (
        CommitTask.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(owner_id=us, state__in=UNANSWERED, due_at__lte=as_of)
        .order_by("due_at", "pk")
    )
    written = 0
    keys = list(due.values_list("series_id", flat=True))
    for first in range(0, len(keys), CHUNK):
        rows = [
            row
            for each in positions(keys[first : first + CHUNK])
            if each.supplier_id == us and each.terms.is_auto_commit
            for row in [auto_row(each, as_of=as_of)]
            if row is not None
        ]
        write_commits(rows, as_of=as_of)
        written += len(rows)
    return written


def auto_row(position: Position, *, as_of: datetime) -> Commit | None:
    """Return the automatic commit for a position, None where nothing is open."""
    asked = position.open_weeks(own_day(as_of))
    weeks = position.commit_weeks()
    horizon = position.terms.commit_horizon_weeks
    before = [weeks[week] for week in asked]
    after = commit_silence(before, share=position.terms.auto_share, horizon_weeks=horizon)
    committed, reasons = list(position.committed), dict(position.reasons)
    for week, old, new in zip(asked, before, after, strict=True):
        if old.commit is None and new.commit is not None:
            committed[position.places[week]] = new.commit
            reasons[week.isoformat()] = AUTO
    if committed == list(position.committed):
        return None
    before_row = position.commit
    return new_commit(
        position,
        committed=committed,
        reasons=reasons,
        origin=Commit.Origin.AUTO.value,
        at=as_of,
        upside=position.upside,
        buckets=position.buckets,
        on_hand=before_row.on_hand if before_row else None,
    )


def judge_all(*, as_of: datetime) -> None:
    """Judge again what time alone changes: silence and past-due commits, for either side."""
    us = acting_organisation_id()
    tasks = CommitTask.objects.exclude(state=CommitTask.State.REPLACED)
    by_role: dict[bool, list[UUID]] = defaultdict(list)
    for owner_id, customer_id, key in tasks.values_list("owner_id", "counterparty_id", "series_id"):
        if us in {owner_id, customer_id}:
            by_role[owner_id == us].append(key)
    for chunk in _chunks(by_role[True]):
        judge_supplier(chunk, as_of=as_of)
    for chunk in _chunks(by_role[False]):
        judge_buyer(chunk, as_of=as_of)


def _chunks(keys: Sequence[UUID]) -> list[list[Position]]:
    return [positions(keys[first : first + CHUNK]) for first in range(0, len(keys), CHUNK)]
