"""Goods receipts of both sides with their lines, answers, and what is still expected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import with_partner
from inventory.models import Difference, GoodsReceipt, ReceiptAnswer, ReceiptLine, SourceGrade
from transport.queries.advices import AdviceFilter, AdviceRow, advice_rows, advices
from transport.queries.whole import whole_rows

State = GoodsReceipt.State
VIEWS = ("all", "different", "open", "cancelled")
SORTS = {
    "newest": ("-received_at", "-pk"),
    "oldest": ("received_at", "pk"),
    "number": ("number", "pk"),
    "partner": ("counterparty__short_name", "-received_at", "-pk"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``.

    "open" are receipts whose difference the supplier has not answered yet.
    """

    view: str = "all"
    part: str = ""
    number: str = ""
    partner_bpn: str = ""
    sort: str = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """What the supplier said."""

    verdict: str
    note: str
    answered_at: datetime

    @property
    def label(self) -> str:
        """The verdict in words."""
        return str(ReceiptAnswer.Verdict(self.verdict).label)

    @property
    def tone(self) -> str:
        """The tone of its pill."""
        return "ok" if self.verdict == ReceiptAnswer.Verdict.ACCEPTED else "crit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """One receipt: the same row on the page, in the API, on the socket."""

    id: UUID
    number: str
    state: str
    origin: str
    customer: Name
    supplier: Name
    is_own: bool
    advice_id: UUID | None
    advice_number: str
    delivery_note: str
    despatched_at: datetime | None
    expected_at: datetime | None
    received_at: datetime
    recorded_at: datetime
    site_code: str
    plate: str
    is_different: bool
    is_beyond: bool
    source_grade: str
    note: str
    lines: int
    version: int
    answer: AnswerRow | None

    @property
    def partner(self) -> Name:
        """The other side."""
        return self.supplier if self.is_own else self.customer

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"receipt-{self.id}"

    @property
    def is_cancelled(self) -> bool:
        """Whether it was taken back."""
        return self.state == State.CANCELLED

    @property
    def state_label(self) -> str:
        """What became of it, in words."""
        if self.is_cancelled:
            return str(State.CANCELLED.label)
        if not self.is_different:
            return _("As advised") if self.advice_id else _("Without advice")
        return self.answer.label if self.answer else _("Differs")

    @property
    def tone(self) -> str:
        """The tone of that."""
        if self.is_cancelled:
            return "done"
        if not self.is_different:
            return "ok" if self.advice_id else "info"
        if self.answer:
            return self.answer.tone
        return "crit" if self.is_beyond else "warn"

    @property
    def grade_label(self) -> str:
        """How it came about, in words."""
        return str(SourceGrade(self.source_grade).label)

    @property
    def may_answer(self) -> bool:
        """Whether the viewer, as the supplier, may still accept or dispute it."""
        return not self.is_own and self.is_different and not self.is_cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLineRow:
    """One line; quantities in ``unit``."""

    position: int
    part_number: str
    supplier_part_number: str
    advised_part_number: str
    advised: Decimal | None
    received: Decimal
    damaged: Decimal
    unit: str
    differences: Sequence[str]
    is_beyond: bool
    labels: Sequence[Mapping[str, str]]
    order_number: str
    delivery_note: str
    note: str

    @property
    def difference(self) -> Decimal | None:
        """Received less advised; ``None`` for what was not advised."""
        return None if self.advised is None else self.received - self.advised

    @property
    def difference_labels(self) -> list[str]:
        """What differs, in words."""
        return [str(Difference(each).label) for each in self.differences]


def receipts(wanted: ReceiptFilter | None = None) -> "QuerySet[GoodsReceipt]":
    """Return the visible receipts that the filter has: a query set, without an order.

    A grant that opens some fields only opens no receipt.
    """
    chosen = wanted or ReceiptFilter()
    rows = whole_rows(GoodsReceipt.objects.filter(_of_view(chosen.view)))
    if chosen.part:
        lines = ReceiptLine.objects.filter(receipt_id=OuterRef("pk"))
        named = Q(part_number__istartswith=chosen.part)
        named |= Q(supplier_part_number__istartswith=chosen.part)
        rows = rows.filter(Exists(lines.filter(named)))
    if chosen.number:
        rows = rows.filter(
            Q(number__istartswith=chosen.number) | Q(advice_number__istartswith=chosen.number)
        )
    if chosen.partner_bpn:
        rows = rows.filter(with_partner(chosen.partner_bpn))
    return rows


def receipt_list(
    wanted: ReceiptFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[ReceiptRow]:
    """Return receipts in the order the filter asks for."""
    chosen = wanted or ReceiptFilter()
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    return receipt_rows(receipts(chosen).order_by(*SORTS[chosen.sort])[offset : offset + limit])


def count_receipts(wanted: ReceiptFilter | None = None) -> int:
    """Return how many rows the filter has."""
    return receipts(wanted).count()


def receipts_by_key(keys: Iterable[UUID]) -> list[ReceiptRow]:
    """Return the visible receipts with these keys, or that these answers are about."""
    wanted = set(keys)
    told = ReceiptAnswer.objects.filter(pk__in=wanted).values_list("receipt_id", flat=True)
    return receipt_rows(receipts().filter(pk__in=wanted | set(told)).order_by("pk"))


def receipt_rows(found: Iterable[GoodsReceipt]) -> list[ReceiptRow]:
    """Return the plain rows of receipts; three queries however many there are."""
    rows = list(found)
    keys = [row.pk for row in rows]
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    counted = ReceiptLine.objects.filter(receipt_id__in=keys).values_list("receipt_id")
    lines = dict(counted.annotate(n=Count("pk")).order_by())
    answers = {
        each.receipt_id: AnswerRow(
            verdict=each.verdict, note=each.note, answered_at=each.answered_at
        )
        for each in whole_rows(ReceiptAnswer.objects.filter(receipt_id__in=keys))
    }
    own = acting_organisation_id()
    return [
        ReceiptRow(
            id=row.pk,
            customer=names.get(row.owner_id, NOBODY),
            supplier=names.get(row.counterparty_id, NOBODY),
            is_own=row.owner_id == own,
            lines=lines.get(row.pk, 0),
            answer=answers.get(row.pk),
            **{name: getattr(row, name) for name in _COPIED},
        )
        for row in rows
    ]


_COPIED = (
    "number", "state", "origin", "advice_id", "advice_number", "delivery_note", "despatched_at",
    "expected_at", "received_at", "recorded_at", "site_code", "plate", "is_different",
    "is_beyond", "source_grade", "note", "version",
)  # fmt: skip
_OF_LINE = (
    "position", "part_number", "supplier_part_number", "advised_part_number", "advised",
    "received", "damaged", "unit", "differences", "is_beyond", "labels", "order_number",
    "delivery_note", "note",
)  # fmt: skip


def lines_of_receipt(receipt_id: UUID) -> list[ReceiptLineRow]:
    """Return the lines of a receipt by position."""
    return lines_of_receipts([receipt_id]).get(receipt_id, [])


def lines_of_receipts(receipt_ids: Iterable[UUID]) -> dict[UUID, list[ReceiptLineRow]]:
    """Return the lines of receipts by position; one query however many there are."""
    rows = whole_rows(ReceiptLine.objects.filter(receipt_id__in=list(receipt_ids)))
    found: dict[UUID, list[ReceiptLineRow]] = {}
    for row in rows.order_by("receipt_id", "position"):
        told: dict[str, Any] = {name: getattr(row, name) for name in _OF_LINE}
        found.setdefault(row.receipt_id, []).append(ReceiptLineRow(**told))
    return found


def expected_deliveries(*, partner_bpn: str = "", part: str = "") -> "QuerySet[Any]":
    """Return the advices to the acting side that are on their way and not received: a query set.

    Ordered by expected arrival, the most overdue first.
    """
    rows = advices(AdviceFilter(view="way", part=part, partner_bpn=partner_bpn)).filter(
        counterparty_id=acting_organisation_id()
    )
    mine = GoodsReceipt.objects.filter(advice_id=OuterRef("pk"), state=State.RECORDED)
    return rows.exclude(Exists(mine)).order_by("expected_at", "pk")


def expected_rows(found: Iterable[Any]) -> list[AdviceRow]:
    """Return the plain rows of expected deliveries."""
    return advice_rows(found)


def receipt_of_advice(advice_id: UUID) -> ReceiptRow | None:
    """Return the visible receipt of an advice that stands."""
    rows = receipts().filter(advice_id=advice_id, state=State.RECORDED)
    return next(iter(receipt_rows(rows[:1])), None)


def count_open_differences() -> int:
    """Return how many receipts about us as the supplier wait for our answer."""
    return receipts(ReceiptFilter(view="open")).exclude(owner_id=acting_organisation_id()).count()


def count_overdue() -> int:
    """Return how many deliveries to us should have arrived."""
    return expected_deliveries().filter(expected_at__lt=timezone.now()).count()


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    answered = ReceiptAnswer.objects.filter(receipt_id=OuterRef("pk"))
    return {
        "different": Q(is_different=True, state=State.RECORDED),
        "open": Q(is_different=True, state=State.RECORDED) & ~Q(Exists(answered)),
        "cancelled": Q(state=State.CANCELLED),
    }.get(view, Q())
