"""Commits as lists: what is to be answered, what was answered, where the gaps are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, DateTimeField, F, Q
from django.utils import timezone

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from collab.work.fields import part_begins, partner_is, seen
from forecasting.models import COMMIT, Commit, CommitReview, CommitTask
from forecasting.queries.positions import Position, positions

FIELDS = (
    "part_number", "supplier_part_number", "site_code", "schedule_number", "state",
    "published_at", "due_at", "answered_at",
)  # fmt: skip
COMMIT_FIELDS = (
    "part_number", "supplier_part_number", "site_code", "unit", "schedule_number", "number",
    "origin", "first_week", "quantities", "upside", "on_hand", "buckets", "states", "reasons",
    "note", "committed_at",
)  # fmt: skip
VIEWS = ("todo", "overdue", "gaps", "answered", "all")
SORTS = {
    "due": (F("seen_due_at").asc(nulls_last=True), "pk"),
    "part": (F("seen_part_number").asc(nulls_last=True), "pk"),
    "newest": (F("seen_published_at").desc(nulls_last=True), "pk"),
}
UNANSWERED = (CommitTask.State.OPEN, CommitTask.State.PARTIAL)
GAPS = (CommitTask.State.PARTIAL, CommitTask.State.EXCEPTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFilter:
    """What to list; empty means any. ``part`` is the beginning of either partner's number."""

    view: str = "all"
    part: str = ""
    site: str = ""
    partner_bpn: str = ""
    sort: str = "due"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A release to be answered by a supplier; ``values`` holds what the viewer may see.

    ``partner`` is the other side. ``position`` is where the series stands, if wanted and visible.
    """

    id: UUID
    series_id: UUID
    schedule_id: UUID
    customer: Name
    supplier: Name
    partner: Name
    is_ours: bool
    is_overdue: bool
    version: int
    values: Mapping[str, Any]
    position: Position | None = None
    gap: Decimal = Decimal(0)
    review: str = ""

    def __getattr__(self, name: str) -> Any:
        """Return a visible value; None for one that is hidden."""
        if name in FIELDS:
            return self.values.get(name)
        raise AttributeError(name)

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"commit-{self.id}"

    @property
    def number(self) -> str:
        """The viewer's own number of the part, else the customer's."""
        own = self.values.get("supplier_part_number") if self.is_ours else ""
        return str(own or self.values.get("part_number") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerCommits:
    """How one partner's answers stand: number of series by state, and what is missing in sum."""

    partner: Name
    partner_id: int
    series: int
    open: int
    overdue: int
    gaps: int
    answered: int


def tasks(wanted: CommitFilter | None = None) -> Any:
    """Return the visible tasks that match; a query set whose annotations are unknown to mypy."""
    chosen = wanted or CommitFilter()
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    rows = _annotated().filter(_of_view(chosen.view))
    if chosen.part:
        rows = rows.filter(part_begins(chosen.part))
    if chosen.site:
        rows = rows.filter(seen_site_code=chosen.site)
    if chosen.partner_bpn:
        rows = rows.filter(partner_is(chosen.partner_bpn))
    return rows.order_by(*SORTS[chosen.sort])


