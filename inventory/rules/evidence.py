"""How far a figure can be trusted: its source, its age, and the worst of those it sums (IN-24)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class Grade(StrEnum):
    """Where a figure comes from, best first."""

    SENSOR = "sensor"
    SCANNED = "scanned"
    BOOKED = "booked"  # by a system
    COUNTED = "counted"  # typed by a person
    ESTIMATED = "estimated"  # derived from other figures


ORDER = tuple(Grade)
FRESH_CONFIDENCE = {
    Grade.SENSOR: Decimal("0.99"),
    Grade.SCANNED: Decimal("0.97"),
    Grade.BOOKED: Decimal("0.95"),
    Grade.COUNTED: Decimal("0.90"),
    Grade.ESTIMATED: Decimal("0.70"),
}
DOUBTFUL_BELOW = Decimal("0.50")
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where one figure comes from and of when it is; ``every`` is how often it is due anew."""

    grade: Grade
    observed_at: datetime
    every: timedelta = timedelta(hours=24)


def worst_grade(grades: Iterable[str]) -> Grade:
    """Return the worst of the grades; raise ``ValueError`` without any."""
    found = [Grade(each) for each in grades]
    if not found:
        raise ValueError("expected at least one grade, got none")
    return max(found, key=ORDER.index)


def worst(evidence: Iterable[Evidence]) -> Evidence:
    """Return what a sum rests on: the worst grade, the oldest figure, the tightest rhythm."""
    found = list(evidence)
    if not found:
        raise ValueError("expected at least one figure, got none")
    return Evidence(
        worst_grade(each.grade for each in found),
        min(each.observed_at for each in found),
        min(each.every for each in found),
    )


def confidence(evidence: Evidence, *, now: datetime) -> Decimal:
    """Return how far a figure can be trusted, 0 to 1.

    A fresh figure has the confidence of its source. It keeps it until the next one is due, then
    loses half with every further interval: our own convention, meant to rank, not a probability.

    Examples
    --------
    >>> from datetime import UTC
    >>> counted = Evidence(Grade.COUNTED, datetime(2026, 1, 1, tzinfo=UTC))
    >>> confidence(counted, now=datetime(2026, 1, 3, tzinfo=UTC))
    Decimal('0.45')
    """
    if evidence.every <= timedelta(0):
        raise ValueError(f"expected an interval above 0, got {evidence.every}")
    late = max((now - evidence.observed_at) / evidence.every - 1, 0.0)
    kept = Decimal(str(0.5 ** min(late, 64.0)))
    return (FRESH_CONFIDENCE[evidence.grade] * kept).quantize(HUNDREDTH)


def is_doubtful(evidence: Evidence, *, now: datetime) -> bool:
    """Say whether a figure is too old or too poor to decide on."""
    return confidence(evidence, now=now) < DOUBTFUL_BELOW
