"""Refreshes of partners' figures as both sides see them, and what each night came to (IN-11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import with_partner
from inventory.models import PartnerRefresh, RefreshResult
from transport.queries.whole import whole_rows

State, Result = PartnerRefresh.State, PartnerRefresh.Result
VIEWS = ("ours", "failed", "asked", "stopped", "all")
SORTS = {
    "newest": ("-changed_at", "-pk"),
    "part": ("part_number", "kind", "pk"),
    "oldest": ("figure_at", "pk"),
    "missed": ("-missed", "part_number", "pk"),
}
WAITING = (Result.WAITING, Result.UNANSWERED)
FAILED = (Result.UNANSWERED, Result.UNREACHED)
SHOWN_NIGHTS = 14
TONES = {
    Result.NONE: "info",
    Result.WAITING: "brand",
    Result.ANSWERED: "ok",
    Result.UNANSWERED: "crit",
    Result.UNREACHED: "warn",
}


ANSWER_PAGES = {
    PartnerRefresh.Kind.STOCK: "inventory:report",
    PartnerRefresh.Kind.DAYS: "inventory:report",
    PartnerRefresh.Kind.DELIVERIES: "transport:advices",
    PartnerRefresh.Kind.OUTPUT: "inventory:plan",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``.

    "ours" are wanted by the viewer, "failed" those of them without an answer, "asked" what
    partners wait for; ``part`` begins a number of either side.
    """

    view: str = "ours"
    kind: str = ""
    part: str = ""
    partner_bpn: str = ""
    sort: str = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRow:
    """One refresh: the same row on the page, in the API, on the socket."""

    id: UUID
    is_own: bool
    asker: Name
    partner: Name
    part_number: str
    partner_part_number: str
    kind: str
    direction: str
    state: str
    result: str
    idle_days: int
    used_at: datetime
    asked_at: datetime | None
    figure_at: datetime | None
    missed: int
    changed_at: datetime
    version: int

    @property
    def number(self) -> str:
        """The viewer's own number of the part, else the other side's."""
        return (self.part_number if self.is_own else self.partner_part_number) or self.part_number

    @property
    def other(self) -> Name:
        """The other side."""
        return self.partner if self.is_own else self.asker

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"refresh-{self.id}"

    @property
    def is_active(self) -> bool:
        """Whether nights ask for it."""
        return self.state == State.ACTIVE

    @property
    def is_waiting(self) -> bool:
        """Whether the partner is to answer."""
        return self.is_active and self.result in WAITING

    @property
    def kind_label(self) -> str:
        """The kind of figures in words."""
        return str(PartnerRefresh.Kind(self.kind).label)

    @property
    def direction_label(self) -> str:
        """The direction in words."""
        return str(PartnerRefresh.Direction(self.direction).label)

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(State(self.state).label)

    @property
    def result_label(self) -> str:
        """What came of the last question, in words."""
        return str(Result(self.result).label)

    @property
    def tone(self) -> str:
        """How the result is shown."""
        return TONES[Result(self.result)]

    @property
    def answer_page(self) -> str:
        """The name of the page on which figures of this kind are given."""
        return ANSWER_PAGES[PartnerRefresh.Kind(self.kind)]

    @property
    def stops_at(self) -> datetime:
        """When it stops by itself unless somebody uses it."""
        return self.used_at + timedelta(days=self.idle_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRow:
    """What a night came to with one partner; counts are of its refreshes."""

    partner: Name
    night: date
    asked: int
    fresh: int
    unanswered: int
    unreached: int
    stopped: int
    fault: str
    ended_at: datetime

    @property
    def is_bad(self) -> bool:
        """Whether something is missing."""
        return bool(self.fault or self.unanswered or self.unreached)


def refreshes(wanted: RefreshFilter | None = None) -> "QuerySet[PartnerRefresh]":
    """Return the visible refreshes of the filter (any without one): a query set, not in order."""
    rows = whole_rows(PartnerRefresh.objects.all())
    if wanted is None:
        return rows
    if wanted.view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {wanted.view!r}")
    rows = rows.filter(_of_view(wanted.view))
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.part:
        rows = rows.filter(
            Q(part_number__istartswith=wanted.part)
            | Q(partner_part_number__istartswith=wanted.part)
        )
    return rows.filter(with_partner(wanted.partner_bpn)) if wanted.partner_bpn else rows


def refresh_list(wanted: RefreshFilter, *, limit: int, offset: int = 0) -> list[RefreshRow]:
    """Return a page of refreshes in the order of the filter."""
    rows = refreshes(wanted).order_by(*SORTS[wanted.sort])
    return refresh_rows(rows[offset : offset + limit])


def refreshes_by_key(keys: Iterable[UUID]) -> list[RefreshRow]:
    """Return the visible refreshes with these keys."""
    return refresh_rows(refreshes().filter(pk__in=list(keys)).order_by("pk"))


def refresh_rows(found: Iterable[PartnerRefresh]) -> list[RefreshRow]:
    """Return plain rows."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    own = acting_organisation_id()
    return [
        RefreshRow(
            id=row.pk,
            is_own=row.owner_id == own,
            asker=names.get(row.owner_id, NOBODY),
            partner=names.get(row.counterparty_id, NOBODY),
            part_number=row.part_number,
            partner_part_number=row.partner_part_number,
            kind=row.kind,
            direction=row.direction,
            state=row.state,
            result=row.result,
            idle_days=row.idle_days,
            used_at=row.used_at,
            asked_at=row.asked_at,
            figure_at=row.figure_at,
            missed=row.missed,
            changed_at=row.changed_at,
            version=row.version,
        )
        for row in rows
    ]


def night_rows() -> list[NightRow]:
    """Return the newest result with each partner of the last 14 nights, the bad ones first."""
    since = own_day() - timedelta(days=SHOWN_NIGHTS)
    found = list(
        RefreshResult.objects.filter(owner_id=acting_organisation_id(), night__gte=since)
        .order_by("partner_id", "-night")
        .distinct("partner_id")
    )
    rows = plain_nights(found)
    return sorted(rows, key=lambda row: (not row.is_bad, row.partner.short))


def nights() -> "QuerySet[RefreshResult]":
    """Return every result of the acting organisation: a query set, not in order."""
    return RefreshResult.objects.filter(owner_id=acting_organisation_id())


def plain_nights(found: Iterable[RefreshResult]) -> list[NightRow]:
    """Return plain rows."""
    rows = list(found)
    names = names_of({row.partner_id for row in rows})
    return [
        NightRow(
            partner=names.get(row.partner_id, NOBODY),
            night=row.night,
            asked=row.asked,
            fresh=row.fresh,
            unanswered=row.unanswered,
            unreached=row.unreached,
            stopped=row.stopped,
            fault=row.fault,
            ended_at=row.ended_at,
        )
        for row in rows
    ]


def _of_view(view: str) -> Q:
    own = Q(owner_id=acting_organisation_id())
    return {
        "ours": own & ~Q(state=State.STOPPED),
        "failed": own & Q(state=State.ACTIVE, result__in=FAILED),
        "asked": ~own & Q(state=State.ACTIVE, result__in=WAITING),
        "stopped": own & Q(state=State.STOPPED),
        "all": Q(),
    }[view]
