"""Requests for data: those to answer, those we made, and what came of them (IN-19)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import with_partner
from inventory.models import (
    Cause,
    Criticality,
    DataAnswer,
    DataRequest,
    Effect,
    Ending,
    RequestOrigin,
)
from inventory.rules.data_request import Decision, Standing, standing, steps_open
from transport.queries.whole import whole_rows

VIEWS = ("answer", "received", "sent", "ended", "all")
RANK = Case(
    When(criticality=Criticality.HIGH, then=Value(0)),
    When(criticality=Criticality.MEDIUM, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
SORTS: Mapping[str, Sequence[Any]] = {
    "due": ("due_at", "pk"),
    "newest": ("-changed_at", "-pk"),
    "criticality": (RANK, "due_at", "pk"),
    "end": ("ends_at", "pk"),
}
LABELS = {
    Standing.OPEN: pgettext_lazy("request", "Waits for an answer"),
    Standing.FORWARDED: _("Passed on"),
    Standing.APPROVED: _("Answered in part"),
    Standing.FINAL: _("Answered"),
    Standing.DECLINED: _("Declined"),
    Standing.ENDED: pgettext_lazy("request", "Ended"),
}
TONES = {
    Standing.OPEN: "warn",
    Standing.FORWARDED: "info",
    Standing.APPROVED: "info",
    Standing.FINAL: "ok",
    Standing.DECLINED: "done",
    Standing.ENDED: "done",
}
URGENCY = {Criticality.LOW: "info", Criticality.MEDIUM: "warn", Criticality.HIGH: "crit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``.

    "answer" are received ones that wait for us; ``part`` is a number of either side.
    """

    view: str = "answer"
    criticality: str = ""
    part: str = ""
    partner_bpn: str = ""
    sort: str = "due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is told of one part [base units, days]; ``part`` may be a keyed name."""

    part: str
    on_hand: Decimal | None
    unit: str
    days: Decimal | None
    is_at_least: bool
    lowest: Decimal | None
    short_from: date | None
    observed_at: datetime | None

    @property
    def days_text(self) -> str:
        """The days of supply with "≥" where the stock outlasts the known demand."""
        if self.days is None:
            return ""
        return f"≥ {self.days}" if self.is_at_least else str(self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request: the same row on the page, in the API, on the socket."""

    id: UUID
    number: int
    asker: Name
    asked: Name
    is_own: bool  # we asked
    cause: str
    effect: str
    criticality: str
    text: str
    parts: Sequence[str]
    partner_parts: Sequence[str]
    starts_at: datetime
    ends_at: datetime
    due_at: datetime
    ended_at: datetime | None
    ending: str
    created_at: datetime
    changed_at: datetime
    version: int
    standing: Standing
    decision: Decision
    notice_id: UUID | None  # of own ones: what they were made for
    received_id: UUID | None
    is_late: bool

    @property
    def name(self) -> str:
        """The number as people say it; counted by the two sides."""
        return f"R-{self.number}"

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"request-{self.id}"

    @property
    def partner(self) -> Name:
        """The other side."""
        return self.asked if self.is_own else self.asker

    @property
    def is_live(self) -> bool:
        """Whether it has not ended."""
        return self.standing is not Standing.ENDED

    @property
    def steps(self) -> frozenset[str]:
        """What we can do as the asked side."""
        if self.is_own:
            return frozenset()
        return frozenset(step.value for step in steps_open(self.decision, is_live=self.is_live))

    @property
    def label(self) -> str:
        """How far it has come, in words."""
        return str(LABELS[self.standing])

    @property
    def tone(self) -> str:
        """The tone of its pill."""
        return "crit" if self.is_late else TONES[self.standing]

    @property
    def urgency(self) -> str:
        """The tone of its criticality."""
        return URGENCY[Criticality(self.criticality)]

    @property
    def criticality_label(self) -> str:
        """The criticality in words."""
        return str(Criticality(self.criticality).label)

    @property
    def cause_label(self) -> str:
        """The cause in words."""
        return str(Cause(self.cause).label)

    @property
    def effect_label(self) -> str:
        """The effect in words."""
        return str(Effect(self.effect).label)

    @property
    def ending_label(self) -> str:
        """What ended it, in words."""
        return str(Ending(self.ending).label) if self.ending else str(Ending.DATE.label)

    @property
    def our_parts(self) -> list[str]:
        """The parts by the viewer's numbers, the other side's where it has none."""
        if self.is_own:
            return list(self.parts)
        return [
            own or theirs for theirs, own in zip(self.parts, self.partner_parts, strict=True)
        ]  # fmt: skip


def requests(wanted: RequestFilter | None = None) -> "QuerySet[DataRequest]":
    """Return the visible requests that the filter has: a query set, without an order.

    A grant that opens some fields only opens no request.
    """
    chosen = wanted or RequestFilter(view="all")
    rows = whole_rows(DataRequest.objects.filter(_of_view(chosen.view)))
    if chosen.criticality:
        rows = rows.filter(criticality=chosen.criticality)
    if chosen.part:
        part = [chosen.part]
        rows = rows.filter(Q(parts__contains=part) | Q(partner_parts__contains=part))
    if chosen.partner_bpn:
        rows = rows.filter(with_partner(chosen.partner_bpn))
    return rows


def request_list(
    wanted: RequestFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[RequestRow]:
    """Return requests in the order the filter asks for."""
    chosen = wanted or RequestFilter(view="all")
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    found = requests(chosen).order_by(*SORTS[chosen.sort])
    return request_rows(found[offset : offset + limit])


def count_requests(wanted: RequestFilter | None = None) -> int:
    """Return how many rows the filter has."""
    return requests(wanted).count()


def requests_by_key(keys: Iterable[UUID]) -> list[RequestRow]:
    """Return the visible requests with these keys, newest first."""
    return request_rows(requests().filter(pk__in=list(keys)).order_by("-changed_at", "-pk"))


def request_by_key(key: UUID) -> RequestRow | None:
    """Return one visible request."""
    return next(iter(requests_by_key([key])), None)


def requests_for(
    *, notice_id: UUID | None = None, received_id: UUID | None = None
) -> list[RequestRow]:
    """Return own requests made for a notice, or for a received request, oldest first."""
    origins = RequestOrigin.objects.filter(notice_id=notice_id, received_id=received_id)
    keys = list(origins.values_list("request", flat=True))
    return request_rows(requests().filter(pk__in=keys).order_by("created_at", "pk"))


def own_answer(request_id: UUID) -> DataAnswer | None:
    """Return what we answered to a request, also after it has ended."""
    return DataAnswer.objects.filter(
        request_id=request_id, owner_id=acting_organisation_id()
    ).first()


def figures_shown(told: Sequence[Mapping[str, Any]], parts: Sequence[str]) -> list[Figure]:
    """Return stored figures with the names of their parts."""
    return [figure_shown(each, part) for each, part in zip(told, parts, strict=True)]


def figure_shown(told: Mapping[str, Any], part: str) -> Figure:
    """Return one stored figure under the name ``part``."""
    on_hand, days, lowest = (told[name] for name in ("on_hand", "days", "lowest"))
    short, observed = told["short_from"], told["observed_at"]
    return Figure(
        part=part,
        on_hand=None if on_hand is None else Decimal(on_hand),
        unit=told["unit"],
        days=None if days is None else Decimal(days),
        is_at_least=told["is_at_least"],
        lowest=None if lowest is None else Decimal(lowest),
        short_from=date.fromisoformat(short) if short else None,
        observed_at=datetime.fromisoformat(observed) if observed else None,
    )


def request_rows(found: Iterable[DataRequest]) -> list[RequestRow]:
    """Return the plain rows of requests; four queries however many there are."""
    rows, own, now = list(found), acting_organisation_id(), timezone.now()
    keys = [row.pk for row in rows]
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    answers = {
        answer.request_id: answer
        for answer in whole_rows(DataAnswer.objects.filter(request_id__in=keys))
    }
    origins = {each.request_id: each for each in RequestOrigin.objects.filter(request__in=keys)}
    passed_on = set(
        RequestOrigin.objects.filter(received_id__in=keys).values_list("received_id", flat=True)
    )
    found_rows = []
    for row in rows:
        answer, origin = answers.get(row.pk), origins.get(row.pk)
        decision = Decision(answer.decision) if answer else Decision.NONE
        is_live = row.ended_at is None and row.ends_at > now
        found_rows.append(
            RequestRow(
                asker=names.get(row.owner_id, NOBODY),
                asked=names.get(row.counterparty_id, NOBODY),
                is_own=row.owner_id == own,
                standing=standing(
                    decision,
                    has_forwards=row.pk in passed_on,
                    is_final=bool(answer and answer.is_final),
                    is_live=is_live,
                ),
                decision=decision,
                notice_id=origin.notice_id if origin else None,
                received_id=origin.received_id if origin else None,
                is_late=is_live and decision is Decision.NONE and row.due_at < now,
                **{name: getattr(row, name) for name in _COPIED},
            )
        )
    return found_rows


_COPIED = (
    "id", "number", "cause", "effect", "criticality", "text", "parts", "partner_parts",
    "starts_at", "ends_at", "due_at", "ended_at", "ending", "created_at", "changed_at", "version",
)  # fmt: skip


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    own: Any = acting_organisation_id()
    live = Q(ended_at__isnull=True, ends_at__gt=timezone.now())
    received = Q(counterparty_id=own) & ~Q(owner_id=own)
    answered = DataAnswer.objects.filter(owner_id=own).values("request_id")
    return {
        "answer": received & live & ~Q(pk__in=answered),
        "received": received,
        "sent": Q(owner_id=own) & live,
        "ended": Q(owner_id=own) & ~live,
    }.get(view, Q())
