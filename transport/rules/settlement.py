"""A carrier's invoice against the charge lines of the tariff, line by line (TR-01)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from transport.rules.tariff import ChargeCode, Price


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What the carrier asks for; ``code`` as in the tariff, else the carrier's own word."""

    code: str
    cents: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice for one load in one currency."""

    currency: str
    lines: tuple[InvoiceLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """A line may differ by ``share`` of the expected amount or ``cents``, whichever is more."""

    share: Decimal = Decimal("0.01")
    cents: int = 100

    def __post_init__(self) -> None:
        if self.share < 0 or self.cents < 0:
            raise ValueError(f"expected a tolerance >= 0, got {self.share} and {self.cents}")

    def allows(self, expected: int, invoiced: int) -> bool:
        """Return whether the difference is small enough to be paid as asked."""
        return abs(invoiced - expected) <= max(self.share * abs(expected), Decimal(self.cents))


class Match(StrEnum):
    """How a line stands."""

    MATCHED = "matched"
    OVER = "over"
    UNDER = "under"


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One charge: expected and invoiced cents, the verdict, and why."""

    code: str
    expected: int
    invoiced: int
    match: Match
    reason: str

    @property
    def payable(self) -> int:
        """What may be paid now: as invoiced, but what is over only up to the expected amount."""
        return min(self.expected, self.invoiced) if self.match == Match.OVER else self.invoiced


@dataclass(frozen=True, slots=True)
class Settlement:
    """All lines, in tariff order, then what the tariff does not know by name."""

    lines: tuple[SettlementLine, ...]

    @property
    def is_matched(self) -> bool:
        """True if the invoice may be paid without a human."""
        return all(line.match == Match.MATCHED for line in self.lines)

    @property
    def payable(self) -> int:
        """Cents that may be paid now."""
        return sum(line.payable for line in self.lines)

    @property
    def disputed(self) -> int:
        """Invoiced cents that are held back."""
        return sum(line.invoiced for line in self.lines) - self.payable


def settle(expected: Price, invoice: Invoice, tolerance: Tolerance | None = None) -> Settlement:
    """Compare an invoice with the price by tariff.

    Lines of one code are added first; the minimum charge counts as freight, as carriers print it.
    A charge the tariff does not know is over unless it is within tolerance of nothing.

    Raises ``ValueError`` if the currencies differ.
    """
    if expected.currency != invoice.currency:
        raise ValueError(
            f"expected an invoice in {expected.currency}, got one in {invoice.currency}"
        )
    allowed = tolerance or Tolerance()
    ours = _sums([(line.code.value, line.cents) for line in expected.lines])
    theirs = _sums([(line.code, line.cents) for line in invoice.lines])
    known = [code.value for code in ChargeCode if code.value in ours.keys() | theirs.keys()]
    others = sorted(theirs.keys() - set(known))
    return Settlement(
        tuple(_line(code, ours.get(code), theirs.get(code), allowed) for code in (*known, *others))
    )


def _sums(lines: Sequence[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for code, cents in lines:
        name = ChargeCode.FREIGHT.value if code == ChargeCode.MINIMUM else code
        found[name] = found.get(name, 0) + cents
    return found


def _line(
    code: str, expected: int | None, invoiced: int | None, tolerance: Tolerance
) -> SettlementLine:
    ours, theirs = expected or 0, invoiced or 0
    if tolerance.allows(ours, theirs):
        reason = "as agreed" if ours == theirs else "within tolerance"
        return SettlementLine(code, ours, theirs, Match.MATCHED, reason)
    if expected is None:
        return SettlementLine(code, ours, theirs, _side(ours, theirs), "not in the tariff")
    if invoiced is None:
        return SettlementLine(code, ours, theirs, _side(ours, theirs), "not invoiced")
    difference = Decimal(abs(theirs - ours)) / 100
    word = "more" if theirs > ours else "less"
    return SettlementLine(
        code, ours, theirs, _side(ours, theirs), f"{difference:.2f} {word} than the tariff gives"
    )


def _side(expected: int, invoiced: int) -> Match:
    return Match.OVER if invoiced > expected else Match.UNDER
