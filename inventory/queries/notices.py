"""Disruption notices sent and received, their chain of forwards, and their earlier words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import with_partner
from inventory.models import (
    Cause,
    DisruptionNotice,
    Effect,
    NoticeAcceptance,
    NoticeTrail,
    NoticeVersion,
)
from transport.queries.whole import whole_rows

State = DisruptionNotice.State
VIEWS = ("open", "received", "sent", "resolved", "all")
SORTS = {
    "newest": ("-changed_at", "-pk"),
    "start": ("starts_at", "pk"),
    "end": ("ends_at", "pk"),
    "cause": ("cause", "-changed_at", "-pk"),
}
LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``.

    "open" are open ones of both directions; ``part`` begins a number of either side.
    """

    view: str = "open"
    cause: str = ""
    effect: str = ""
    part: str = ""
    partner_bpn: str = ""
    sort: str = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notice: the same row on the page, in the API, on the socket."""

    id: UUID
    number: int
    sender: Name
    recipient: Name
    recipient_id: int
    is_own: bool
    is_ours: bool  # addressed to the viewer
    is_accepted: bool
    is_forwarded: bool  # by the viewer
    cause: str
    effect: str
    state: str
    starts_at: datetime
    ends_at: datetime | None
    text: str
    resolution: str
    resolved_at: datetime | None
    sites: Sequence[str]
    partner_sites: Sequence[str]
    parts: Sequence[str]
    partner_parts: Sequence[str]
    source_id: UUID
    related_id: UUID | None
    created_at: datetime
    changed_at: datetime
    version: int

    @property
    def name(self) -> str:
        """The number as people say it; counted by sender and recipient."""
        return f"N-{self.number}"

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"notice-{self.id}"

    @property
    def partner(self) -> Name:
        """The other side."""
        return self.recipient if self.is_own else self.sender

    @property
    def is_open(self) -> bool:
        """Whether the effect goes on."""
        return self.state == State.OPEN

    @property
    def cause_label(self) -> str:
        """The cause in words."""
        return str(Cause(self.cause).label)

    @property
    def effect_label(self) -> str:
        """The effect in words."""
        return str(Effect(self.effect).label)

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(State(self.state).label)

    @property
    def tone(self) -> str:
        """The tone of its pill."""
        if not self.is_open:
            return "done"
        burdens = {Effect.CAPACITY_REDUCTION, Effect.DEMAND_INCREASE}
        return "warn" if self.effect in burdens else "info"

    @property
    def named_parts(self) -> list[tuple[str, str]]:
        """Each part by the viewer's number first, the other side's second."""
        pairs = list(zip(self.parts, self.partner_parts, strict=True))
        return [(theirs or mine, mine) for mine, theirs in pairs] if self.is_ours else pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """A notice of a chain of forwards; ``depth`` counts from the first that the viewer sees."""

    row: NoticeRow
    depth: int
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """What a notice said before it was changed."""

    number: int
    stated_at: datetime
    text: str
    starts_at: datetime
    ends_at: datetime | None
    parts: Sequence[str]


def notices(wanted: NoticeFilter | None = None) -> "QuerySet[DisruptionNotice]":
    """Return the visible notices that the filter has: a query set, without an order.

    A grant that opens some fields only opens no notice.
    """
    chosen = wanted or NoticeFilter(view="all")
    rows = whole_rows(DisruptionNotice.objects.filter(_of_view(chosen.view)))
    if chosen.cause:
        rows = rows.filter(cause=chosen.cause)
    if chosen.effect:
        rows = rows.filter(effect=chosen.effect)
    if chosen.part:
        rows = rows.filter(
            Q(parts__contains=[chosen.part]) | Q(partner_parts__contains=[chosen.part])
        )
    if chosen.partner_bpn:
        rows = rows.filter(with_partner(chosen.partner_bpn))
    return rows


def notice_list(
    wanted: NoticeFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[NoticeRow]:
    """Return notices in the order the filter asks for."""
    chosen = wanted or NoticeFilter(view="all")
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    return notice_rows(notices(chosen).order_by(*SORTS[chosen.sort])[offset : offset + limit])


def count_notices(wanted: NoticeFilter | None = None) -> int:
    """Return how many rows the filter has."""
    return notices(wanted).count()


def notices_by_key(keys: Iterable[UUID]) -> list[NoticeRow]:
    """Return the visible notices with these keys, newest first."""
    return notice_rows(notices().filter(pk__in=list(keys)).order_by("-changed_at", "-pk"))


def notice_by_key(key: UUID) -> NoticeRow | None:
    """Return one visible notice."""
    return next(iter(notices_by_key([key])), None)


def notice_rows(found: Iterable[DisruptionNotice]) -> list[NoticeRow]:
    """Return the plain rows of notices; four queries however many there are."""
    rows = list(found)
    keys = [row.pk for row in rows]
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    own = acting_organisation_id()
    accepted = set(
        NoticeAcceptance.objects.filter(notice_id__in=keys).values_list("notice_id", flat=True)
    )
    forwarded = set(
        NoticeTrail.objects.filter(received_id__in=keys).values_list("received_id", flat=True)
    )
    return [
        NoticeRow(
            sender=names.get(row.owner_id, NOBODY),
            recipient=names.get(row.counterparty_id, NOBODY),
            recipient_id=row.counterparty_id,
            is_own=row.owner_id == own,
            is_ours=row.counterparty_id == own,
            is_accepted=row.pk in accepted,
            is_forwarded=row.pk in forwarded,
            **{name: getattr(row, name) for name in _COPIED},
        )
        for row in rows
    ]


_COPIED = (
    "id", "number", "cause", "effect", "state", "starts_at", "ends_at", "text", "resolution",
    "resolved_at", "sites", "partner_sites", "parts", "partner_parts", "source_id", "related_id",
    "created_at", "changed_at", "version",
)  # fmt: skip


def chain_of(row: NoticeRow) -> list[ChainLink]:
    """Return the chain that a notice is part of, as far as the viewer sees it, first first.

    Upwards the notices it was forwarded from, downwards those that forward it; what a forwarder
    keeps to itself ends the chain for everybody else.
    """
    above: list[NoticeRow] = []
    current: NoticeRow | None = row
    while current is not None and len(above) < LONGEST_CHAIN:
        current = _received_of(current)
        if current is not None:
            above.insert(0, current)
    links = [ChainLink(row=each, depth=depth, is_current=False) for depth, each in enumerate(above)]
    links.append(ChainLink(row=row, depth=len(above), is_current=True))
    links += _below(row, len(above) + 1)
    return links


def versions_of(key: UUID) -> list[VersionRow]:
    """Return what a visible notice said before, newest first."""
    rows = whole_rows(NoticeVersion.objects.filter(notice_id=key)).order_by("-number")
    return [
        VersionRow(
            number=row.number,
            stated_at=row.stated_at,
            text=row.facts["text"],
            starts_at=datetime.fromisoformat(row.facts["starts_at"]),
            ends_at=_instant(row.facts["ends_at"]),
            parts=row.facts["parts"],
        )
        for row in rows
    ]


def _received_of(row: NoticeRow) -> NoticeRow | None:
    """Return the visible notice that ``row`` forwards."""
    trail = NoticeTrail.objects.filter(notice_id=row.id).values_list("received_id", flat=True)
    key = row.related_id or trail.first()
    return notice_by_key(key) if key is not None else None


def _below(row: NoticeRow, depth: int) -> list[ChainLink]:
    """Return the visible notices that forward ``row``, each before those that forward it."""
    if depth > LONGEST_CHAIN:
        return []
    trails = NoticeTrail.objects.filter(received_id=row.id).values_list("notice_id", flat=True)
    found = notices().filter(Q(related_id=row.id) | Q(pk__in=list(trails)))
    links: list[ChainLink] = []
    for each in notice_rows(found.order_by("created_at", "pk")):
        links.append(ChainLink(row=each, depth=depth, is_current=False))
        links += _below(each, depth + 1)
    return links


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    own: Any = acting_organisation_id()
    return {
        "open": Q(state=State.OPEN),
        "received": Q(counterparty_id=own) & ~Q(owner_id=own),
        "sent": Q(owner_id=own),
        "resolved": Q(state=State.RESOLVED),
    }.get(view, Q())
