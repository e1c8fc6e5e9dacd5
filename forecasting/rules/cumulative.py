"""The cumulative ledger of one part between one customer and one supplier.

Everything is derived from facts that are only ever added (despatches, receipts, agreed
adjustments, resets, the release in force), so the order in which they arrive hardly matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import zip_longest

from forecasting.rules.alert import Alert, AlertKind
from forecasting.rules.release import Place, go_ahead_alerts, succession
from forecasting.rules.schedule import ZERO, Release, check_quantity, natural_key

ReceiptKey = tuple[str, str]  # ASN number, reference of the receipt
_NewFact = tuple["Ledger", list[Alert]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asn:
    """A despatch of ``quantity`` [base units], > 0, told by the supplier."""

    number: str
    despatched_on: date
    quantity: Decimal

    def __post_init__(self) -> None:
        if not self.quantity.is_finite() or self.quantity <= 0:
            raise ValueError(f"expected a finite despatched quantity > 0, got {self.quantity}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the customer received of one ASN [base units], >= 0; 0 = lost.

    ``reference`` tells several receipts of one ASN apart. The first one closes the ASN.
    """

    asn: str
    received_on: date
    quantity: Decimal
    reference: str = ""

    def __post_init__(self) -> None:
        check_quantity("received quantity", self.quantity, f" of {self.asn}")


class Counter(StrEnum):
    """Which of the two running totals an adjustment changes."""

    RECEIVED = "received_cum"
    SHIPPED = "shipped_cum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A signed correction [base units] both sides agreed on, told apart by ``reference``."""

    reference: str
    counter: Counter
    quantity: Decimal
    reason: str

    def __post_init__(self) -> None:
        if not self.quantity.is_finite():
            raise ValueError(f"expected a finite adjustment, got {self.quantity}")
        if not self.reference.strip() or not self.reason.strip():
            raise ValueError("expected a reference and a reason for the adjustment, got none")


@dataclass(frozen=True, slots=True)
class Reset:
    """Both running totals restart at 0 for goods despatched from this day on."""

    on: date


