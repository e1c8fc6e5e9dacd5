"""Tariffs, settlements and premium freight as both sides see them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from transport.models import FreightInvoice, PremiumAnswer, PremiumFreight, Settlement, Tariff
from transport.queries.whole import whole_rows
from transport.rules.premium import CauseCode, Claim, Party, PremiumTotal, totals
from transport.services.premium import claim_cents

BILL_VIEWS: Mapping[str, Q] = {
    "disputed": Q(state=Settlement.State.DISPUTED),
    "expected": Q(state=Settlement.State.EXPECTED),
    "approved": Q(state=Settlement.State.APPROVED),
    "all": Q(),
}
PREMIUM_VIEWS: Mapping[str, Q] = {
    "open": Q(state=PremiumFreight.State.REQUESTED),
    "agreed": Q(state__in=["approved", "moved"]),
    "claimed": Q(state=PremiumFreight.State.CLAIMED),
    "all": Q(),
}
BILL_TONES = {"expected": "info", "matched": "ok", "disputed": "crit", "approved": "ok"}
PREMIUM_TONES = {
    "requested": "warn", "approved": "ok", "refused": "crit", "moved": "brand", "claimed": "done",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFilter:
    """What to list; empty means any."""

    view: str = "all"
    number: str = ""
    partner_bpn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffRow:
    """One version of a tariff; ``is_own`` where the viewer buys by it."""

    id: UUID
    customer: Name
    carrier: Name
    is_own: bool
    number: str
    name: str
    mode: str
    vehicle_type: str
    currency: str
    lines: Sequence[Mapping[str, Any]]
    valid_from: date
    valid_to: date | None
    rank: int
    answer_minutes: int
    pickups_per_week: int | None
    is_active: bool
    version: int

    @property
    def rates(self) -> int:
        """How many rates it has."""
        return sum(1 for each in self.lines if each.get("kind", "rate") == "rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """What a load costs by agreement, beside what was billed."""

    id: UUID
    customer: Name
    carrier: Name
    is_own: bool
    load_id: UUID
    load_number: str
    state: str
    lines: Sequence[Mapping[str, Any]]
    expected_minor: int
    billed_minor: int | None
    approved_minor: int | None
    currency: str
    note: str
    settled_at: datetime | None
    invoice: str
    version: int

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"bill-{self.id}"

    @property
    def expected(self) -> Decimal:
        """By agreement, in the main unit."""
        return Decimal(self.expected_minor) / 100

    @property
    def billed(self) -> Decimal | None:
        """As billed, in the main unit."""
        return None if self.billed_minor is None else Decimal(self.billed_minor) / 100

    @property
    def approved(self) -> Decimal | None:
        """As approved, in the main unit."""
        return None if self.approved_minor is None else Decimal(self.approved_minor) / 100

    @property
    def difference(self) -> Decimal | None:
        """Billed less expected."""
        return None if self.billed is None else self.billed - self.expected

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(Settlement.State(self.state).label)

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return BILL_TONES[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumRow:
    """One request for premium freight with the other side's answer."""

    id: UUID
    asker: Name
    partner: Name
    is_own: bool
    number: str
    state: str
    part_number: str
    cause: str
    at_fault: str
    means: str
    cost_minor: int
    standard_cost_minor: int
    claim_minor: int
    currency: str
    reason: str
    needed_by: datetime
    requested_at: datetime
    decided_at: datetime | None
    order_id: UUID | None
    load_id: UUID | None
    alert_id: UUID | None
    answer: PremiumAnswer | None
    version: int

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"premium-{self.id}"

    @property
    def other(self) -> Name:
        """The other side."""
        return self.partner if self.is_own else self.asker

    @property
    def can_answer(self) -> bool:
        """Whether the viewer has to say something."""
        return not self.is_own and self.answer is None and self.state == "requested"

    @property
    def cost(self) -> Decimal:
        """What it costs, in the main unit."""
        return Decimal(self.cost_minor) / 100

    @property
    def claim(self) -> Decimal:
        """What is claimed, in the main unit."""
        return Decimal(self.claim_minor) / 100

    @property
    def is_against_viewer(self) -> bool:
        """Whether the cause lies with the viewer."""
        return self.at_fault == ("owner" if self.is_own else "counterparty")

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(PremiumFreight.State(self.state).label)

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return PREMIUM_TONES[self.state]


def tariffs(wanted: MoneyFilter | None = None) -> "QuerySet[Tariff]":
    """Return the visible tariffs in force or to come, newest version only unless asked for all."""
    chosen = wanted or MoneyFilter()
    rows = whole_rows(Tariff.objects.all())
    if chosen.view != "former":
        rows = rows.filter(is_active=True)
    found: QuerySet[Any] = _of(rows, chosen, "number")
    return found


