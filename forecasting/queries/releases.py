"""Delivery schedules as far as the viewer may see: lists, one with its lines, drafts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField, Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from collab.work.fields import part_begins, partner_is, seen
from forecasting.models import (
    COMMIT,
    DEMAND,
    Commitment,
    DeliverySchedule,
    ReleaseAnswer,
    ReleaseDraft,
    ScheduleLine,
)
from forecasting.queries.advised import covered_lines

# What a grant may open; "lines" stands for the lines, "counterparty" for the supplier's name.
FIELDS = (
    "part_number", "supplier_part_number", "site_code", "unloading_point", "unit",
    "document_number", "previous_document_number", "issued_at", "published_at", "first_week",
    "quantities", "low", "high", "firm_until", "received_cumulative", "received_since",
    "in_transit", "backlog", "last_receipt", "production_go_ahead", "material_go_ahead", "alerts",
    "note", "origin", "counterparty", "lines",
)  # fmt: skip
ANSWER_FIELDS = ("verdict", "lines", "note", "answered_at")
VIEWS = ("current", "waiting", "rejected", "all")
SORTS = {
    "newest": (F("published_at").desc(), "pk"),
    "part": (F("seen_part_number").asc(nulls_last=True), "pk"),
    "site": (F("seen_site_code").asc(nulls_last=True), "pk"),
}
Verdict = ReleaseAnswer.Verdict
TONES = {
    "": "warn",
    Verdict.ACKNOWLEDGED.value: "info",
    Verdict.ACCEPTED.value: "ok",
    Verdict.PARTIAL.value: "warn",
    Verdict.REJECTED.value: "crit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the supplier said, as far as visible; ``lines`` maps a position to its verdict."""

    verdict: str
    lines: Mapping[str, Mapping[str, str]]
    note: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """One delivery schedule: the same row on the page, in the API, on the socket.

    ``values`` holds what the viewer may see. ``number`` is the viewer's own number of the part.
    """

    id: UUID
    series_id: UUID
    batch_id: UUID
    customer: Name
    supplier: Name
    is_own: bool
    is_received: bool
    is_current: bool
    release: int
    values: Mapping[str, Any]
    answer: Answered | None

    def __getattr__(self, name: str) -> Any:
        """Return a visible value; None for one that is hidden."""
        if name in FIELDS:
            return self.values.get(name)
        raise AttributeError(name)

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"schedule-{self.id}"

    @property
    def number(self) -> str:
        """The viewer's own number of the part, else the customer's."""
        theirs = str(self.values.get("part_number") or "")
        return (
            str(self.values.get("supplier_part_number") or theirs) if self.is_received else theirs
        )

    @property
    def verdict(self) -> str:
        """What was said to it; empty while nothing was."""
        return self.answer.verdict if self.answer else ""

    @property
    def verdict_label(self) -> str:
        """The verdict in words."""
        return str(Verdict(self.verdict).label) if self.verdict else _("Not acknowledged")

    @property
    def tone(self) -> str:
        """The tone of the verdict's pill."""
        return TONES[self.verdict]

    @property
    def total(self) -> Decimal | None:
        """The sum of all weeks [base units], None where they are hidden."""
        figures = self.values.get("quantities")
        if figures is None:
            return None
        return sum((each for each in figures if each is not None), Decimal(0))

    @property
    def can_answer(self) -> bool:
        """Whether the viewer may answer it."""
        return self.is_received and self.is_current


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One line of a schedule with its cumulative requirement and what was said to it."""

    position: int
    commitment: str
    due_from: date
    due_until: date
    quantity: Decimal
    cumulative: Decimal | None
    verdict: str
    reason: str
    advised: Decimal | None = None  # of it on the road; None where that is not shared

    @property
    def commitment_label(self) -> str:
        """How binding the line is, in words."""
        return str(Commitment(self.commitment).label)

    @property
    def is_day(self) -> bool:
        """Whether it is due on one day."""
        return self.due_from == self.due_until


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "current"
    part: str = ""
    site: str = ""
    partner_bpn: str = ""
    batch: UUID | None = None
    series: UUID | None = None
    sort: str = "newest"


def schedules(wanted: ScheduleFilter | None = None) -> Any:
    """Return the visible schedules that the filter has: a query set of ``DeliverySchedule``."""
    chosen = wanted or ScheduleFilter()
    rows = annotated().filter(_of_view(chosen.view))
    if chosen.part:
        rows = rows.filter(part_begins(chosen.part))
    if chosen.site:
        rows = rows.filter(seen_site_code=chosen.site)
    if chosen.partner_bpn:
        rows = rows.filter(partner_is(chosen.partner_bpn))
    if chosen.batch:
        rows = rows.filter(batch_id=chosen.batch)
    if chosen.series:
        rows = rows.filter(series_id=chosen.series)
    return rows


def schedule_list(
    wanted: ScheduleFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[ScheduleRow]:
    """Return schedules in the order the filter asks for."""
    chosen = wanted or ScheduleFilter()
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    rows = schedules(chosen).order_by(*SORTS[chosen.sort])
    return schedule_rows(rows[offset : offset + limit])


def count_schedules(wanted: ScheduleFilter | None = None) -> int:
    """Return how many rows the filter has."""
    number: int = schedules(wanted).count()
    return number


def schedules_by_key(keys: Iterable[UUID]) -> list[ScheduleRow]:
    """Return the visible rows among ``keys``."""
    return schedule_rows(DeliverySchedule.objects.filter(pk__in=list(keys)))


def schedule_rows(found: Iterable[DeliverySchedule]) -> list[ScheduleRow]:
    """Return the plain rows of schedules with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    answers = {
        each.schedule_id: each
        for each in ReleaseAnswer.objects.filter(schedule_id__in=[row.pk for row in rows])
    }
    return [_row(row, names, answers.get(row.pk)) for row in rows]


