"""Container accounts of both sides: what is out, since when, and who counted what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from transport.models import (
    ContainerType,
    EmptiesAccount,
    EmptiesConfirmation,
    EmptiesMovement,
)
from transport.queries.whole import whole_rows
from transport.rules.empties import AgeBand, account, ageing
from transport.services.empties import entries_of

SORTS = {
    "partner": ("counterparty__short_name", "code", "pk"),
    "code": ("code", "counterparty__short_name", "pk"),
    "cover": ("cover_days", "code", "pk"),
    "oldest": ("oldest_on", "code", "pk"),
}
VIEWS = ("all", "short", "ours", "theirs")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFilter:
    """What to list; empty means any. ``view`` of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "all"
    code: str = ""
    partner_bpn: str = ""
    sort: str = "partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account: ``is_own`` where the containers belong to the viewer."""

    id: UUID
    code: str
    lender: Name
    holder: Name
    is_own: bool
    issued: int
    returned: int
    scrapped: int
    oldest_on: date | None
    on_hand: int | None
    cover_days: Decimal | None
    is_cover_at_least: bool
    missing: int
    judged_at: datetime | None
    version: int

    @property
    def balance(self) -> int:
        """Containers out: issued less returned and scrapped."""
        return self.issued - self.returned - self.scrapped

    @property
    def partner(self) -> Name:
        """The other side."""
        return self.holder if self.is_own else self.lender

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"empties-{self.id}"

    @property
    def tone(self) -> str:
        """How the account stands: short, more back than out, or fine."""
        if self.balance < 0 or self.missing:
            return "crit" if self.missing else "warn"
        return "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRow:
    """One booking."""

    id: UUID
    kind: str
    kind_label: str
    number: int
    reference: str
    assets: list[str]
    moved_on: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """One month as both sides counted it; ``None`` = has not said."""

    month: date
    ours: int | None
    theirs: int | None
    booked: int
    notes: list[str]

    @property
    def difference(self) -> int | None:
        """Theirs less ours; ``None`` while one side is silent."""
        if self.ours is None or self.theirs is None:
            return None
        return self.theirs - self.ours


def accounts(wanted: AccountFilter | None = None) -> "QuerySet[EmptiesAccount]":
    """Return the visible accounts that the filter has: a query set."""
    chosen = wanted or AccountFilter()
    us = acting_organisation_id()
    rows = whole_rows(EmptiesAccount.objects.all()).filter(
        {
            "all": Q(),
            "short": Q(missing__gt=0),
            "ours": Q(owner_id=us),
            "theirs": ~Q(owner_id=us),
        }[chosen.view]
    )
    if chosen.code:
        rows = rows.filter(code__istartswith=chosen.code)
    if chosen.partner_bpn:
        rows = rows.filter(
            Q(owner_id=us, counterparty__bpn=chosen.partner_bpn) | Q(owner__bpn=chosen.partner_bpn)
        )
    return rows


def account_list(
    wanted: AccountFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[AccountRow]:
    """Return accounts in the order the filter asks for."""
    chosen = wanted or AccountFilter()
    rows = accounts(chosen).order_by(*SORTS[chosen.sort])
    return account_rows(rows[offset : offset + limit])


def account_rows(found: Iterable[EmptiesAccount]) -> list[AccountRow]:
    """Return the plain rows of accounts."""
    rows = list(found)
    us = acting_organisation_id()
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    return [
        AccountRow(
            id=row.pk,
            lender=names.get(row.owner_id, NOBODY),
            holder=names.get(row.counterparty_id, NOBODY),
            is_own=row.owner_id == us,
            **{name: getattr(row, name) for name in _FIGURES},
        )
        for row in rows
    ]


_FIGURES = (
    "code", "issued", "returned", "scrapped", "oldest_on", "on_hand", "cover_days",
    "is_cover_at_least", "missing", "judged_at", "version",
)  # fmt: skip


def account_by_key(key: UUID) -> AccountRow | None:
    """Return one visible account."""
    return next(iter(account_rows(accounts().filter(pk=key))), None)


def age_bands(key: UUID, *, on: date) -> tuple[AgeBand, ...]:
    """Return how long the containers of an account have been out."""
    row = EmptiesAccount.objects.get(pk=key)
    return ageing(account(entries_of(row), on), on)


def movements(key: UUID, *, limit: int = 200) -> list[MovementRow]:
    """Return the newest bookings of an account."""
    rows = EmptiesMovement.objects.filter(account_id=key).order_by("-moved_on", "-pk")[:limit]
    return [
        MovementRow(
            id=row.pk,
            kind=row.kind,
            kind_label=str(EmptiesMovement.Kind(row.kind).label),
            number=row.number,
            reference=row.reference,
            assets=row.assets,
            moved_on=row.moved_on,
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]


def balances(key: UUID) -> list[tuple[date, int]]:
    """Return the balance at the end of each day something moved, oldest first."""
    found: dict[date, int] = {}
    total = 0
    rows = EmptiesMovement.objects.filter(account_id=key).order_by("moved_on", "pk")
    for day, kind, number in rows.values_list("moved_on", "kind", "number"):
        total += number if kind == EmptiesMovement.Kind.ISSUED else -number
        found[day] = total
    return list(found.items())


def months(key: UUID) -> list[MonthRow]:
    """Return the months that somebody confirmed, newest first."""
    us = acting_organisation_id()
    told: dict[date, dict[bool, EmptiesConfirmation]] = {}
    for each in EmptiesConfirmation.objects.filter(account_id=key).order_by("-month"):
        told.setdefault(each.month, {})[each.owner_id == us] = each
    return [_month(month, sides) for month, sides in told.items()]


def _month(month: date, sides: Mapping[bool, EmptiesConfirmation]) -> MonthRow:
    ours, theirs = sides.get(True), sides.get(False)
    latest = max(sides.values(), key=lambda each: each.confirmed_at)
    return MonthRow(
        month=month,
        ours=ours.counted if ours else None,
        theirs=theirs.counted if theirs else None,
        booked=latest.booked,
        notes=[each.note for each in sides.values() if each.note],
    )


def container_types() -> list[ContainerType]:
    """Return the acting organisation's own kinds of containers."""
    return list(ContainerType.objects.order_by("code"))
