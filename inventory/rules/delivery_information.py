"""When a delivery left and arrives, and who says so (IN-09, Catena-X CX-0118)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Leg(StrEnum):
    """Which end of the way."""

    DEPARTURE = "departure"
    ARRIVAL = "arrival"


class Certainty(StrEnum):
    """Whether something is expected or has happened."""

    ESTIMATED = "estimated"
    ACTUAL = "actual"


class Reporter(StrEnum):
    """Whose statement of a delivery counts."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class TransitEvent:
    """One of the two ends of a way, with its time (aware)."""

    leg: Leg
    certainty: Certainty
    at: datetime


# Incoterms 2020: who arranges the main carriage knows the departure and the arrival.
REPORTER_OF_INCOTERM = {
    "EXW": Reporter.CUSTOMER,
    "FCA": Reporter.CUSTOMER,
    "FAS": Reporter.CUSTOMER,
    "FOB": Reporter.CUSTOMER,
    "CFR": Reporter.SUPPLIER,
    "CIF": Reporter.SUPPLIER,
    "CPT": Reporter.SUPPLIER,
    "CIP": Reporter.SUPPLIER,
    "DAP": Reporter.SUPPLIER,
    "DPU": Reporter.SUPPLIER,
    "DDP": Reporter.SUPPLIER,
}


def reporter_of(incoterm: str) -> Reporter:
    """Return who reports a delivery under an Incoterms 2020 rule, in either case of letters.

    Raises ``ValueError`` for an unknown rule.
    """
    try:
        return REPORTER_OF_INCOTERM[incoterm.strip().upper()]
    except KeyError:
        known = ", ".join(REPORTER_OF_INCOTERM)
        raise ValueError(f"expected an Incoterms rule among {known}, got {incoterm!r}") from None


def faults(events: Sequence[TransitEvent], *, now: datetime) -> list[str]:
    """Return everything that is wrong with the transit events of one delivery; empty is good.

    One or two events, at most one of each end; what has happened is not in the future; goods
    that have arrived have left; they leave before they arrive.
    """
    found = []
    if not 1 <= len(events) <= 2:
        found.append(f"expected 1 or 2 transit events, got {len(events)}")
    legs = [each.leg for each in events]
    found += [
        f"expected one {leg.value} at most, got {legs.count(leg)}"
        for leg in Leg
        if legs.count(leg) > 1
    ]
    found += [
        f"expected an actual {each.leg.value} that is not in the future, got {each.at.isoformat()}"
        for each in events
        if each.certainty == Certainty.ACTUAL and each.at > now
    ]
    left = next((each for each in events if each.leg == Leg.DEPARTURE), None)
    came = next((each for each in events if each.leg == Leg.ARRIVAL), None)
    if left is not None and came is not None:
        if left.certainty == Certainty.ESTIMATED and came.certainty == Certainty.ACTUAL:
            found.append("expected an actual departure with an actual arrival, got an estimate")
        if left.at >= came.at:
            found.append(
                f"expected a departure before the arrival {came.at.isoformat()}, "
                f"got {left.at.isoformat()}"
            )
    return found


def transit_events(
    *,
    despatched_at: datetime,
    expected_at: datetime,
    arrived_at: datetime | None = None,
    now: datetime,
) -> tuple[TransitEvent, ...]:
    """Return the two events of a delivery that was announced; a departure to come is estimated.

    An arrival that is told before the announced departure makes the departure unknown: then the
    arrival alone is returned.
    """
    if arrived_at is not None:
        arrival = TransitEvent(Leg.ARRIVAL, Certainty.ACTUAL, arrived_at)
        if despatched_at >= arrived_at:
            return (arrival,)
        return TransitEvent(Leg.DEPARTURE, Certainty.ACTUAL, despatched_at), arrival
    certainty = Certainty.ACTUAL if despatched_at <= now else Certainty.ESTIMATED
    departure = TransitEvent(Leg.DEPARTURE, certainty, despatched_at)
    if expected_at <= despatched_at:
        return (departure,)
    return departure, TransitEvent(Leg.ARRIVAL, Certainty.ESTIMATED, expected_at)
