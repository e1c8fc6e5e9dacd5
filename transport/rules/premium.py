"""Premium freight: what it is, who is at fault, what is claimed (TR-20)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class PremiumKind(StrEnum):
    """Why a shipment is premium freight."""

    MODE = "mode"  # faster mode than agreed: air, courier
    BEYOND_FREQUENCY = "beyond_frequency"  # a pickup more than agreed in the week
    EXPEDITE = "expedite"  # ordered as a special run


class Party(StrEnum):
    """Who bears the cost."""

    CUSTOMER = "customer"
    SUPPLIER = "supplier"
    CARRIER = "carrier"
    NOBODY = "nobody"  # force majeure: each side bears its own


class CauseCode(StrEnum):
    """Why the standard way did not do."""

    LATE_CALL = "late_call"
    FROZEN_ZONE_CHANGE = "frozen_zone_change"
    ENGINEERING_CHANGE = "engineering_change"
    STOCK_ERROR_CUSTOMER = "stock_error_customer"
    EMPTIES_MISSING = "empties_missing"
    LATE_PRODUCTION = "late_production"
    SHORT_SHIPMENT = "short_shipment"
    QUALITY_BLOCK = "quality_block"
    WRONG_PACKAGING = "wrong_packaging"
    NOT_READY_AT_PICKUP = "not_ready_at_pickup"
    MISSED_PICKUP = "missed_pickup"
    BREAKDOWN = "breakdown"
    TRANSIT_DELAY = "transit_delay"
    TRANSPORT_DAMAGE = "transport_damage"
    WEATHER = "weather"
    STRIKE = "strike"
    BORDER = "border"


_C, _S, _H, _N = Party.CUSTOMER, Party.SUPPLIER, Party.CARRIER, Party.NOBODY

AT_FAULT: Mapping[CauseCode, Party] = MappingProxyType({
    CauseCode.LATE_CALL: _C,
    CauseCode.FROZEN_ZONE_CHANGE: _C,
    CauseCode.ENGINEERING_CHANGE: _C,
    CauseCode.STOCK_ERROR_CUSTOMER: _C,
    CauseCode.EMPTIES_MISSING: _C,
    CauseCode.LATE_PRODUCTION: _S,
    CauseCode.SHORT_SHIPMENT: _S,
    CauseCode.QUALITY_BLOCK: _S,
    CauseCode.WRONG_PACKAGING: _S,
    CauseCode.NOT_READY_AT_PICKUP: _S,
    CauseCode.MISSED_PICKUP: _H,
    CauseCode.BREAKDOWN: _H,
    CauseCode.TRANSIT_DELAY: _H,
    CauseCode.TRANSPORT_DAMAGE: _H,
    CauseCode.WEATHER: _N,
    CauseCode.STRIKE: _N,
    CauseCode.BORDER: _N,
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is agreed for a relation: modes, the standard one among them, pickups a week."""

    modes: frozenset[str]
    pickups_per_week: int

    def __post_init__(self) -> None:
        if not self.modes or self.pickups_per_week < 0:
            raise ValueError("expected at least one mode and pickups per week >= 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A pickup: its mode, its number within the ISO week (from 1), whether ordered as expedite."""

    mode: str
    number_in_week: int
    is_expedite: bool = False

    def __post_init__(self) -> None:
        if self.number_in_week < 1:
            raise ValueError(f"expected a number from 1 on, got {self.number_in_week}")


def premium_kinds(shipment: Shipment, terms: Terms) -> tuple[PremiumKind, ...]:
    """Return every reason why the shipment is premium freight; empty = it is not."""
    found = []
    if shipment.mode not in terms.modes:
        found.append(PremiumKind.MODE)
    if shipment.number_in_week > terms.pickups_per_week:
        found.append(PremiumKind.BEYOND_FREQUENCY)
    if shipment.is_expedite:
        found.append(PremiumKind.EXPEDITE)
    return tuple(found)


def party_at_fault(cause: CauseCode, agreed: Mapping[CauseCode, Party] | None = None) -> Party:
    """Return who bears a cause: as the two sides agreed, else as shipped."""
    return (agreed or {}).get(cause, AT_FAULT[cause])


@dataclass(frozen=True, slots=True)
class Claim:
    """``cents`` claimed from ``party``; 0 if the party is nobody or nothing was spent extra."""

    party: Party
    cause: CauseCode
    cents: int


def claim(
    *,
    cause: CauseCode,
    premium_cents: int,
    standard_cents: int,
    paid_by: Party,
    agreed: Mapping[CauseCode, Party] | None = None,
) -> Claim:
    """Return the claim of whoever paid: premium cost − standard cost, never below 0.

    The standard cost is what the goods would have cost on the agreed way, 0 if they would have
    gone along with the next regular pickup. Nothing is claimed from the payer itself.

    Raises ``ValueError`` on negative cost.
    """
    if premium_cents < 0 or standard_cents < 0:
        raise ValueError(f"expected cost >= 0, got {premium_cents} and {standard_cents}")
    party = party_at_fault(cause, agreed)
    extra = max(0, premium_cents - standard_cents)
    return Claim(party, cause, 0 if party in {Party.NOBODY, paid_by} else extra)


@dataclass(frozen=True, slots=True)
class PremiumTotal:
    """Premium freight of one supplier and cause: how often, extra cost, and what is claimed."""

    supplier: str
    cause: CauseCode
    count: int
    extra_cents: int
    claimed_cents: int


def totals(
    cases: Iterable[tuple[str, int, Claim]], order: Sequence[str] = ()
) -> tuple[PremiumTotal, ...]:
    """Sum (supplier, extra cents, claim) per supplier and cause.

    Suppliers come in ``order``, then by name; causes in the order of ``CauseCode``.
    """
    sums: dict[tuple[str, CauseCode], list[int]] = {}
    for supplier, extra, made in cases:
        row = sums.setdefault((supplier, made.cause), [0, 0, 0])
        row[0] += 1
        row[1] += extra
        row[2] += made.cents
    rank = {name: i for i, name in enumerate(order)}
    causes = list(CauseCode)
    keys = sorted(sums, key=lambda key: (rank.get(key[0], len(rank)), key[0], causes.index(key[1])))
    return tuple(PremiumTotal(*key, *sums[key]) for key in keys)
