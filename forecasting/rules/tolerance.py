"""Whether a supplier's confirmation of an order line may stand without the buyer."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from forecasting.rules.schedule import ZERO, check_quantity


class Verdict(StrEnum):
    """What happens to a confirmation, the mildest first."""

    ACCEPTED = "accepted"
    APPROVAL = "approval"  # waits for the buyer
    BLOCKED = "blocked"  # the supplier must change it


class Aspect(StrEnum):
    """The three things a confirmation may change."""

    QUANTITY = "quantity"
    DATE = "date"
    PRICE = "price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How far one aspect may be ``down`` (less, earlier, cheaper) and ``up``, each >= 0.

    Quantity and price in shares of the order (0.02 = 2 %), dates in calendar days; ``None`` is
    no limit. ``beyond`` is the verdict outside.
    """

    down: Decimal | None = ZERO
    up: Decimal | None = ZERO
    beyond: Verdict = Verdict.APPROVAL

    def __post_init__(self) -> None:
        for value in (self.down, self.up):
            if value is not None:
                check_quantity("tolerance", value)
        if self.beyond == Verdict.ACCEPTED:
            raise ValueError("expected approval or blocked beyond a limit, got accepted")

    def allows(self, difference: Decimal, base: Decimal = Decimal(1)) -> bool:
        """Return whether a signed ``difference`` is inside; the limits are times ``base``."""
        limit = self.up if difference > 0 else self.down
        return limit is None or abs(difference) <= limit * base


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationTolerance:
    """What is agreed with one group of suppliers; a lower price needs nobody's approval."""

    quantity: Limit = Limit()
    date: Limit = Limit()
    price: Limit = Limit(down=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """Quantity [base units], day and price of one unit [minor units of the currency]."""

    quantity: Decimal
    due_on: date
    unit_price_minor: int

    def __post_init__(self) -> None:
        check_quantity("quantity", self.quantity)
        if self.unit_price_minor < 0:
            raise ValueError(f"expected a price >= 0, got {self.unit_price_minor}")


@dataclass(frozen=True, slots=True)
class Difference:
    """What one aspect changes: confirmed minus ordered, and what that leads to."""

    aspect: Aspect
    change: Decimal
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ConfirmationVerdict:
    """The verdict on a confirmation, and each difference it comes from; none = as ordered."""

    verdict: Verdict
    differences: tuple[Difference, ...]


def judge_confirmation(
    ordered: OrderLine, confirmed: OrderLine, tolerance: ConfirmationTolerance
) -> ConfirmationVerdict:
    """Return what happens to ``confirmed``: the severest verdict of its differences (FC-30).

    Exactly at a tolerance is inside. A confirmation as ordered is always accepted.

    Examples
    --------
    >>> line = OrderLine(quantity=Decimal(480), due_on=date(2026, 11, 9), unit_price_minor=125)
    >>> judge_confirmation(line, line, ConfirmationTolerance()).verdict.value
    'accepted'
    """
    days = Decimal((confirmed.due_on - ordered.due_on).days)
    dearer = Decimal(confirmed.unit_price_minor - ordered.unit_price_minor)
    more = confirmed.quantity - ordered.quantity
    judged = (
        (Aspect.QUANTITY, more, tolerance.quantity, ordered.quantity),
        (Aspect.DATE, days, tolerance.date, Decimal(1)),
        (Aspect.PRICE, dearer, tolerance.price, Decimal(ordered.unit_price_minor)),
    )
    differences = tuple(
        Difference(aspect, change, _verdict(limit, change, base))
        for aspect, change, limit, base in judged
        if change
    )
    found = {each.verdict for each in differences}
    severest = [each for each in Verdict if each in found] or [Verdict.ACCEPTED]
    return ConfirmationVerdict(severest[-1], differences)


def _verdict(limit: Limit, change: Decimal, base: Decimal) -> Verdict:
    return Verdict.ACCEPTED if limit.allows(change, base) else limit.beyond