def task_rows(found: Iterable[CommitTask], *, with_positions: bool = False) -> list[TaskRow]:
    """Return the plain rows of tasks with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    stands: dict[UUID, Position] = {}
    reviews: dict[UUID, str] = {}
    if with_positions:
        stands = {each.series_id: each for each in positions([row.series_id for row in rows])}
        newest = [each.commit.pk for each in stands.values() if each.commit]
        reviews = dict(
            CommitReview.objects.filter(commit_id__in=newest).values_list("commit_id", "verdict")
        )
    return [_row(row, names, stands.get(row.series_id), reviews) for row in rows]


def task_rows_by_key(keys: Iterable[UUID]) -> list[TaskRow]:
    """Return the visible tasks among ``keys``, with where their series stand."""
    return task_rows(CommitTask.objects.filter(pk__in=list(keys)), with_positions=True)


def open_task_count(*, overdue_at: datetime | None = None) -> int:
    """Return how many releases the acting supplier has still to answer, or how many overdue."""
    rows = CommitTask.objects.filter(owner_id=acting_organisation_id(), state__in=UNANSWERED)
    if overdue_at is not None:
        rows = rows.filter(due_at__lt=overdue_at)
    found: int = rows.count()
    return found


def by_partner() -> list[PartnerCommits]:
    """Return how the answers stand partner by partner, most gaps first; one query."""
    us, now = acting_organisation_id(), timezone.now()
    seen_open = Q(seen_state__in=[*UNANSWERED])
    counts = (
        _annotated()
        .filter(_of_view("all"))
        .values("owner_id", "counterparty_id")
        .annotate(
            series=Count("pk"),
            open=Count("pk", filter=Q(seen_state=CommitTask.State.OPEN)),
            overdue=Count("pk", filter=seen_open & Q(seen_due_at__lt=now)),
            gaps=Count("pk", filter=Q(seen_state__in=[*GAPS])),
            answered=Count("pk", filter=Q(seen_state=CommitTask.State.COMMITTED)),
        )
        .order_by("owner_id", "counterparty_id")
    )
    found: dict[int, dict[str, int]] = {}
    for row in counts:
        other = row["counterparty_id"] if row["owner_id"] == us else row["owner_id"]
        sums = found.setdefault(
            other, {"series": 0, "open": 0, "overdue": 0, "gaps": 0, "answered": 0}
        )
        for name in sums:
            sums[name] += row[name]
    names = names_of(found)
    rows = [
        PartnerCommits(partner=names.get(key, NOBODY), partner_id=key, **sums)
        for key, sums in found.items()
    ]
    return sorted(rows, key=lambda row: (-row.gaps, -row.open, row.partner.short))


def commit_versions(series_id: UUID, *, limit: int = 50) -> list[Commit]:
    """Return the commits of a series, newest first, as rows that ``visible_commit`` filters."""
    return list(Commit.objects.filter(series_id=series_id).order_by("-number")[:limit])


def visible_commit(row: Commit) -> dict[str, Any]:
    """Return the fields of a commit that the viewer may see."""
    allowed = fields_for(COMMIT, row.owner_id, row.counterparty_id)
    return {
        name: getattr(row, name) for name in COMMIT_FIELDS if allowed is None or name in allowed
    }


def _annotated() -> Any:
    text, when = CharField(), DateTimeField()
    return CommitTask.objects.annotate(
        seen_part_number=seen(COMMIT, "part_number", text),
        seen_supplier_part_number=seen(COMMIT, "supplier_part_number", text),
        seen_site_code=seen(COMMIT, "site_code", text),
        seen_state=seen(COMMIT, "state", text),
        seen_due_at=seen(COMMIT, "due_at", when),
        seen_published_at=seen(COMMIT, "published_at", when),
    )


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    # A task whose state is hidden stays listed: NULL is neither replaced nor open.
    standing = ~Q(state=CommitTask.State.REPLACED)
    if view == "todo":
        return standing & Q(seen_state__in=[*UNANSWERED])
    if view == "overdue":
        return standing & Q(seen_state__in=[*UNANSWERED], seen_due_at__lt=timezone.now())
    if view == "gaps":
        return standing & Q(seen_state__in=[*GAPS])
    if view == "answered":
        return standing & Q(seen_state=CommitTask.State.COMMITTED)
    return standing


def _row(
    row: CommitTask,
    names: Mapping[int, Name],
    position: Position | None,
    reviews: Mapping[UUID, str],
) -> TaskRow:
    us = acting_organisation_id()
    allowed = fields_for(COMMIT, row.owner_id, row.counterparty_id)
    values = {
        name: getattr(row, name) for name in FIELDS if allowed is None or name in allowed
    }  # fmt: skip
    is_ours = row.owner_id == us
    knows_customer = us in {row.owner_id, row.counterparty_id} or allowed is None
    customer = names.get(row.counterparty_id, NOBODY) if knows_customer else NOBODY
    supplier = names.get(row.owner_id, NOBODY)
    due_at, state = values.get("due_at"), values.get("state")
    commit = position.commit if position else None
    return TaskRow(
        id=row.pk,
        series_id=row.series_id,
        schedule_id=row.schedule_id,
        customer=customer,
        supplier=supplier,
        partner=customer if is_ours else supplier,
        is_ours=is_ours,
        is_overdue=bool(due_at and state in UNANSWERED and due_at < timezone.now()),
        version=row.version,
        values=values,
        position=position,
        gap=position.gap(own_day()) if position else Decimal(0),
        review=reviews.get(commit.pk, "") if commit else "",
    )


def gap_weeks(position: Position, today: date) -> Sequence[tuple[date, Decimal]]:
    """Return the weeks in which less is committed than asked, with what is missing."""
    found = []
    inside = {week for bucket in position.buckets for week in bucket.mondays()}
    for week in position.open_weeks(today):
        asked = position.forecast[position.places[week]]
        given = position.committed[position.places[week]]
        if asked is not None and given is not None and given < asked and week not in inside:
            found.append((week, asked - given))
    return found
