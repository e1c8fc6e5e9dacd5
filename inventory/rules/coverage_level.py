"""How serious a number of days of supply is, and when it crosses the agreed minimum."""

from decimal import Decimal
from enum import StrEnum


class HeatBin(StrEnum):
    """The six columns of the coverage heat map [days]; a lower edge belongs to its bin."""

    UNDER_1 = "<1"
    FROM_1_TO_3 = "1-3"
    FROM_3_TO_5 = "3-5"
    FROM_5_TO_10 = "5-10"
    FROM_10_TO_20 = "10-20"
    OVER_20 = ">20"


class CoverageLevel(StrEnum):
    """How urgent a coverage is: high needs a decision today, low none."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Crossing(StrEnum):
    """Which way a coverage crossed its minimum."""

    FELL = "fell"
    ROSE = "rose"


_UPPER_EDGES = (
    (Decimal(1), HeatBin.UNDER_1),
    (Decimal(3), HeatBin.FROM_1_TO_3),
    (Decimal(5), HeatBin.FROM_3_TO_5),
    (Decimal(10), HeatBin.FROM_5_TO_10),
)


def heat_bin(days: Decimal) -> HeatBin:
    """Return the heat-map column of ``days`` of supply, >= 0; 20.00 days are still "10-20".

    Raises ``ValueError`` if ``days`` is negative or not finite.
    """
    _check_days("days of supply", days)
    for upper_edge, column in _UPPER_EDGES:
        if days < upper_edge:
            return column
    return HeatBin.FROM_10_TO_20 if days <= 20 else HeatBin.OVER_20


def coverage_level(
    days: Decimal, *, high_below: Decimal = Decimal(5), medium_below: Decimal = Decimal(10)
) -> CoverageLevel:
    """Return how urgent ``days`` of supply are against two limits tied to the lead time [days].

    Raises ``ValueError`` if a value is negative, not finite, or the limits are out of order.
    """
    _check_days("days of supply", days)
    _check_days("high_below", high_below)
    _check_days("medium_below", medium_below)
    if high_below > medium_below:
        raise ValueError(f"expected high_below <= medium_below, got {high_below} > {medium_below}")
    if days < high_below:
        return CoverageLevel.HIGH
    return CoverageLevel.MEDIUM if days < medium_below else CoverageLevel.LOW


def is_short(days: Decimal, minimum: Decimal) -> bool:
    """Return whether ``days`` of supply are below the ``minimum`` [days]; equal is enough."""
    _check_days("days of supply", days)
    _check_days("minimum", minimum)
    return days < minimum


def crossing(before: Decimal | None, after: Decimal, minimum: Decimal) -> Crossing | None:
    """Return whether coverage fell below its minimum, or rose back, between two figures.

    Only the crossing counts: a figure that stays short, or stays enough, is no news.
    One limit serves both ways (no dead band), so every fall is answered by one rise.

    Parameters
    ----------
    before
        Days of supply told last [days], >= 0; ``None`` if nothing was told yet, which
        counts as enough.
    after
        Days of supply now [days], >= 0.
    minimum
        Agreed minimum [days], >= 0; exactly the minimum is enough. Look further ahead
        than the minimum, or a stock that outlasts the horizon would seem short.

    Returns
    -------
    Crossing or None
        ``FELL``, ``ROSE``, or ``None`` without a crossing.

    Raises
    ------
    ValueError
        If a value is negative or not finite.

    Examples
    --------
    >>> crossing(Decimal("3.40"), Decimal("2.10"), Decimal(3))
    <Crossing.FELL: 'fell'>
    >>> crossing(Decimal("2.10"), Decimal("1.00"), Decimal(3)) is None
    True
    """
    was_short = before is not None and is_short(before, minimum)
    now_short = is_short(after, minimum)
    if was_short == now_short:
        return None
    return Crossing.FELL if now_short else Crossing.ROSE


def _check_days(name: str, days: Decimal) -> None:
    if not days.is_finite() or days < 0:
        raise ValueError(f"expected finite {name} >= 0, got {days}")