def lines_of_schedule(row: ScheduleRow) -> list[LineRow]:
    """Return the lines of a schedule by position; none where they are hidden."""
    if "lines" not in row.values:
        return []
    told = row.answer.lines if row.answer else {}
    sent = covered_lines([row.id])
    return [
        LineRow(
            position=each.position,
            commitment=each.commitment,
            due_from=each.due_from,
            due_until=each.due_until,
            quantity=each.quantity,
            cumulative=each.cumulative,
            verdict=told.get(str(each.position), {}).get("verdict", ""),
            reason=told.get(str(each.position), {}).get("reason", ""),
            advised=sent.get(each.pk),
        )
        for each in ScheduleLine.objects.filter(schedule_id=row.id).order_by("position")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A release on its way out, with why it is held."""

    id: UUID
    series_id: UUID
    part_number: str
    site_code: str
    unit: str
    supplier: Name
    state: str
    origin: str
    deviations: Sequence[Mapping[str, Any]]
    lines: int
    total: Decimal
    note: str
    created_at: datetime
    decided_at: datetime | None
    schedule_id: UUID | None
    version: int

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(ReleaseDraft.State(self.state).label)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.state in {ReleaseDraft.State.DRAFT, ReleaseDraft.State.HELD}

    @property
    def weeks_held(self) -> int:
        """How many weeks deviate."""
        return len({each["week"] for each in self.deviations if each.get("week")})


def drafts(*, state: str = "open") -> Any:
    """Return own drafts, newest first: a query set; ``open`` stands for those not decided."""
    rows = ReleaseDraft.objects.select_related("series")
    if state == "open":
        rows = rows.filter(state__in=[ReleaseDraft.State.DRAFT, ReleaseDraft.State.HELD])
    elif state:
        rows = rows.filter(state=state)
    return rows


def draft_rows(found: Iterable[ReleaseDraft]) -> list[DraftRow]:
    """Return the plain rows of own drafts."""
    rows = list(found)
    names = names_of({row.series.counterparty_id for row in rows})
    return [
        DraftRow(
            id=row.pk,
            series_id=row.series_id,
            part_number=row.series.part_number,
            site_code=row.series.site_code,
            unit=row.series.unit,
            supplier=names.get(row.series.counterparty_id, NOBODY),
            state=row.state,
            origin=row.origin,
            deviations=row.deviations,
            lines=len(row.document["lines"]),
            total=sum((Decimal(line[3]) for line in row.document["lines"]), Decimal(0)),
            note=row.note,
            created_at=row.created_at,
            decided_at=row.decided_at,
            schedule_id=row.schedule_id,
            version=row.version,
        )
        for row in rows
    ]


def annotated() -> Any:
    """Return the visible schedules with their columns as far as visible: ``seen_<column>``."""
    text = CharField()
    return DeliverySchedule.objects.annotate(
        seen_part_number=seen(DEMAND, "part_number", text),
        seen_supplier_part_number=seen(DEMAND, "supplier_part_number", text),
        seen_site_code=seen(DEMAND, "site_code", text),
        seen_published_at=seen(DEMAND, "published_at", DateTimeField()),
    )


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    if view == "all":
        return Q()
    found = Q(is_current=True)
    answers = ReleaseAnswer.objects.filter(schedule_id=OuterRef("pk"))
    if view == "waiting":
        found &= ~Q(Exists(answers))
    if view == "rejected":
        bad = answers.filter(verdict__in=[Verdict.REJECTED, Verdict.PARTIAL])
        found &= Q(Exists(bad))
    return found


def _row(
    row: DeliverySchedule, names: Mapping[int, Name], answer: ReleaseAnswer | None
) -> ScheduleRow:
    allowed = fields_for(DEMAND, row.owner_id, row.counterparty_id)
    supplier = names.get(row.counterparty_id, NOBODY)
    every = {name: getattr(row, name) for name in FIELDS if name not in {"counterparty", "lines"}}
    every |= {"counterparty": supplier.short, "lines": True}
    values = {
        name: value for name, value in every.items() if allowed is None or name in allowed
    }  # fmt: skip
    own = acting_organisation_id()
    return ScheduleRow(
        id=row.pk,
        series_id=row.series_id,
        batch_id=row.batch_id,
        customer=names.get(row.owner_id, NOBODY),
        supplier=supplier if "counterparty" in values else NOBODY,
        is_own=row.owner_id == own,
        is_received=row.counterparty_id == own,
        is_current=row.is_current,
        release=row.number,
        values=values,
        answer=_answered(answer),
    )


def _answered(answer: ReleaseAnswer | None) -> Answered | None:
    if answer is None:
        return None
    allowed = fields_for(COMMIT, answer.owner_id, answer.counterparty_id)

    def shown(name: str, empty: Any) -> Any:
        return getattr(answer, name) if allowed is None or name in allowed else empty

    return Answered(
        verdict=shown("verdict", Verdict.ACKNOWLEDGED.value),
        lines=shown("lines", {}),
        note=shown("note", ""),
        answered_at=shown("answered_at", None),
    )
