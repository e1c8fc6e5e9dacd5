"""Received, shipped and required quantities of one part between two partners (IN-08, WE-3).

The algebra is that of releases (``forecasting.rules.cumulative``); here stands how documents of
the real flow - dispatch advices, goods receipts, agreed differences, resets - become its facts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from forecasting.rules.cumulative import (
    Adjustment,
    Asn,
    Balance,
    Counter,
    Event,
    Ledger,
    Receipt,
    Reset,
    apply,
)
from forecasting.rules.schedule import Commitment, Release, ScheduleLine

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A despatch as advised: ``quantity`` > 0 [base units] on a day.

    ``cumulative`` is what the supplier says it has shipped since the reset, this included.
    """

    number: str
    despatched_on: date
    quantity: Decimal
    cumulative: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What was received of an advice [base units], >= 0; ``agreed`` is a difference accepted.

    ``advice`` is empty for goods that came without one. ``agreed`` (signed, received less
    advised) changes what counts as shipped.
    """

    reference: str
    advice: str
    received_at: datetime
    quantity: Decimal
    agreed: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the customer's newest release says: E, and the lines net of it [base units].

    ``received`` is ``None`` where releases state no E: it is then what was received by the time
    of the release. ``first`` is the oldest statement of the same period, with its time.
    """

    number: str
    issued_at: datetime
    received: Decimal | None
    last_advice: str = ""
    counted_since: date | None = None
    lines: Sequence[tuple[date, Decimal]] = ()
    first: tuple[datetime, Decimal] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All documents of one part between two partners at one site, in any order.

    ``resets`` are the days on which the counters restarted.
    """

    shipped: Sequence[Shipped] = ()
    received: Sequence[Received] = ()
    stated: Stated | None = None
    resets: Iterable[date] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The counters of one reset period [base units]; ``since`` is ``None`` without a reset.

    ``in_transit`` is T = shipped - received and must equal ``open_advices``; what is left over is
    the ``mismatch``.
    """

    since: date | None
    received: Decimal
    shipped: Decimal
    open_advices: Decimal
    required: Decimal | None
    not_yet_received: Decimal | None
    over_received: Decimal | None
    to_ship: Decimal | None

    @property
    def in_transit(self) -> Decimal:
        """T: on the road by the counters."""
        return self.shipped - self.received

    @property
    def mismatch(self) -> Decimal:
        """T less the open advices: zero, or an exception; always one while T is negative."""
        return self.in_transit - self.open_advices


def standings(facts: Facts, *, on: date) -> tuple[Standing, ...]:
    """Return the period that ``on`` is in, then the one before it, if there was a reset.

    A despatch and all that is received of it count in the period of the **despatch**, so goods on
    the road at a reset stay in the old period until they arrive. Nothing depends on the order of
    the documents, and one that is told twice counts once.

    Examples
    --------
    >>> left = Shipped(number="A1", despatched_on=date(2026, 1, 5), quantity=Decimal(500))
    >>> [now] = standings(Facts(shipped=[left]), on=date(2026, 1, 6))
    >>> now.in_transit, now.mismatch
    (Decimal('500'), Decimal('0'))
    """
    ledger = Ledger()
    for event in _events(facts):
        ledger, _alerts = apply(ledger, event)
    found = [_standing(ledger, -1, on)]
    if ledger.previous is not None:
        found.append(_standing(ledger, -2, on))
    return tuple(found)


def _events(facts: Facts) -> Iterable[Event]:
    """Yield the facts in an order in which each is understood."""
    starts = sorted(set(facts.resets))
    yield from _adjustments(facts, date.min, starts[0] if starts else date.max)
    for place, day in enumerate(starts):
        yield Reset(day)
        yield from _adjustments(facts, day, (*starts, date.max)[place + 1])
    for each in sorted(_known(facts).values(), key=_age):
        yield Asn(
            number=each.number, despatched_on=each.despatched_on, quantity=each.quantity
        )  # fmt: skip
    stated = facts.stated
    ordered = sorted(facts.received, key=lambda row: (row.received_at, row.reference))
    if stated is None:
        yield from map(_receipt, ordered)
        return
    contained = [each for each in ordered if each.received_at <= stated.issued_at]
    yield from map(_receipt, contained)
    yield _release(facts, stated, contained)
    yield from map(_receipt, ordered[len(contained) :])


def _known(facts: Facts) -> dict[str, Shipped]:
    return {each.number: each for each in facts.shipped}


def _age(shipped: Shipped) -> tuple[date, str]:
    return shipped.despatched_on, shipped.number


def _counts_on(facts: Facts, came: Received) -> date:
    """Return the day of despatch; of an unknown advice that of the receipt."""
    left = _known(facts).get(came.advice)
    return left.despatched_on if left else came.received_at.date()


def _receipt(came: Received) -> Receipt:
    return Receipt(
        asn=came.advice or came.reference,
        received_on=came.received_at.date(),
        quantity=came.quantity,
        reference=came.reference,
    )


def _release(facts: Facts, stated: Stated, contained: Sequence[Received]) -> Release:
    start = max((day for day in facts.resets if day <= stated.issued_at.date()), default=date.min)
    received = stated.received
    if received is None:
        here = (each.quantity for each in contained if _counts_on(facts, each) >= start)
        received = sum(here, ZERO)
    return Release(
        number=stated.number,
        issued_at=stated.issued_at,
        received=received,
        lines=tuple(
            ScheduleLine(due_on=day, quantity=quantity, commitment=Commitment.FIRM)
            for day, quantity in stated.lines
        ),
        last_asn=(stated.last_advice or None) if stated.received is not None else None,
        counted_since=stated.counted_since,
    )


def _adjustments(facts: Facts, start: date, end: date) -> Iterable[Event]:
    """Yield what changes the shipped total of the period from ``start`` to before ``end``."""
    for came in facts.received:
        if came.agreed and start <= _counts_on(facts, came) < end:
            yield Adjustment(
                reference=came.reference,
                counter=Counter.SHIPPED,
                quantity=came.agreed,
                reason="agreed",
            )
    if (opening := _opening(facts, start)) and end == date.max:
        yield Adjustment(
            reference="opening",
            counter=Counter.SHIPPED,
            quantity=opening,
            reason="shipped before the first advice on file",
        )


def _opening(facts: Facts, start: date) -> Decimal:
    """Return what was shipped in the current period before the documents on file begin.

    The supplier's first advice says it by its cumulative quantity; of a supplier that counts from
    0 it is what the customer's first statement has received beyond the receipts on file.
    """
    here = [each for each in facts.shipped if each.despatched_on >= start]
    first = min(here, key=_age, default=None)
    if first is not None and first.cumulative is not None and first.cumulative > first.quantity:
        return first.cumulative - first.quantity
    if facts.stated is None or facts.stated.first is None:
        return ZERO
    issued_at, received = facts.stated.first
    on_file = (
        each.quantity
        for each in facts.received
        if each.received_at <= issued_at and _counts_on(facts, each) >= start
    )
    return max(ZERO, received - sum(on_file, ZERO))


def _standing(ledger: Ledger, position: int, on: date) -> Standing:
    balance: Balance = ledger.balance(position)
    starts_on = ledger.periods[position].starts_on
    asked = ledger.requirement(on) if position == -1 else None
    return Standing(
        since=None if starts_on == date.min else starts_on,
        received=balance.received,
        shipped=balance.shipped,
        open_advices=balance.open_asns,
        required=asked.required if asked else None,
        not_yet_received=asked.not_yet_received if asked else None,
        over_received=asked.over_received if asked else None,
        to_ship=asked.to_ship if asked else None,
    )