def tariff_rows(found: Iterable[Tariff]) -> list[TariffRow]:
    """Return the plain rows of tariffs."""
    rows, names, us = _read(found)
    return [
        TariffRow(
            id=row.pk,
            customer=names.get(row.owner_id, NOBODY),
            carrier=names.get(row.counterparty_id, NOBODY),
            is_own=row.owner_id == us,
            **{name: getattr(row, name) for name in _TARIFF},
        )
        for row in rows
    ]


def settlements(wanted: MoneyFilter | None = None) -> "QuerySet[Settlement]":
    """Return the visible settlements that the filter has."""
    chosen = wanted or MoneyFilter()
    rows = whole_rows(Settlement.objects.all()).filter(BILL_VIEWS[chosen.view])
    found: QuerySet[Any] = _of(rows, chosen, "load_number")
    return found


def bill_rows(found: Iterable[Settlement]) -> list[BillRow]:
    """Return the plain rows of settlements with the number of the invoice."""
    rows, names, us = _read(found)
    keys = [row.invoice_id for row in rows if row.invoice_id]
    invoices = dict(
        whole_rows(FreightInvoice.objects.filter(pk__in=keys)).values_list("pk", "number")
    )
    return [
        BillRow(
            id=row.pk,
            customer=names.get(row.owner_id, NOBODY),
            carrier=names.get(row.counterparty_id, NOBODY),
            is_own=row.owner_id == us,
            invoice=invoices.get(row.invoice_id, ""),
            **{name: getattr(row, name) for name in _BILL},
        )
        for row in rows
    ]


def premiums(wanted: MoneyFilter | None = None) -> "QuerySet[PremiumFreight]":
    """Return the visible requests for premium freight that the filter has."""
    chosen = wanted or MoneyFilter()
    rows = whole_rows(PremiumFreight.objects.all()).filter(PREMIUM_VIEWS[chosen.view])
    found: QuerySet[Any] = _of(rows, chosen, "number")
    return found


def premium_rows(found: Iterable[PremiumFreight]) -> list[PremiumRow]:
    """Return the plain rows of premium freight."""
    rows, names, us = _read(found)
    answers = {
        each.premium_id: each
        for each in whole_rows(
            PremiumAnswer.objects.filter(premium_id__in=[row.pk for row in rows])
        )
    }
    return [
        PremiumRow(
            id=row.pk,
            asker=names.get(row.owner_id, NOBODY),
            partner=names.get(row.counterparty_id, NOBODY),
            is_own=row.owner_id == us,
            claim_minor=claim_cents(row),
            answer=answers.get(row.pk),
            **{name: getattr(row, name) for name in _PREMIUM},
        )
        for row in rows
    ]


def premium_by_cause(wanted: MoneyFilter | None = None) -> tuple[PremiumTotal, ...]:
    """Return how often, and for how much, by partner and cause; refused requests left out."""
    rows = premium_rows(premiums(wanted).exclude(state=PremiumFreight.State.REFUSED))
    return totals(
        (
            row.other.short,
            max(0, row.cost_minor - row.standard_cost_minor),
            Claim(_PARTIES[row.at_fault], CauseCode(row.cause), row.claim_minor),
        )
        for row in rows
    )


_PARTIES = {
    "owner": Party.CUSTOMER, "counterparty": Party.SUPPLIER, "carrier": Party.CARRIER,
    "nobody": Party.NOBODY,
}  # fmt: skip
_TARIFF = (
    "number", "name", "mode", "vehicle_type", "currency", "lines", "valid_from", "valid_to",
    "rank", "answer_minutes", "pickups_per_week", "is_active", "version",
)  # fmt: skip
_BILL = (
    "load_id", "load_number", "state", "lines", "expected_minor", "billed_minor",
    "approved_minor", "currency", "note", "settled_at", "version",
)  # fmt: skip
_PREMIUM = (
    "number", "state", "part_number", "cause", "at_fault", "means", "cost_minor",
    "standard_cost_minor", "currency", "reason", "needed_by", "requested_at", "decided_at",
    "order_id", "load_id", "alert_id", "version",
)  # fmt: skip


def _of(rows: Any, wanted: MoneyFilter, number: str) -> Any:
    if wanted.number:
        rows = rows.filter(**{f"{number}__istartswith": wanted.number})
    if wanted.partner_bpn:
        us = acting_organisation_id()
        rows = rows.filter(
            Q(owner_id=us, counterparty__bpn=wanted.partner_bpn)
            | Q(counterparty_id=us, owner__bpn=wanted.partner_bpn)
        )
    return rows


def _read(found: Iterable[Any]) -> tuple[list[Any], dict[int, Name], int]:
    rows = list(found)
    keys = {row.owner_id for row in rows} | {row.counterparty_id for row in rows}
    return rows, names_of(keys), acting_organisation_id()