Event = Release | Asn | Receipt | Adjustment | Reset


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What is known of the time from one reset to the next.

    ``stated`` is the cumulative received of the newest release of the period; it contains the
    ASNs up to ``through`` and the receipts ``contained``.
    """

    starts_on: date = date.min
    stated: Decimal = ZERO
    through: str | None = None
    contained: frozenset[ReceiptKey] = frozenset()
    adjusted_received: Decimal = ZERO  # since the statement: a newer one contains it
    adjusted_shipped: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Balance:
    """The running totals of one period [base units]: E, L, O of standards such as VDA 4905."""

    received: Decimal
    shipped: Decimal
    open_asns: Decimal

    @property
    def in_transit(self) -> Decimal:
        """T = L - E: on the road by the counters."""
        return self.shipped - self.received

    @property
    def mismatch(self) -> Decimal:
        """T - O: zero, or an exception that only an agreed adjustment ends."""
        return self.in_transit - self.open_asns


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What one due day asks for since the reset [base units]."""

    due_on: date
    required: Decimal
    not_yet_received: Decimal
    over_received: Decimal
    to_ship: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All facts of one part and relationship; begin with ``Ledger()`` and ``apply`` events."""

    periods: tuple[Period, ...] = (Period(),)
    release: Release | None = None
    closed_through: str | None = None  # newest ASN that a release named as received
    asns: Mapping[str, Asn] = field(default_factory=dict)
    receipts: Mapping[ReceiptKey, Receipt] = field(default_factory=dict)
    adjustments: frozenset[str] = frozenset()
    mismatches: tuple[Decimal, ...] = (ZERO,)  # of each period, as told last

    @property
    def current(self) -> Balance:
        """The running totals since the last reset."""
        return self.balance(-1)

    @property
    def previous(self) -> Balance | None:
        """The running totals of the period before the last reset, ``None`` without one."""
        return self.balance(-2) if len(self.periods) > 1 else None

    def balance(self, position: int) -> Balance:
        """Return the totals of one period, counted as in ``periods``."""
        period, span = self.periods[position], self._span(position)
        arrived, closed = self._arrived(), self._up_to(self.closed_through)
        stated = self._up_to(period.through)
        shipped, on_road = period.adjusted_shipped, ZERO
        received = period.stated + period.adjusted_received
        for asn in self.asns.values():
            if not span[0] <= asn.despatched_on < span[1]:
                continue
            shipped += asn.quantity
            if asn.number in arrived:
                continue
            if asn.number not in closed:
                on_road += asn.quantity
            elif asn.number not in stated:
                received += asn.quantity  # a release of a later period says that it arrived
        for key, receipt in self.receipts.items():
            is_here = span[0] <= self._counts_on(receipt) < span[1]
            if is_here and receipt.asn not in stated and key not in period.contained:
                received += receipt.quantity
        return Balance(received, shipped, on_road)

    def open_asns(self) -> tuple[Asn, ...]:
        """Return the ASNs on the road over all periods, oldest first.

        An ASN is open while it is neither received nor named by a release as received.
        """
        gone = self._arrived() | self._up_to(self.closed_through)
        on_road = [each for each in self.asns.values() if each.number not in gone]
        return tuple(sorted(on_road, key=_age))

    def required(self, day: date) -> Decimal | None:
        """Return R(day) since the last reset, ``None`` before the first release.

        Until the first release after a reset the last one before it is carried over, less
        what was received and despatched before the reset: so a reset changes nothing to ship.
        """
        if self.release is None:
            return None
        total = self.release.cumulative(day)
        position = self._position_of(self.release)
        for older in range(position, len(self.periods) - 1):
            balance = self.balance(older)
            total -= balance.received + balance.open_asns
        return total

    def requirement(self, day: date) -> Requirement | None:
        """Return what ``day`` asks for and what is still to ship, ``None`` without a release."""
        if (required := self.required(day)) is None:
            return None
        now = self.current
        return Requirement(
            due_on=day,
            required=required,
            not_yet_received=max(ZERO, required - now.received),
            over_received=max(ZERO, now.received - required),
            to_ship=max(ZERO, required - now.received - now.open_asns),
        )

    def requirements(self) -> tuple[Requirement, ...]:
        """Return the requirement of each due day of the release in force, ascending."""
        days = self.release.due_days() if self.release else ()
        return tuple(found for day in days if (found := self.requirement(day)) is not None)

    def shipping_plan(self) -> tuple[tuple[date, Decimal], ...]:
        """Return what to ship anew for each due day [base units]: the steps of ``to_ship``."""
        plan: list[tuple[date, Decimal]] = []
        planned = ZERO
        for each in self.requirements():
            plan.append((each.due_on, each.to_ship - planned))
            planned = each.to_ship
        return tuple(plan)

    def _position_of(self, release: Release) -> int:
        """Return the position of the period whose totals ``release`` states."""
        counted_on = release.counted_since or release.issued_at.date()
        return self._position_on(counted_on)

    def _position_on(self, day: date) -> int:
        started = [each.starts_on <= day for each in self.periods]
        return max(0, sum(started) - 1)

    def _span(self, position: int) -> tuple[date, date]:
        """Return the first day of a period and the first one after it."""
        starts = [each.starts_on for each in self.periods]
        position %= len(starts)
        return starts[position], (*starts, date.max)[position + 1]

    def _counts_on(self, receipt: Receipt) -> date:
        """Goods count where they were despatched; of an unknown ASN where they were received."""
        asn = self.asns.get(receipt.asn)
        return asn.despatched_on if asn else receipt.received_on

    def _arrived(self) -> frozenset[str]:
        """Return the numbers of the ASNs that have a receipt."""
        return frozenset(number for number, _ in self.receipts)

    def _up_to(self, newest: str | None) -> frozenset[str]:
        """Return the numbers of ASN ``newest``, known or not, and of all older ones."""
        if newest is None:
            return frozenset()
        if (last := self.asns.get(newest)) is None:
            return frozenset({newest})
        day = last.despatched_on
        return frozenset(
            number
            for number, asn in self.asns.items()
            if asn.despatched_on < day or (asn.despatched_on == day and _age(asn) <= _age(last))
        )


def apply(ledger: Ledger, event: Event) -> tuple[Ledger, tuple[Alert, ...]]:
    """Return the ledger after ``event``, and what somebody should look at.

    Any event may be applied twice, late or out of order; a repeated one changes nothing. A
    mismatch is told when it appears or changes, not again with every event while it lasts.

    Notes
    -----
    The running totals of VDA 4905 and DELFOR (EFZ, LFZ). One event costs time in the number of
    ASNs and receipts on file.
    """
    if isinstance(event, Release):
        after, alerts = _apply_release(ledger, event)
    elif isinstance(event, Asn):
        after, alerts = _apply_asn(ledger, event)
    elif isinstance(event, Receipt):
        after, alerts = _apply_receipt(ledger, event)
    elif isinstance(event, Adjustment):
        after, alerts = _apply_adjustment(ledger, event)
    else:
        after, alerts = _apply_reset(ledger, event)
    if after is ledger:
        return ledger, tuple(alerts)
    found = tuple(after.balance(position).mismatch for position in range(len(after.periods)))
    for mismatch, told in zip_longest(found, ledger.mismatches, fillvalue=ZERO):
        if mismatch not in {ZERO, told}:
            alerts.append(Alert(AlertKind.MISMATCH, str(mismatch)))
    return replace(after, mismatches=found), tuple(alerts)


def _apply_release(ledger: Ledger, new: Release) -> _NewFact:
    last = ledger.release
    step = succession(last.number if last else None, new.number, previous=new.previous)
    if not step.place.replaces:
        is_same = step.place == Place.EQUAL
        return ledger, [Alert(AlertKind.DUPLICATE if is_same else AlertKind.SUPERSEDED)]
    alerts = [Alert(AlertKind.MISSING_RELEASE, number) for number in step.missing]
    position = ledger._position_of(new)
    before = ledger.balance(position).received
    # Without a last ASN nobody says what the figure contains; then it contains all we know of.
    known: frozenset[ReceiptKey] = frozenset() if new.last_asn else frozenset(ledger.receipts)
    stated = replace(
        ledger.periods[position],
        stated=new.received,
        through=new.last_asn or ledger.periods[position].through,
        contained=known,
        adjusted_received=ZERO,
    )
    after = replace(
        ledger,
        periods=(*ledger.periods[:position], stated, *ledger.periods[position + 1 :]),
        release=new,
        closed_through=new.last_asn or ledger.closed_through,
    )
    now = after.balance(position).received
    if now < before:
        alerts.append(Alert(AlertKind.RECEIVED_DECREASED, f"{before}->{now}"))
    if last and not new.is_change and ledger._position_of(last) == position:
        firm, new_firm = last.firm_cumulative(), new.firm_cumulative()
        if new_firm < firm:
            alerts.append(Alert(AlertKind.FIRM_DECREASED, f"{firm}->{new_firm}"))
    return after, [*alerts, *go_ahead_alerts(new)]


def _apply_asn(ledger: Ledger, new: Asn) -> _NewFact:
    if (known := ledger.asns.get(new.number)) is not None:
        return ledger, [_repeated(new.number, is_same=known == new)]
    after = replace(ledger, asns={**ledger.asns, new.number: new})
    return after, _deviation(after, new.number)


def _apply_receipt(ledger: Ledger, new: Receipt) -> _NewFact:
    key = (new.asn, new.reference)
    if (known := ledger.receipts.get(key)) is not None:
        return ledger, [_repeated(new.asn, is_same=known == new)]
    after = replace(ledger, receipts={**ledger.receipts, key: new})
    period = after.periods[after._position_on(after._counts_on(new))]
    if new.asn in after._up_to(period.through):
        return after, [Alert(AlertKind.ALREADY_INCLUDED)]
    return after, _deviation(after, new.asn)


def _apply_adjustment(ledger: Ledger, new: Adjustment) -> _NewFact:
    if new.reference in ledger.adjustments:
        return ledger, [Alert(AlertKind.DUPLICATE)]
    current = ledger.periods[-1]
    if new.counter == Counter.SHIPPED:
        adjusted = replace(current, adjusted_shipped=current.adjusted_shipped + new.quantity)
    else:
        adjusted = replace(current, adjusted_received=current.adjusted_received + new.quantity)
    return (
        replace(
            ledger,
            periods=(*ledger.periods[:-1], adjusted),
            adjustments=ledger.adjustments | {new.reference},
        ),
        [],
    )


def _apply_reset(ledger: Ledger, new: Reset) -> _NewFact:
    starts_on = ledger.periods[-1].starts_on
    if new.on <= starts_on:
        kind = AlertKind.DUPLICATE if new.on == starts_on else AlertKind.SUPERSEDED
        return ledger, [Alert(kind)]
    return replace(ledger, periods=(*ledger.periods, Period(starts_on=new.on))), []


def _repeated(number: str, *, is_same: bool) -> Alert:
    """Return the notice for a number we know: the same message, or another under its number."""
    return Alert(AlertKind.DUPLICATE) if is_same else Alert(AlertKind.DIFFERS, number)


def _deviation(ledger: Ledger, number: str) -> list[Alert]:
    """Return the notice that less or more was received of an ASN than despatched."""
    asn = ledger.asns.get(number)
    received = [each.quantity for (asn_of, _), each in ledger.receipts.items() if asn_of == number]
    if asn is None or not received or sum(received, ZERO) == asn.quantity:
        return []
    difference = sum(received, ZERO) - asn.quantity
    return [Alert(AlertKind.QUANTITY_DEVIATION, f"{difference:+}")]


def _age(asn: Asn) -> tuple[date, tuple[tuple[int, int, str], ...]]:
    """Return a key that orders ASNs by despatch, those of one day by number."""
    return asn.despatched_on, natural_key(asn.number)
